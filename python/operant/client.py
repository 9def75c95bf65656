"""Asking a server: what it offers, how it is doing, and for sessions."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from operant import __version__
from operant.connection import Connection, numbers_outside_sessions
from operant.errors import MalformedReplyError, VersionError
from operant.keys import find_keys
from operant.local_server import is_own
from operant.session import Session
from operant.task import Task, read_task
from operant.v1 import gym_pb2
from operant.whole import require_whole

MAJOR, MINOR = 1, 4
"""The protocol this package speaks. Same major numbers understand each other."""


class RestartRule(IntEnum):
    """What happens on a lane whose trial has ended: Gymnasium's autoreset modes."""

    NEXT_STEP = 1
    SAME_STEP = 2
    DISABLED = 3


@dataclass(frozen=True)
class Offer:
    """A task on offer."""

    name: str
    aliases: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class Limits:
    """What a server enforces before it allocates anything."""

    message_bytes: int
    lanes_per_session: int
    sessions: int
    name_bytes: int
    look_ahead: int
    longest_lease_ms: int
    frame_numbers: int


@dataclass(frozen=True)
class Welcome:
    """What a server says of itself."""

    version: tuple[int, int]
    software: str
    tasks: tuple[Offer, ...]
    limits: Limits


@dataclass(frozen=True)
class Status:
    """How a server is doing, counted since it started."""

    software: str
    uptime_ms: int
    sessions: int
    requests: int
    refusals: int
    lane_steps: int
    trials: int
    is_stepping: bool
    rejected_peers: int
    """Peers that were not let in, as far as they are counted."""
    latency: "Latency | None"
    """How long requests took; None if the server doesn't tell."""


@dataclass(frozen=True)
class Latency:
    """How long requests took, from the moment one came to the moment its reply went."""

    sum_us: int
    """All of them together, in microseconds."""
    median_us: int
    """Half of them took no longer."""
    slow_us: int
    """99 of 100 took no longer."""


