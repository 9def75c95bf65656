"""The server under examination, and everything a check may ask of it."""

import itertools
import secrets

import zmq
from google.protobuf.message import DecodeError

from operant.client import MAJOR, MINOR
from operant.conformance.findings import Broken, Silence, Skipped, expect, expect_equal
from operant.conformance.frame import DISABLED, NEXT_STEP, SAME_STEP
from operant.conformance.session import Session
from operant.conformance.wire import ENVELOPES, Patience, Wire
from operant.keys import Keys
from operant.v1 import gym_pb2

RULES = {NEXT_STEP: "NEXT_STEP", SAME_STEP: "SAME_STEP", DISABLED: "DISABLED"}

# Long enough for any check, short enough for what a broken server leaves behind.
_LEASE_MS = 60_000
_PING = 0xFFFF_FFFF_0000_0001


def close_request(token: bytes, sequence: int) -> gym_pb2.Request:
    """Return a request to close a session."""
    return gym_pb2.Request(sequence=sequence, session=token, close=gym_pb2.Close())


def name_code(code: int) -> str:
    """Return a refusal's code in the words of the schema."""
    if code not in gym_pb2.Code.values():
        return f"code {code}"
    return str(gym_pb2.Code.Name(code)).removeprefix("CODE_")


def show_reply(reply: gym_pb2.Reply) -> str:
    """Return what a reply is, for a sentence."""
    body = reply.WhichOneof("body")
    if body == "refusal":
        return f"a refusal {name_code(reply.refusal.code)} ('{reply.refusal.sentence}')"
    return f"a reply '{body}'" if body else "a reply without a body"


