"""Where agents are received: told what is on offer, given sessions, and passed on to them.

Knows no sockets, and no clock but the moments it is given.
"""

import secrets
from collections.abc import Callable, Sequence

from operant import __version__
from operant.client import MAJOR, MINOR, Limits
from operant.errors import Code
from operant.serving.conversation import Conversation
from operant.serving.lanes import Lanes
from operant.serving.names import suggestion
from operant.serving.offer import PRESET, Offer
from operant.serving.refusal import Refusal, broken
from operant.serving.requests import TOKEN_BYTES, Opening, Request
from operant.v1 import gym_pb2

USUAL_LIMITS = Limits(
    message_bytes=64 << 20,
    lanes_per_session=65_536,
    sessions=1024,
    name_bytes=256,
    look_ahead=4096,
    longest_lease_ms=3_600_000,
    frame_numbers=16 << 20,
)

SOFTWARE = f"operant-python {__version__}"

_USUAL_LEASE_MS = 60_000
_SWEEP_INTERVAL = 1.0
_MOST_LANES = 65_536
_LONGEST_TIME_STEP = 10_000


class _Guest:
    """A session, and how long it is kept for an agent that is silent. Times are in seconds."""

    def __init__(self, conversation: Conversation, key: bytes, now: float) -> None:
        options = conversation.opened.options
        self.conversation = conversation
        self.key = key
        self.lease = options.lease_ms / 1000
        self.leaves_at = now + self.lease
        self.lane_count: int = options.lane_count
        self.frame_numbers: int = options.lane_count * conversation.opened.observation_size


