"""Servers that are not as they should be, in a thread of the test's own."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import zmq

from operant.v1 import gym_pb2

Answer = Callable[[gym_pb2.Request], bytes | list[bytes] | None]


@contextmanager
def fake_server(answer: Answer) -> Iterator[str]:
    """Serve what `answer` makes of each request, several replies or none; yields the endpoint."""
    context = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    socket.linger = 0
    socket.bind("tcp://127.0.0.1:*")
    endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    stop = context.socket(zmq.PAIR)
    stop.bind("inproc://stop")

    def serve() -> None:
        # Closed whatever becomes of `answer`, so that a test that fails does not hang.
        with context.socket(zmq.PAIR) as ordered:
            ordered.connect("inproc://stop")
            poller = zmq.Poller()
            poller.register(socket, zmq.POLLIN)
            poller.register(ordered, zmq.POLLIN)
            while ordered not in dict(poller.poll()):
                *envelope, message = socket.recv_multipart()
                replies = answer(gym_pb2.Request.FromString(message)) or []
                for reply in [replies] if isinstance(replies, bytes) else replies:
                    socket.send_multipart([*envelope, reply])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield endpoint
    finally:
        with contextlib.suppress(zmq.Again):
            stop.send(b"", zmq.DONTWAIT)
        thread.join()
        stop.close(linger=0)
        socket.close()
        context.term()


def welcome(request: gym_pb2.Request, major: int = 1) -> bytes:
    """Return a server's greeting."""
    reply = gym_pb2.Reply(sequence=request.sequence)
    reply.welcome.major = major
    reply.welcome.limits.longest_lease_ms = 1000
    return reply.SerializeToString()
