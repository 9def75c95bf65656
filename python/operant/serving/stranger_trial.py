"""Whether a server's door is shut."""

import zmq
from zmq.utils.monitor import recv_monitor_message

from operant.keys import KeyPair, Keys
from operant.serving.endpoint import Endpoint, EndpointUnavailableError

_PATIENCE_MS = 5000
"""How long a handshake may take."""

_WATCHED = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


def try_door(endpoint: Endpoint, server: bytes, stranger: KeyPair) -> None:
    """Try a server's own door with a key that nobody has authorised.

    That strangers stay out hangs on one socket that has to be there when libzmq asks; where it is
    not, libzmq may let in everybody, and nothing else would show it.

    Args:
        endpoint: Where the server has been bound.
        server: Its public key.
        stranger: A key that is authorised nowhere.

    Raises:
        EndpointUnavailableError: The stranger is let in, or it can't be told whether.

    """
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.ipv6 = endpoint.is_ipv6
        Keys(server, stranger.public, stranger.secret).show(socket)
        monitor = socket.get_monitor_socket(_WATCHED)
        socket.connect(endpoint.from_here)
        came = 0
        if monitor.poll(_PATIENCE_MS):
            came = recv_monitor_message(monitor)["event"]
        socket.disable_monitor()
        monitor.close(linger=0)
    if came == zmq.EVENT_HANDSHAKE_SUCCEEDED:
        raise EndpointUnavailableError(
            f"the server at {endpoint.text} let in a key that nobody has authorised, when it tried "
            "itself; it does not run like that: another pyzmq may help, or ipc:// and a tunnel in "
            "its place"
        )
    if came != zmq.EVENT_HANDSHAKE_FAILED_AUTH:
        raise EndpointUnavailableError(
            f"can't use {endpoint.text}: it can't be tried whether strangers stay out"
        )