class Reception:
    """Answers every request."""

    def __init__(
        self,
        offers: Sequence[Offer],
        limits: Limits,
        now: float,
        count_rejected_peers: Callable[[], int],
    ) -> None:
        """Open for agents."""
        self._count_rejected_peers = count_rejected_peers
        self._offers = {offer.name: offer for offer in offers}
        self._limits = limits
        self._start = now
        self._next_sweep = now
        self._guests: dict[bytes, _Guest] = {}
        self._tokens: dict[bytes, bytes] = {}
        self._lanes_taken = 0
        self._frame_numbers_taken = 0
        self._requests = self._refusals = self._lane_steps = self._trials = 0

    def reply(self, request: Request, now: float) -> bytes:
        """Answer a request that came at `now`."""
        if now >= self._next_sweep:
            self.sweep(now)
        try:
            reply = self._answer(request, now)
        except Refusal as refusal:
            return self.refuse(refusal, request.sequence)
        except Exception as error:
            return self.refuse(broken(error), request.sequence)
        self._requests += 1
        return reply

    def refuse(self, refusal: Refusal, sequence: int) -> bytes:
        """Answer what could not be met, or not even be read."""
        self._requests += 1
        self._refusals += 1
        reply = gym_pb2.Reply(sequence=sequence)
        reply.refusal.code = int(refusal.code)  # type: ignore[assignment]
        reply.refusal.sentence = refusal.sentence
        reply.refusal.can_retry = refusal.can_retry
        return reply.SerializeToString()

    def _answer(self, request: Request, now: float) -> bytes:
        kind = request.kind
        if kind in ("step", "begin", "close"):
            return self._pass_on(request, now)
        reply = gym_pb2.Reply(sequence=request.sequence)
        if kind == "hello":
            self._welcome(request.body, reply.welcome)
        elif kind == "describe":
            reply.task.CopyFrom(self._find(request.body).message)
        elif kind == "open":
            reply.opened.CopyFrom(self._open(request.body, now))
        else:
            self._tell_status(reply.status, now)
        return reply.SerializeToString()

    # MARK: what is on offer

    def _welcome(self, hello: gym_pb2.Hello, welcome: gym_pb2.Welcome) -> None:
        if hello.major != MAJOR:
            raise Refusal(
                Code.VERSION,
                f"this server speaks version {MAJOR} of the protocol, the agent version "
                f"{hello.major}; update the {'agent' if hello.major < MAJOR else 'server'}",
            )
        welcome.major, welcome.minor, welcome.software = MAJOR, MINOR, SOFTWARE
        for offer in self._offers.values():
            welcome.tasks.add(name=offer.name, summary=offer.message.summary)
        for name, value in vars(self._limits).items():
            setattr(welcome.limits, name, value)

    def _find(self, name: str) -> Offer:
        if name not in self._offers:
            raise Refusal(
                Code.UNKNOWN_TASK,
                f"no task named '{name[:100]}'" + suggestion(name, list(self._offers), "there are"),
            )
        return self._offers[name]

    def _tell_status(self, status: gym_pb2.ServerStatus, now: float) -> None:
        status.software = SOFTWARE
        status.uptime_ms = max(0, int((now - self._start) * 1000))
        status.sessions = len(self._guests)
        status.requests, status.refusals = self._requests, self._refusals
        status.lane_steps, status.trials = self._lane_steps, self._trials
        status.rejected_peers = self._count_rejected_peers()

    # MARK: opening

    def _open(self, opening: Opening, now: float) -> gym_pb2.Opened:
        known = self._guests.get(self._tokens.get(opening.key, b""))
        if known is not None and known.leaves_at > now:
            known.leaves_at = now + known.lease
            return known.conversation.opened
        offer = self._find(opening.task)
        self._check_support(opening, offer)
        self._check_limits(opening, offer)
        self._check_options(opening, offer)

        opened = gym_pb2.Opened(
            session=secrets.token_bytes(TOKEN_BYTES),
            task=offer.message,
            options=opening.message,
            observation_size=offer.observation_size,
            step_limit=offer.step_limit,
        )
        options = opened.options
        options.task, options.preset, options.key = offer.name, PRESET, b""
        options.time_step_ms, options.look_ahead = offer.time_step_ms, 1
        options.lease_ms = opening.lease_ms or min(_USUAL_LEASE_MS, self._limits.longest_lease_ms)
        lanes = Lanes(
            offer,
            seed=options.seed,
            first_lane=options.first_lane,
            lane_count=options.lane_count,
            restart_rule=opening.restart_rule,
            with_ideal_actions=options.with_ideal_actions,
        )
        conversation = Conversation(opened, lanes, offer.actions, offer.name)
        guest = _Guest(conversation, opening.key, now)
        self._guests[opened.session] = guest
        if opening.key:
            self._tokens[opening.key] = opened.session
        self._lanes_taken += guest.lane_count
        self._frame_numbers_taken += guest.frame_numbers
        return opened

    def _check_support(self, opening: Opening, offer: Offer) -> None:
        if opening.wants_replay:
            raise Refusal(
                Code.UNSUPPORTED,
                "this server does not replay on 'open'; open without it, then begin and step",
            )
        if opening.preset not in ("", PRESET):
            raise Refusal(
                Code.UNKNOWN_PRESET,
                f"no preset named '{opening.preset}'"
                + suggestion(opening.preset, [PRESET], f"{offer.name} has"),
            )
        if opening.message.with_ideal_actions and not offer.tells_ideal_actions:
            raise Refusal(
                Code.UNSUPPORTED,
                f"nobody knows the ideal actions of {offer.name}; "
                "open it without 'with_ideal_actions'",
            )

    def _check_limits(self, opening: Opening, offer: Offer) -> None:
        limits, lane_count = self._limits, opening.lane_count
        if lane_count > limits.lanes_per_session:
            raise Refusal(
                Code.LIMIT,
                f"{lane_count} lanes were asked for; "
                f"a session of this server can have {limits.lanes_per_session}",
            )
        if opening.look_ahead > limits.look_ahead:
            raise Refusal(
                Code.LIMIT,
                f"look-ahead {opening.look_ahead} was asked for; "
                f"this server goes up to {limits.look_ahead}",
            )
        if opening.lease_ms > limits.longest_lease_ms:
            raise Refusal(
                Code.LIMIT,
                f"a lease of {opening.lease_ms} ms was asked for; "
                f"this server grants up to {limits.longest_lease_ms} ms",
            )
        numbers = lane_count * max(1, opening.look_ahead) * offer.observation_size
        if numbers > limits.frame_numbers:
            raise Refusal(
                Code.LIMIT,
                f"a frame would have {numbers} observation numbers; this server goes up to "
                f"{limits.frame_numbers}; ask for fewer lanes or a smaller look-ahead",
            )
        if len(self._guests) >= limits.sessions:
            raise Refusal(
                Code.LIMIT,
                f"all {limits.sessions} sessions of this server are taken; "
                "close one, or try again later",
                can_retry=True,
            )
        # Many sessions can't take what one may not.
        if (
            self._lanes_taken + lane_count > 16 * limits.lanes_per_session
            or self._frame_numbers_taken + numbers > 4 * limits.frame_numbers
        ):
            raise Refusal(
                Code.LIMIT,
                "the sessions of this server hold all the lanes or frames it is willing to; "
                "close one, ask for less, or try again later",
                can_retry=True,
            )

    def _check_options(self, opening: Opening, offer: Offer) -> None:
        if opening.settings:
            raise Refusal(
                Code.BAD_SETTING,
                f"no parameter named '{opening.settings[0][:100]}'; {offer.name} has none",
            )
        time_step = opening.time_step_ms or offer.time_step_ms
        for what, value, highest in (
            ("the time step in ms", time_step, _LONGEST_TIME_STEP),
            ("the number of lanes", opening.lane_count, _MOST_LANES),
        ):
            if not 1 <= value <= highest:
                raise Refusal(Code.OUT_OF_RANGE, f"{what} is {value}; it can be 1 to {highest}")
        if time_step != offer.time_step_ms:
            raise Refusal(
                Code.OUT_OF_RANGE,
                f"the time step in ms is {time_step}; {offer.name} is played at "
                f"{offer.time_step_ms} alone",
            )
        if opening.look_ahead > 1:
            raise Refusal(
                Code.OUT_OF_RANGE,
                f"look-ahead {opening.look_ahead} is not to be had: what {offer.name} shows "
                "depends on actions; ask for 1",
            )

    # MARK: in a session

    def _pass_on(self, request: Request, now: float) -> bytes:
        token = request.session
        if not token:
            raise Refusal(
                Code.UNKNOWN_SESSION,
                "no session is named; send 'open' first and use the token it answers with",
            )
        guest = self._guests.get(token)
        if guest is None or guest.leaves_at <= now:
            self._forget(token)
            if request.kind == "close":
                reply = gym_pb2.Reply(sequence=request.sequence)
                reply.closed.SetInParent()
                return reply.SerializeToString()
            raise Refusal(
                Code.UNKNOWN_SESSION,
                "no session has this token: it was closed, its lease ran out or the server was "
                "restarted; open another",
            )
        guest.leaves_at = now + guest.lease
        outcome = guest.conversation.carry_out(request)
        self._lane_steps += outcome.judged_count
        self._trials += outcome.ended_count
        if outcome.is_closed:
            self._forget(token)
        return outcome.reply

    def keep(self, token: bytes, now: float) -> None:
        """Count a session's lease from now on: carrying out its last request took until now."""
        guest = self._guests.get(token)
        if guest is not None:
            guest.leaves_at = now + guest.lease

    # MARK: leaving

    def _forget(self, token: bytes) -> None:
        guest = self._guests.pop(token, None)
        if guest is None:
            return
        self._lanes_taken -= guest.lane_count
        self._frame_numbers_taken -= guest.frame_numbers
        if self._tokens.get(guest.key) == token:
            del self._tokens[guest.key]
        guest.conversation.lanes.close()

    def sweep(self, now: float) -> None:
        """Forget the sessions of agents that have been silent for longer than their lease."""
        for token in [t for t, guest in self._guests.items() if guest.leaves_at <= now]:
            self._forget(token)
        self._next_sweep = now + _SWEEP_INTERVAL

    def close(self) -> None:
        """Close every environment."""
        for token in list(self._guests):
            self._forget(token)
        for offer in self._offers.values():
            offer.close()