class Client:
    """Asks the server at an endpoint.

    >>> client = Client("tcp://127.0.0.1:5555")                    # doctest: +SKIP
    >>> [offer.name for offer in client.hello().tasks]             # doctest: +SKIP
    >>> client.describe("rdm_fixed").chance                        # doctest: +SKIP

    """

    def __init__(
        self,
        endpoint: str,
        time_out: float = 5.0,
        *,
        server_key: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
    ) -> None:
        """Remember where to ask.

        Args:
            endpoint: Where the server is, `tcp://HOST:PORT` or `ipc:///PATH`.
            time_out: In seconds; bounds every question.
            server_key: The file of the server's public key, where it asks for keys;
                `OPERANT_SERVER_KEY` unless given.
            key: The file of this agent's own key, as `operant keygen` makes it; `OPERANT_KEY`
                unless given.

        """
        self._keys = None if is_own(endpoint) else find_keys(server_key, key)
        self._connection = Connection(endpoint, time_out, self._keys)
        self._numbers: Iterator[int] = numbers_outside_sessions()
        self._has_opened = False

    @property
    def endpoint(self) -> str:
        """Where the server is."""
        return self._connection.endpoint

    def hello(self) -> Welcome:
        """Introduce this agent.

        Raises:
            VersionError: The server speaks another major version.

        """
        request = self._request()
        request.hello.major = MAJOR
        request.hello.minor = MINOR
        request.hello.software = f"operant-python {__version__}"
        said = self._ask(request, "welcome").welcome
        if said.major != MAJOR:
            raise VersionError(
                f"the server at {self.endpoint} speaks version {said.major} of the protocol, this "
                f"agent version {MAJOR}; update the {'server' if said.major < MAJOR else 'agent'}"
            )
        limits = said.limits
        return Welcome(
            version=(said.major, said.minor),
            software=said.software,
            tasks=tuple(Offer(t.name, tuple(t.aliases), t.summary) for t in said.tasks),
            limits=Limits(
                message_bytes=limits.message_bytes,
                lanes_per_session=limits.lanes_per_session,
                sessions=limits.sessions,
                name_bytes=limits.name_bytes,
                look_ahead=limits.look_ahead,
                longest_lease_ms=limits.longest_lease_ms,
                frame_numbers=limits.frame_numbers,
            ),
        )

    def describe(self, task: str) -> Task:
        """Return all about the task of that name or alias."""
        request = self._request()
        request.describe.task = task
        return read_task(self._ask(request, "task").task)

    def status(self) -> Status:
        """Ask how the server is doing."""
        request = self._request()
        request.status.SetInParent()
        said = self._ask(request, "status").status
        return Status(
            software=said.software,
            uptime_ms=said.uptime_ms,
            sessions=said.sessions,
            requests=said.requests,
            refusals=said.refusals,
            lane_steps=said.lane_steps,
            trials=said.trials,
            is_stepping=said.is_stepping,
            rejected_peers=said.rejected_peers,
            latency=Latency(said.latency.sum_us, said.latency.median_us, said.latency.slow_us)
            if said.HasField("latency")
            else None,
        )

    def open(
        self,
        task: str,
        *,
        lane_count: int = 1,
        seed: int = 0,
        first_lane: int = 0,
        restart_rule: RestartRule = RestartRule.DISABLED,
        preset: str = "",
        settings: Mapping[str, float | Sequence[float]] | None = None,
        time_step_ms: int = 0,
        look_ahead: int = 1,
        lease_ms: int = 0,
        with_ideal_actions: bool = False,
    ) -> Session:
        """Open a session: so many lanes of a task, to be played by this agent alone.

        Args:
            task: A task's name or one of its aliases.
            lane_count: How many trials are played side by side.
            seed: Decides everything that is drawn, 0 to 2⁶⁴ − 1.
            first_lane: The number of the first lane, so that sessions can share out an experiment.
            restart_rule: What happens on a lane whose trial has ended.
            preset: Whose experiment the parameters are; the alias's or the task's first if empty.
            settings: What is to differ from the preset.
            time_step_ms: Δt; the preset's if 0.
            look_ahead: How many steps a frame spans.
            lease_ms: How long the session outlives silence; the server's choice if 0.
            with_ideal_actions: Whether frames tell the ideal action of each step.

        """
        for name, number, most in [
            ("lane_count", lane_count, 2**32 - 1),
            ("seed", seed, 2**64 - 1),
            ("first_lane", first_lane, 2**64 - 1),
            ("time_step_ms", time_step_ms, 2**32 - 1),
            ("look_ahead", look_ahead, 2**32 - 1),
            ("lease_ms", lease_ms, 2**32 - 1),
        ]:
            require_whole(name, number, most)
        request = self._request()
        wanted = request.open
        wanted.task, wanted.preset = task, preset
        for name, value in (settings or {}).items():
            wanted.settings.add(name=name, value=_numbers(name, value))
        wanted.seed, wanted.first_lane = int(seed), int(first_lane)
        wanted.lane_count = int(lane_count)
        wanted.restart_rule = int(restart_rule)  # type: ignore[assignment]
        wanted.time_step_ms, wanted.look_ahead = int(time_step_ms), int(look_ahead)
        wanted.lease_ms, wanted.with_ideal_actions = int(lease_ms), with_ideal_actions
        # So that an open whose reply was lost is answered with the same session again.
        wanted.key = secrets.token_bytes(16)
        if self._has_opened:
            # Sessions number their requests alike, so each has a connection to itself.
            former = self._connection
            self._connection = Connection(former.endpoint, former.time_out, self._keys)
            self._has_opened = False
        said = self._ask(request, "opened").opened
        if with_ideal_actions and not said.options.with_ideal_actions:
            raise MalformedReplyError(
                f"the server at {self.endpoint} is too old to tell ideal actions; update it"
            )
        self._has_opened = True
        return Session(self._connection, said, read_task(said.task))

    def close(self) -> None:
        """Close the connection; sessions stay until their leases run out."""
        self._connection.close()

    def _request(self) -> gym_pb2.Request:
        return gym_pb2.Request(sequence=next(self._numbers))

    def _ask(self, request: gym_pb2.Request, wanted: str) -> gym_pb2.Reply:
        reply = self._connection.ask(request)
        if reply.WhichOneof("body") != wanted:
            raise MalformedReplyError(
                f"{self.endpoint} answered with {reply.WhichOneof('body')!r}, "
                f"where only {wanted!r} makes sense"
            )
        return reply


def _numbers(name: str, value: Any) -> list[float]:
    """Return what a parameter is set to."""
    try:
        return [float(number) for number in ([value] if np.ndim(value) == 0 else value)]
    except (TypeError, ValueError):
        raise ValueError(
            f"{name!r} is set to {value!r}; it has to be a number, or several"
        ) from None
