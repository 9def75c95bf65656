"""Servers that are not as they should be, in a thread of the test's own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import zmq

from operant.v1 import gym_pb2

Answer = Callable[[gym_pb2.Request], bytes | None]


@contextmanager
def fake_server(answer: Answer) -> Iterator[str]:
    """Serve what `answer` makes of each request, nothing for `None`; yields the endpoint."""
    context = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    socket.linger = 0
    socket.bind("tcp://127.0.0.1:*")
    endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    stop = context.socket(zmq.PAIR)
    stop.bind("inproc://stop")

    def serve() -> None:
        ordered = context.socket(zmq.PAIR)
        ordered.connect("inproc://stop")
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(ordered, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if ordered in ready:
                break
            *envelope, message = socket.recv_multipart()
            reply = answer(gym_pb2.Request.FromString(message))
            if reply is not None:
                socket.send_multipart([*envelope, reply])
        ordered.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield endpoint
    finally:
        stop.send(b"")
        thread.join()
        stop.close()
        socket.close()
        context.term()


def welcome(request: gym_pb2.Request, major: int = 1) -> bytes:
    """Return a server's greeting."""
    reply = gym_pb2.Reply(sequence=request.sequence)
    reply.welcome.major = major
    reply.welcome.limits.longest_lease_ms = 1000
    return reply.SerializeToString()
