"""Protobuf written by hand, for messages that no library would write."""


def varint(number: int) -> bytes:
    """Return a number of up to 64 bits, seven in each byte, the lowest first."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def key(field: int, wire_type: int) -> bytes:
    """Return what stands before a field's content."""
    return varint(field << 3 | wire_type)


def number(field: int, value: int) -> bytes:
    """Return a field that holds a whole number."""
    return key(field, 0) + varint(value)


def eight_bytes(field: int, content: bytes) -> bytes:
    """Return a field of eight bytes, as a double has."""
    return key(field, 1) + content


def block(field: int, content: bytes) -> bytes:
    """Return a field of counted bytes: text, bytes, a message."""
    return key(field, 2) + varint(len(content)) + content


def four_bytes(field: int, content: bytes) -> bytes:
    """Return a field of four bytes, as a float has."""
    return key(field, 5) + content


# The fields of a request.
SEQUENCE, SESSION = 1, 2
HELLO, DESCRIBE, OPEN, BEGIN, STEP, CLOSE, STATUS = range(10, 17)