class Candidate:
    """The server, met by every check on a fresh socket.

    What is asked through it comes back as it should be, or the check has failed.
    """

    def __init__(
        self, endpoint: str, time_out: float, task: str = "", keys: Keys | None = None
    ) -> None:
        """Connect.

        Args:
            endpoint: Where the server is.
            time_out: How long it may take to answer, in seconds.
            task: The task to play, by name or alias; the first on offer if empty.
            keys: Those that the server asks for, if it does.

        """
        self.endpoint = endpoint
        self.keys = keys
        self.patience = Patience(time_out, max(60.0, 12 * time_out))
        self.wanted_task = task
        """By name or alias; the first on offer if empty."""
        self._welcome: gym_pb2.Welcome | None = None
        self._task: gym_pb2.Task | None = None
        self._numbers = itertools.count(1)
        self._wires: list[Wire] = []
        self._left_open: dict[bytes, Session | None] = {}
        self.wire = self.connect()
        """This check's socket."""

    # MARK: from check to check

    def start_check(self) -> None:
        """Meet the server on a fresh socket."""
        self.patience.renew()
        self.wire = self.connect()

    def finish_check(self) -> None:
        """Close what the check has left open, as far as the server lets it."""
        left_open, self._left_open = self._left_open, {}
        self.patience.renew()
        wire = self.connect()
        try:
            for token, session in left_open.items():
                # Those that no check has played expect their first request.
                sequence = session.sequence + 1 if session else 1
                wire.send(close_request(token, sequence).SerializeToString())
                if not wire.poll(min(1.0, self.patience.reply)):
                    break
                wire.receive()
        except Silence:
            pass  # Their leases will end them.
        self.leave()

    def leave(self) -> None:
        """Close every socket."""
        for wire in self._wires:
            wire.close()
        self._wires = []

    def connect(self, kind: int = zmq.DEALER) -> Wire:
        """Return another socket, which lasts for this check."""
        wire = Wire(self.endpoint, self.patience, kind, self.keys)
        self._wires.append(wire)
        return wire

    def hang_up(self, wire: Wire) -> None:
        """Close a socket before the check is over."""
        self._wires.remove(wire)
        wire.close()

    def is_alive(self) -> bool:
        """Whether the server still answers, on a socket of its own."""
        self.patience.renew()
        wire = self.connect()
        try:
            wire.send(self.hello(sequence=_PING).SerializeToString())
            wire.receive()
        except Silence:
            return False
        finally:
            self.hang_up(wire)
        return True

    def forget(self, session: Session) -> None:
        """Leave out a session from those to be closed after the check."""
        self._left_open.pop(session.token, None)

    # MARK: asking

    def number(self) -> int:
        """Return a sequence number that has not been used outside of sessions."""
        return next(self._numbers)

    def exchange(self, message: bytes, what: str, wire: Wire | None = None) -> gym_pb2.Reply:
        """Send bytes as they are, and return the reply.

        Args:
            message: The bytes.
            what: What they are, for the sentence if nobody answers.
            wire: Where to send them, if not on the check's own socket.

        """
        wire = wire or self.wire
        wire.send(message, what=what)
        return self.receive(what, wire)

    def receive(self, what: str, wire: Wire | None = None) -> gym_pb2.Reply:
        """Wait for a reply of a single part, and read it."""
        parts = (wire or self.wire).receive(what)
        expect_equal(len(parts), 1, f"the number of parts of the reply to {what}", ENVELOPES)
        reply = self.read(parts[0], what)
        if reply.HasField("opened"):
            self._left_open.setdefault(reply.opened.session, None)
        return reply

    def read(self, message: bytes, what: str) -> gym_pb2.Reply:
        """Read a reply."""
        try:
            return gym_pb2.Reply.FromString(message)
        except DecodeError:
            raise Broken(
                f"{what} was answered with {len(message)} bytes that are no reply",
                "a Reply of operant.v1",
                ENVELOPES,
            ) from None

    def ask(self, request: gym_pb2.Request, wire: Wire | None = None) -> gym_pb2.Reply:
        """Send a request, and return its reply."""
        what = f"request {request.sequence}, '{request.WhichOneof('body')}'"
        reply = self.exchange(request.SerializeToString(), what, wire)
        expect_equal(
            reply.sequence, request.sequence, f"the sequence of the reply to {what}", ENVELOPES
        )
        return reply

    def expect_body(self, reply: gym_pb2.Reply, body: str) -> gym_pb2.Reply:
        """Go on if a reply has this body."""
        expect(reply.WhichOneof("body") == body, show_reply(reply), f"a reply '{body}'")
        return reply

    def expect_refusal(self, reply: gym_pb2.Reply, *codes: int) -> gym_pb2.Refusal:
        """Go on if a reply refuses, with one of these codes, and says why."""
        expect(
            reply.WhichOneof("body") == "refusal" and reply.refusal.code in codes,
            show_reply(reply),
            "a refusal " + " or ".join(map(name_code, codes)),
        )
        size = len(reply.refusal.sentence.strip().encode())
        expect(
            1 <= size <= 65_536,
            f"a refusal {name_code(reply.refusal.code)} with a sentence of {size} bytes",
            "a sentence for people in every refusal, of at most 65,536 bytes",
            "Refusals",
        )
        return reply.refusal

    def refused(self, request: gym_pb2.Request, *codes: int) -> gym_pb2.Refusal:
        """Send a request that has to be refused with one of these codes."""
        return self.expect_refusal(self.ask(request), *codes)

    def malformed(self, message: bytes, what: str, sequence: int | None = None) -> gym_pb2.Refusal:
        """Send bytes that have to be refused as malformed, under their number if it can be read."""
        reply = self.exchange(message, what)
        refusal = self.expect_refusal(reply, gym_pb2.CODE_MALFORMED)
        if sequence is not None:
            expect_equal(reply.sequence, sequence, f"the sequence of the reply to {what}")
        return refusal

    # MARK: requests

    @staticmethod
    def key(length: int = 16) -> bytes:
        """Return a key for an open that no earlier examination can have left behind."""
        return secrets.token_bytes(length)

    def hello(
        self, major: int = MAJOR, minor: int = MINOR, sequence: int | None = None
    ) -> gym_pb2.Request:
        """Return a hello."""
        return gym_pb2.Request(
            sequence=self.number() if sequence is None else sequence,
            hello=gym_pb2.Hello(major=major, minor=minor, software="operant-conformance"),
        )

    def describe_request(self, task: str) -> gym_pb2.Request:
        """Return a request to describe a task."""
        return gym_pb2.Request(sequence=self.number(), describe=gym_pb2.Describe(task=task))

    def open_request(
        self, rule: gym_pb2.RestartRule = DISABLED, **wanted: object
    ) -> gym_pb2.Request:
        """Return a request to open the task, on one lane unless `wanted` says otherwise."""
        options: dict[str, object] = {
            "task": self.task_name,
            "lane_count": 1,
            "lease_ms": min(_LEASE_MS, self.limits.longest_lease_ms),
            "restart_rule": rule,
            **wanted,
        }
        return gym_pb2.Request(
            sequence=self.number(),
            open=gym_pb2.Open(**options),  # type: ignore[arg-type]
        )

    # MARK: what the server says of itself

    @property
    def welcome(self) -> gym_pb2.Welcome:
        """What the server says of itself; asked once."""
        if self._welcome is None:
            self._welcome = self.expect_body(self.ask(self.hello()), "welcome").welcome
        return self._welcome

    @property
    def limits(self) -> gym_pb2.Limits:
        """What it enforces."""
        return self.welcome.limits

    @property
    def task_name(self) -> str:
        """The task that is played: the one that was asked for, or the first on offer."""
        if self.wanted_task:
            return self.wanted_task
        expect(self.welcome.tasks, "a welcome without tasks", "at least one", "hello → welcome")
        return self.welcome.tasks[0].name

    @property
    def task(self) -> gym_pb2.Task:
        """The task that is played, as the server describes it; asked once."""
        if self._task is None:
            self._task = self.describe(self.task_name)
        return self._task

    def describe(self, name: str) -> gym_pb2.Task:
        """Ask for a task's description."""
        return self.expect_body(self.ask(self.describe_request(name)), "task").task

    def status(self) -> gym_pb2.ServerStatus:
        """Ask how the server is doing."""
        request = gym_pb2.Request(sequence=self.number(), status=gym_pb2.Status())
        return self.expect_body(self.ask(request), "status").status

    # MARK: sessions

    def lanes(self, wanted: int, at_least: int = 1) -> int:
        """Return how many lanes to open: as many as wanted, or as the server allows.

        Raises:
            Skipped: It allows fewer than the check needs.

        """
        most = self.limits.lanes_per_session
        if most < at_least:
            raise Skipped(f"a session of this server has at most {most} lanes")
        return min(wanted, most)

    def open(
        self,
        rule: gym_pb2.RestartRule = DISABLED,
        *,
        wire: Wire | None = None,
        **wanted: object,
    ) -> Session:
        """Open a session of the task; it is closed after the check."""
        return self.opened(self.open_request(rule, **wanted), wire)

    def opened(self, request: gym_pb2.Request, wire: Wire | None = None) -> Session:
        """Send an open as it is, and take over the session it is answered with.

        Raises:
            Skipped: The server has no room for it now.

        """
        reply = self.ask(request, wire)
        if reply.refusal.code == gym_pb2.CODE_LIMIT and reply.refusal.can_retry:
            raise Skipped(f"the server has no room for it: {reply.refusal.sentence}")
        self.expect_body(reply, "opened")
        session = Session(self, request.open, reply.opened, wire or self.wire)
        self._left_open[session.token] = session
        return session

    def twins(
        self, rule: gym_pb2.RestartRule = DISABLED, *, lane_count: int = 1, seed: int
    ) -> tuple[Session, Session]:
        """Open two sessions that play the same trials."""
        return (
            self.open(rule, lane_count=lane_count, seed=seed),
            self.open(rule, lane_count=lane_count, seed=seed),
        )
