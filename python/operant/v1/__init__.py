"""The messages of protocol version 1, as protoc wrote them."""
