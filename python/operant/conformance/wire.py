"""Sockets of the suite's own: bytes go out, bytes come in, nothing waits for ever."""

import time
from dataclasses import dataclass, field

import zmq
from zmq.utils.monitor import recv_monitor_message

from operant.conformance.findings import Silence, Skipped
from operant.keys import Keys

ENVELOPES = "Sockets and envelopes"


@dataclass
class Patience:
    """How long a reply may take, and how long a check."""

    reply: float
    """In seconds."""
    check: float
    """In seconds."""
    _ends: float = field(default=float("inf"), init=False)

    def renew(self) -> None:
        """Begin another check."""
        self._ends = time.monotonic() + self.check

    def expect_time(self) -> None:
        """Go on if the check has not taken longer than any may.

        Raises:
            Skipped: It has. Every reply came in time, so no promise is broken.

        """
        if time.monotonic() >= self._ends:
            raise Skipped(
                f"it was not over after {self.check:g} s, though every reply came in time; trials "
                "are very long, or the server is very slow"
            )


class Wire:
    """A socket that is connected to the server under examination."""

    def __init__(
        self,
        endpoint: str,
        patience: Patience,
        kind: int = zmq.DEALER,
        keys: Keys | None = None,
    ) -> None:
        """Connect.

        Raises:
            zmq.ZMQError: The endpoint can't be.

        """
        self._patience = patience
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(kind)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.IPV6, endpoint.startswith("tcp://["))
        if keys is not None:
            keys.show(self._socket)
        self._monitor: zmq.Socket[bytes] = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
        )
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError:
            self.close()
            raise

    def send(self, *parts: bytes, what: str = "the request") -> None:
        """Send a message of these parts."""
        self._patience.expect_time()
        self._socket.sndtimeo = round(self._patience.reply * 1000)
        try:
            self._socket.send_multipart(parts)
        except zmq.Again:
            raise self._silence(what) from None

    def receive(self, what: str = "the request") -> list[bytes]:
        """Wait for the next message, and return its parts.

        Args:
            what: What it is the reply to, for the sentence if there is none.

        """
        self._socket.rcvtimeo = round(self._patience.reply * 1000)
        try:
            return self._socket.recv_multipart()
        except zmq.Again:
            raise self._silence(what) from None

    def poll(self, seconds: float) -> bool:
        """Whether a message comes within so many seconds."""
        return bool(self._socket.poll(round(seconds * 1000)))

    def has_met_anybody(self) -> bool:
        """Whether somebody who speaks ZeroMQ has ever been at the other end."""
        has_met = False
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            has_met |= event == zmq.EVENT_HANDSHAKE_SUCCEEDED
        return has_met

    def close(self) -> None:
        """Disconnect; what has not been sent is thrown away."""
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close()

    def _silence(self, what: str) -> Silence:
        return Silence(
            f"the server did not answer {what} within {self._patience.reply:g} s",
            "exactly one reply to every message",
            ENVELOPES,
        )
