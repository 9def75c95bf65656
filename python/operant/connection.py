"""One request, one reply, whatever becomes of sockets in between."""

import contextlib
import itertools
import os
import re
import threading
import time
from collections.abc import Iterator
from typing import NoReturn

import zmq
from google.protobuf.message import DecodeError
from zmq.utils.monitor import recv_monitor_message

from operant.errors import (
    MalformedReplyError,
    NotLetInError,
    OperantError,
    ServerGoneError,
    ServerSlowError,
    refusal,
)
from operant.keys import Keys
from operant.v1 import gym_pb2

_ENDPOINT = r"tcp://.+:\d{1,5}|ipc:///?.+"
_WATCHED = (
    zmq.EVENT_CONNECTED
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)
_OUTSIDE_SESSIONS = 1 << 63
"""Numbers from here on belong to no session."""

_contexts: dict[int, "zmq.Context[zmq.Socket[bytes]]"] = {}


def numbers_outside_sessions() -> Iterator[int]:
    """Return numbers for requests that belong to no session.

    They go down from the top, while those of a session go up from 1: a reply that comes twice is
    never taken for another's.
    """
    return itertools.count(2 * _OUTSIDE_SESSIONS - 2, -1)


class Connection:
    """Asks the server at an endpoint, and gets its answer or an exception within the time-out.

    A socket that is silent for a third of the time-out is thrown away, another is opened, and the
    same bytes are sent again; the request's number keeps it from being carried out twice. (The
    *Lazy Pirate* of the ZeroMQ guide.) For one thread at a time, of the process that made it.

    A reply that comes twice, or late, is passed over: it has the number of a request that was sent
    over this connection before. So that no two requests have the same, no more than one session is
    played over a connection; those outside it take `numbers_outside_sessions`. A refusal within a
    session leaves its number to the next request, which goes over another socket therefore.
    """

    def __init__(self, endpoint: str, time_out: float = 5.0, keys: Keys | None = None) -> None:
        """Remember where to ask, and by which keys; connects at the first question.

        Raises:
            ValueError: The endpoint or the time-out can't be.

        """
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()
        if not isinstance(endpoint, str) or not re.fullmatch(_ENDPOINT, endpoint):
            raise ValueError(
                f"{endpoint!r} is no endpoint; it can be tcp://HOST:PORT or ipc:///PATH"
            )
        if not isinstance(time_out, int | float) or not 0 < time_out < 1e6:
            raise ValueError(f"the time-out is {time_out!r}; it has to be more than 0 seconds")
        self.endpoint = endpoint
        self._keys = keys
        self.time_out = time_out
        self._slice_ms = max(1, round(time_out * 1000 / 3))
        # The numbers of what was asked here: 1 to the first in a session, outside the others.
        self._last_in_session = 0
        self._first_outside = 0
        self._last_outside = 2 * _OUTSIDE_SESSIONS

    def ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        """Send a request and wait for its reply.

        Raises:
            RefusedError: The server refused it.
            ServerGoneError: Nobody answered within the time-out.
            ServerSlowError: Somebody is there, and did not answer within the time-out.
            NotLetInError: The server does not know this agent's key, or has none of its own.
            MalformedReplyError: What came is no reply to the request.
            OperantError: Another thread is asking, or another process.

        """
        if os.getpid() != self._process:
            raise OperantError(
                "this was made in another process, whose sockets can't be shared; make one here"
            )
        if not self._lock.acquire(blocking=False):
            raise OperantError("another thread is using this; make one for each thread")
        try:
            return self._ask(request)
        finally:
            self._lock.release()

    def _ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        message = request.SerializeToString()
        sequence = request.sequence
        if sequence < _OUTSIDE_SESSIONS:
            self._last_in_session = max(self._last_in_session, sequence)
        else:
            self._first_outside = max(self._first_outside, sequence)
            self._last_outside = min(self._last_outside, sequence)
        socket = self._socket or self._connect(self._slice_ms)
        try:
            socket.send(message)
            reply = self._await_reply(socket, sequence)
        except zmq.Again:
            reply = None
        except BaseException:
            # A reply that comes after all must not be taken for that of the next request.
            self._disconnect()
            raise
        if reply is None:
            reply = self._ask_again(message, sequence)
        if reply.WhichOneof("body") == "refusal":
            if sequence < _OUTSIDE_SESSIONS:
                # It has not used up its number, so what is asked next has the same: were it to come
                # twice, it would be taken for the answer to that.
                self._disconnect()
            said = reply.refusal
            raise refusal(said.code, said.sentence, said.can_retry)
        return reply

    def _await_reply(self, socket: "zmq.Socket[bytes]", sequence: int) -> gym_pb2.Reply | None:
        """Wait a third of the time-out for the reply of that number."""
        deadline = time.monotonic() + self._slice_ms / 1000
        reply = self._receive(socket, sequence)
        while reply is None and (left := deadline - time.monotonic()) > 0:
            if socket.poll(max(1, round(left * 1000))):
                reply = self._receive(socket, sequence)
        return reply

    def _receive(self, socket: "zmq.Socket[bytes]", sequence: int) -> gym_pb2.Reply | None:
        """Return the next reply; None if it is that of an earlier request, twice or late.

        Raises:
            MalformedReplyError: It is none, or nobody asked for it.

        """
        answer = socket.recv()
        try:
            reply = gym_pb2.Reply.FromString(answer)
        except DecodeError:
            raise MalformedReplyError(
                f"{self.endpoint} sent {len(answer)} bytes that are no reply of operant.v1; "
                "is it an Operant server?"
            ) from None
        came = reply.sequence
        if came == sequence:
            return reply
        if 0 < came <= self._last_in_session or self._last_outside <= came <= self._first_outside:
            return None
        raise MalformedReplyError(
            f"{self.endpoint} answered request {came} when asked request {sequence}, and nobody "
            f"asked {came}; every reply has its request's number"
        )

    def tell(self, request: gym_pb2.Request) -> None:
        """Send a request, and do without its reply."""
        if os.getpid() != self._process:
            return
        # On a socket of its own, so that the reply is not taken for another's.
        with contextlib.suppress(zmq.ZMQError), _context().socket(zmq.DEALER) as socket:
            socket.linger = 200
            self._prepare(socket)
            socket.connect(self.endpoint)
            socket.send(request.SerializeToString(), zmq.DONTWAIT)

    def close(self) -> None:
        """Close the socket; the next question opens another."""
        self._disconnect()

    def __del__(self) -> None:
        self._disconnect()

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied."""
        raise TypeError(
            "a live session can't be copied or sent to another process; "
            "copy env.spec, or make another environment there"
        )

    def _ask_again(self, message: bytes, sequence: int) -> gym_pb2.Reply:
        """Send the message over new sockets for as long as the time-out lasts."""
        deadline = time.monotonic() + self.time_out - self._slice_ms / 1000
        seen = 0
        was_hung_up_on = False
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._disconnect()
                patience = min(self._slice_ms, max(1, round(left * 1000)))
                socket = self._connect(patience, is_watched=True)
                with contextlib.suppress(zmq.Again):
                    socket.send(message)
                reply, events = self._await_watching(socket, sequence, patience)
                if reply is not None:
                    self._stop_watching()
                    socket.rcvtimeo = self._slice_ms
                    return reply
                seen = events[-1] if events else 0
                was_hung_up_on = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL in events
        except BaseException:
            self._disconnect()
            raise
        self._disconnect()
        if was_hung_up_on and self._keys is None:
            raise NotLetInError(
                f"somebody at {self.endpoint} hangs up in the handshake; if it is a server that "
                "asks for keys, pass server_key=… and key=…"
            )
        if was_hung_up_on and self._keys is not None:
            raise NotLetInError(
                f"somebody at {self.endpoint} hangs up in the handshake: it is not the server "
                f"whose key is {self._keys.server.decode()}; take the server.pub of the one that "
                "runs there"
            )
        if seen == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            raise ServerSlowError(
                f"the server at {self.endpoint} is there but has not answered within "
                f"{self.time_out:g} s; wait longer with time_out=…, or see whether it is stuck"
            )
        if seen == zmq.EVENT_CONNECTED:
            raise ServerSlowError(
                f"the server at {self.endpoint} is there but has not answered within "
                f"{self.time_out:g} s, nor shaken hands; it is stuck, or no Operant server"
            )
        raise ServerGoneError(
            f"no reply from {self.endpoint} within {self.time_out:g} s; is a server running there?"
        )

    def _await_watching(
        self, socket: "zmq.Socket[bytes]", sequence: int, patience_ms: int
    ) -> tuple[gym_pb2.Reply | None, list[int]]:
        """Wait for the reply of that number, and note what becomes of the connection meanwhile.

        Raises:
            NotLetInError: There will be no answer, however long one waits.

        """
        assert self._monitor is not None
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        deadline = time.monotonic() + patience_ms / 1000
        events: list[int] = []
        while (left := deadline - time.monotonic()) > 0:
            ready = dict(poller.poll(max(1, round(left * 1000))))
            if socket in ready:
                reply = self._receive(socket, sequence)
                if reply is not None:
                    return reply, events
            if self._monitor in ready:
                event = recv_monitor_message(self._monitor)
                self._refuse_to_wait(event["event"], event["value"])
                events.append(event["event"])
        return None, events

    def _refuse_to_wait(self, event: int, value: int) -> None:
        """Raise what a handshake's failure means, if trying again can't help."""
        if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            who = "it has no key that is authorised"
            if self._keys is not None:
                who = f"its key, {self._keys.public.decode()}, is not authorised"
            raise NotLetInError(
                f"the server at {self.endpoint} does not let this agent in: {who}; put its .pub "
                "file into 'authorised' in the server's folder of keys"
            )
        is_mismatch = value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
        if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL and is_mismatch:
            raise NotLetInError(
                f"the server at {self.endpoint} lets in nobody without a key; pass server_key=… "
                "and key=…, or set OPERANT_SERVER_KEY and OPERANT_KEY"
                if self._keys is None
                else f"the server at {self.endpoint} has no keys, so nobody can tell whose it is; "
                "start it with --keys, or do without server_key and key"
            )

    def _connect(self, patience_ms: int, is_watched: bool = False) -> "zmq.Socket[bytes]":
        try:
            socket = self._socket = _context().socket(zmq.DEALER)
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = patience_ms
            socket.maxmsgsize = 256 << 20
            self._prepare(socket)
            if is_watched:
                self._monitor = socket.get_monitor_socket(_WATCHED)
            socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            self._disconnect()
            raise OperantError(
                f"can't connect to {self.endpoint}: {error}; if it is too many, make_vec plays "
                "many lanes on one socket"
            ) from None
        return socket

    def _prepare(self, socket: "zmq.Socket[bytes]") -> None:
        """Make it a socket that can go to the endpoint, and be let in there."""
        if self.endpoint.startswith("tcp://["):
            socket.ipv6 = True
        if self._keys is not None:
            self._keys.show(socket)

    def _disconnect(self) -> None:
        # Another process would disturb the one whose sockets they are.
        if os.getpid() != self._process:
            return
        self._stop_watching()
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _stop_watching(self) -> None:
        """Have no more events reported: those that nobody takes would hold up libzmq's thread."""
        if self._monitor is not None:
            assert self._socket is not None
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
        self._monitor = None


def _context() -> "zmq.Context[zmq.Socket[bytes]]":
    """Return this process's context, with room for as many sockets as the system allows."""
    context = _contexts.get(os.getpid())
    if context is None:
        context = zmq.Context()
        context.max_sockets = context.get(zmq.SOCKET_LIMIT)
        _contexts[os.getpid()] = context
    return context
