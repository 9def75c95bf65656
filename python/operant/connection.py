"""One request, one reply, whatever becomes of sockets in between."""

import time

import zmq
from google.protobuf.message import DecodeError
from zmq.utils.monitor import recv_monitor_message

from operant.errors import (
    MalformedReplyError,
    OperantError,
    ServerGoneError,
    ServerSlowError,
    refusal,
)
from operant.v1 import gym_pb2

_CONNECTED = zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED


class Connection:
    """Asks the server at an endpoint, and gets its answer or an exception within the time-out.

    A socket that is silent for a third of the time-out is thrown away, another is opened, and the
    same bytes are sent again; the request's number keeps it from being carried out twice. (The
    *Lazy Pirate* of the ZeroMQ guide.) Not for several threads at once.
    """

    def __init__(self, endpoint: str, time_out: float = 5.0) -> None:
        """Remember where to ask; connects at the first question.

        Raises:
            ValueError: The endpoint or the time-out can't be.

        """
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        if not endpoint.startswith(("tcp://", "ipc://")):
            raise ValueError(
                f"{endpoint!r} is no endpoint; it can be tcp://HOST:PORT or ipc:///PATH"
            )
        if not 0 < time_out < 1e6:
            raise ValueError(f"the time-out is {time_out} s; it has to be more than 0 s")
        self.endpoint = endpoint
        self.time_out = time_out
        self._slice_ms = max(1, round(time_out * 1000 / 3))

    def ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        """Send a request and wait for its reply.

        Raises:
            RefusedError: The server refused it.
            ServerGoneError: Nobody answered within the time-out.
            ServerSlowError: Somebody is there, and did not answer within the time-out.
            MalformedReplyError: What came is no reply to the request.

        """
        message = request.SerializeToString()
        socket = self._socket or self._connect()
        try:
            socket.send(message)
            answer = socket.recv()
        except zmq.Again:
            answer = self._ask_again(message)
        except BaseException:
            # A reply that comes after all must not be taken for that of the next request.
            self._disconnect()
            raise
        try:
            reply = gym_pb2.Reply.FromString(answer)
        except DecodeError:
            self._disconnect()
            raise MalformedReplyError(
                f"{self.endpoint} sent {len(answer)} bytes that are no reply of operant.v1; "
                "is it an Operant server?"
            ) from None
        if reply.sequence != request.sequence:
            self._disconnect()
            raise MalformedReplyError(
                f"{self.endpoint} answered request {reply.sequence} when asked request "
                f"{request.sequence}; every reply has its request's number"
            )
        if reply.WhichOneof("body") == "refusal":
            said = reply.refusal
            raise refusal(said.code, said.sentence, said.can_retry)
        return reply

    def close(self) -> None:
        """Close the socket; the next question opens another."""
        self._disconnect()

    def __del__(self) -> None:
        self._disconnect()

    def _ask_again(self, message: bytes) -> bytes:
        """Send the message over new sockets for as long as the time-out lasts."""
        deadline = time.monotonic() + self.time_out - self._slice_ms / 1000
        was_connected = self._is_connected()
        while (left := deadline - time.monotonic()) > 0:
            self._disconnect()
            socket = self._connect(min(self._slice_ms, max(1, round(left * 1000))))
            try:
                socket.send(message)
                answer = socket.recv()
            except zmq.Again:
                was_connected = self._is_connected()
                continue
            socket.rcvtimeo = self._slice_ms
            return answer
        self._disconnect()
        if was_connected:
            raise ServerSlowError(
                f"the server at {self.endpoint} is there but has not answered within "
                f"{self.time_out:g} s; wait longer with time_out=…, or see whether it is stuck"
            )
        raise ServerGoneError(
            f"no reply from {self.endpoint} within {self.time_out:g} s; is a server running there?"
        )

    def _connect(self, patience_ms: int | None = None) -> "zmq.Socket[bytes]":
        socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.rcvtimeo = socket.sndtimeo = patience_ms or self._slice_ms
        socket.maxmsgsize = 256 << 20
        if self.endpoint.startswith("tcp://["):
            socket.ipv6 = True
        self._monitor = socket.get_monitor_socket(_CONNECTED)
        try:
            socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            socket.close()
            raise OperantError(f"can't connect to {self.endpoint}: {error}") from None
        self._socket = socket
        return socket

    def _is_connected(self) -> bool:
        """Whether the newest event of the connection was that it was made."""
        is_connected = False
        while self._monitor is not None and self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            is_connected = event == zmq.EVENT_CONNECTED
        return is_connected

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.disable_monitor()
            self._socket.close()
        if self._monitor is not None:
            self._monitor.close(linger=0)
        self._socket = self._monitor = None
