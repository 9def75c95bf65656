"""What a server of one's own refuses: the same as Operant's own server, in the same words."""

import struct
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
import zmq
from gymnasium import spaces
from raw_agent import RawAgent
from served_environments import Evidence, Reach

from operant import Server
from operant.client import Limits
from operant.errors import Code
from operant.serving.reception import USUAL_LIMITS
from operant.v1 import gym_pb2

TASK = "PerceptualDecisionMaking"
OTHER = "PerceptualDecisionMakingReactionTime"


class Double(gymnasium.Env[Any, Any]):
    """Looks like the task of that name from outside: names, sizes and numbers are the same."""

    observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float32)

    def __init__(self) -> None:
        self.action_space = spaces.Discrete(3)
        vars(self.action_space)["name"] = {"fixate": 0, "left": 1, "right": 2}

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, Any]:
        super().reset(seed=seed)
        return np.zeros(3, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Any]:
        return np.zeros(3, np.float32), 0.0, bool(action), False, {}


@pytest.fixture(scope="module")
def double() -> Iterator[str]:
    with Server(
        {TASK: Double, OTHER: Double},
        "tcp://127.0.0.1:*",
        conditions=[{"direction": d, "coherence": c} for d in (-1, 1) for c in range(5)],
        time_step_ms=10,
    ) as server:
        yield server.endpoint


def key(field: int, wire_type: int) -> bytes:
    return bytes([field << 3 | wire_type]) if field < 16 else bytes([field << 3 & 127 | 128, 1])


def part(field: int, content: bytes) -> bytes:
    """Return a field that holds bytes."""
    length = len(content)
    prefix = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return key(field, 2) + prefix + content


NUMBER_9 = b"\x08\x09"

BYTES = {
    "nothing": b"",
    "zeros": bytes(8),
    "a sequence alone": NUMBER_9,
    "a word": NUMBER_9 + b"hello",
    "a length beyond the end": NUMBER_9 + key(10, 2) + b"\x7f\x08\x01",
    "a number without an end": NUMBER_9 + b"\x10" + b"\xff" * 11,
    "a group": NUMBER_9 + key(14, 3) + key(14, 4),
    "an unknown group": NUMBER_9 + part(10, b"") + key(7, 3) + key(7, 4),
    "two bodies": NUMBER_9 + part(10, b"\x08\x01") + part(16, b""),
    "the same body twice": NUMBER_9 + part(14, b"") + part(14, b""),
    "three bodies": NUMBER_9 + part(15, b"") * 3,
    "a body of the future": NUMBER_9 + part(9, b""),
    "a body that is a number": NUMBER_9 + key(14, 0) + b"\x01",
    "a sequence that is bytes": part(1, b"\x09") + part(16, b""),
    "a session that is a number": NUMBER_9 + b"\x10\x05" + part(15, b""),
    "choices that are a number": NUMBER_9 + part(14, b"\x08\x05"),
    "lanes that are a double": NUMBER_9 + part(13, b"\x09" + bytes(8)),
    "a task that is a number": NUMBER_9 + part(12, b"\x08\x05"),
    "a name of a setting that is a number": NUMBER_9 + part(12, part(3, b"\x08\x05")),
    "a value of a setting that is a number": NUMBER_9 + part(12, part(3, b"\x10\x05")),
    "values that are cut": NUMBER_9 + part(12, part(3, part(2, bytes(9)))),
    "a major that is text": NUMBER_9 + part(10, part(1, b"one")),
    "a close with garbage in it": NUMBER_9 + part(15, b"\xff"),
    "settings without end": NUMBER_9 + part(12, part(3, b"") * 4000),
    "a session of 15 bytes": NUMBER_9 + part(2, bytes(15)) + part(15, b""),
    "a session of 17 bytes, for a hello": NUMBER_9 + part(2, bytes(17)) + part(10, b"\x08\x01"),
    "a zero byte in a task": NUMBER_9 + part(11, part(1, b"rdm\0fixed")),
    "a zero byte in a setting": NUMBER_9
    + part(12, key(8, 0) + b"\x03" + part(3, part(1, b"a\0b"))),
}


@pytest.mark.parametrize("data", BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_request_are_refused_as_the_own_server_refuses_them(
    data: bytes, double: str, endpoint: str
) -> None:
    said = []
    for place in (double, endpoint):
        with RawAgent(place) as agent:
            reply = agent.ask(data)
            said.append(reply)
            assert agent.ask(gym_pb2.Request(status=gym_pb2.Status())).HasField("status")
    assert said[0] == said[1]
    assert said[0].HasField("refusal")
    assert said[0].sequence == (9 if b"\x08\x09" in data and data[0] == 8 else 0)


Case = Callable[[RawAgent], gym_pb2.Reply]


def opening(**fields: Any) -> Case:
    """Open a session that can't be."""
    return lambda agent: agent.open(**{"task": TASK, **fields})


def described(task: str) -> Case:
    request = gym_pb2.Request(sequence=3, describe=gym_pb2.Describe(task=task))
    return lambda agent: agent.ask(request)


def greeted(**fields: Any) -> Case:
    request = gym_pb2.Request(sequence=3, hello=gym_pb2.Hello(**fields))
    return lambda agent: agent.ask(request)


def in_session(*moves: Callable[[RawAgent], gym_pb2.Reply]) -> Case:
    """Play in a session of two lanes; the last move is the one that can't be."""

    def play(agent: RawAgent) -> gym_pb2.Reply:
        assert agent.open(TASK, 2, seed=4).HasField("opened")
        for move in moves[:-1]:
            assert not move(agent).HasField("refusal")
        return moves[-1](agent)

    return play


def begin(agent: RawAgent) -> gym_pb2.Reply:
    return agent.begin()


def numbered(sequence: int, **body: Any) -> Callable[[RawAgent], gym_pb2.Reply]:
    """Send a request of any number."""
    return lambda agent: agent.ask(gym_pb2.Request(sequence=sequence, session=agent.token, **body))


def columns(**body: bytes) -> Callable[[RawAgent], gym_pb2.Reply]:
    return lambda agent: agent.next(begin=gym_pb2.Begin(**body))


def closed(agent: RawAgent) -> gym_pb2.Reply:
    return agent.next(close=gym_pb2.Close())


STEP, BEGIN, CLOSE = gym_pb2.Step(choices=bytes(2)), gym_pb2.Begin(), gym_pb2.Close()
MOST = (1 << 64) - 1
NAN, INFINITY = struct.pack("<f", float("nan")), struct.pack("<f", float("inf"))

CASES: dict[str, tuple[Code, Case]] = {
    "hello, version 0": (Code.VERSION, greeted(major=0)),
    "hello, version 2": (Code.VERSION, greeted(major=2, minor=4)),
    "hello, long name": (Code.LIMIT, greeted(major=1, software="ä" * 129)),
    "hello, zero byte": (Code.MALFORMED, greeted(major=1, software="a\0")),
    "describe, nearly": (Code.UNKNOWN_TASK, described("perceptualdecisionmakin")),
    "describe, swapped": (Code.UNKNOWN_TASK, described("PerceptualDecisoinMaking")),
    "describe, long": (Code.LIMIT, described("x" * 257)),
    "open, nearly": (Code.UNKNOWN_TASK, opening(task="PerceptualDecisionMakingReactionTimes")),
    "open, no rule": (Code.MALFORMED, opening(restart_rule=0)),
    "open, unknown rule": (Code.MALFORMED, opening(restart_rule=4)),
    "open, long key": (Code.LIMIT, opening(key=bytes(65))),
    "open, long preset": (Code.LIMIT, opening(preset="p" * 257)),
    "open, long setting": (
        Code.LIMIT,
        opening(settings=[gym_pb2.Setting(name="s" * 257, value=[1])]),
    ),
    "open, many settings": (
        Code.LIMIT,
        opening(settings=[gym_pb2.Setting(name="noise", value=[1])] * 257),
    ),
    "open, many values": (
        Code.LIMIT,
        opening(settings=[gym_pb2.Setting(name="noise", value=[1.0] * 257)]),
    ),
    "open, not a number": (
        Code.BAD_SETTING,
        opening(settings=[gym_pb2.Setting(name="noise", value=[float("nan")])]),
    ),
    "open, infinite": (
        Code.BAD_SETTING,
        opening(settings=[gym_pb2.Setting(name="nothing", value=[float("-inf")])]),
    ),
    "open, replay": (
        Code.UNSUPPORTED,
        opening(replay=gym_pb2.Replay(begin=gym_pb2.Begin(), steps=[STEP])),
    ),
    "open, empty replay": (Code.UNSUPPORTED, opening(replay=gym_pb2.Replay())),
    "open, no lanes": (Code.OUT_OF_RANGE, opening(lane_count=0)),
    "open, many lanes": (Code.LIMIT, opening(lane_count=65_537)),
    "open, far look-ahead": (Code.LIMIT, opening(look_ahead=4097)),
    "open, long lease": (Code.LIMIT, opening(lease_ms=3_600_001)),
    "open, large frames": (Code.LIMIT, opening(lane_count=65_536, look_ahead=256)),
    "open, slow time": (Code.OUT_OF_RANGE, opening(time_step_ms=10_001)),
    "a begin without a session": (
        Code.UNKNOWN_SESSION,
        lambda agent: agent.ask(gym_pb2.Request(sequence=1, begin=BEGIN)),
    ),
    "a close without a session": (
        Code.UNKNOWN_SESSION,
        lambda agent: agent.ask(gym_pb2.Request(sequence=1, close=CLOSE)),
    ),
    "a step of a session nobody opened": (
        Code.UNKNOWN_SESSION,
        lambda agent: agent.ask(gym_pb2.Request(sequence=1, session=bytes(16), step=STEP)),
    ),
    "a begin after the close": (Code.UNKNOWN_SESSION, in_session(closed, begin)),
    "number 0 first": (Code.SEQUENCE, in_session(numbered(0, begin=BEGIN))),
    "number 2 first": (Code.SEQUENCE, in_session(numbered(2, begin=BEGIN))),
    "the greatest number": (Code.SEQUENCE, in_session(begin, numbered(MOST, step=STEP))),
    "a number skipped": (Code.SEQUENCE, in_session(begin, numbered(3, step=STEP))),
    "number 0 later": (Code.SEQUENCE, in_session(begin, numbered(0, step=STEP))),
    "a close of the last number": (Code.SEQUENCE, in_session(begin, numbered(1, close=CLOSE))),
    "a step before a begin": (Code.NOTHING_BEGUN, in_session(lambda agent: agent.step(0, 0))),
    "a bad step before a begin": (Code.NOTHING_BEGUN, in_session(lambda agent: agent.step(9))),
    "amounts before a begin": (Code.BAD_ACTION, in_session(lambda agent: agent.pull(1))),
    "no actions": (Code.BAD_ACTION, in_session(begin, lambda agent: agent.step())),
    "too few actions": (Code.BAD_ACTION, in_session(begin, lambda agent: agent.step(0))),
    "too many actions": (Code.BAD_ACTION, in_session(begin, lambda agent: agent.step(0, 0, 0))),
    "an action that is none": (Code.BAD_ACTION, in_session(begin, lambda agent: agent.step(1, 3))),
    "an action of an idle lane that is none": (
        Code.BAD_ACTION,
        in_session(lambda agent: agent.begin([1]), lambda agent: agent.step(255, 0)),
    ),
    "amounts": (Code.BAD_ACTION, in_session(begin, lambda agent: agent.pull(0, 0))),
    "an amount that is not a number": (
        Code.BAD_ACTION,
        in_session(begin, lambda agent: agent.next(step=gym_pb2.Step(amounts=bytes(4) + NAN))),
    ),
    "an infinite amount, in no session": (
        Code.BAD_ACTION,
        lambda agent: agent.ask(gym_pb2.Request(sequence=4, step=gym_pb2.Step(amounts=INFINITY))),
    ),
    "choices and amounts": (
        Code.MALFORMED,
        in_session(
            begin,
            lambda agent: agent.next(step=gym_pb2.Step(choices=bytes(2), amounts=bytes(8))),
        ),
    ),
    "three bytes of amounts": (
        Code.MALFORMED,
        in_session(begin, lambda agent: agent.next(step=gym_pb2.Step(amounts=bytes(3)))),
    ),
    "three bytes of lanes": (Code.MALFORMED, in_session(columns(lanes=bytes(3)))),
    "four bytes of trials": (Code.MALFORMED, in_session(columns(trials=bytes(4)))),
    "six bytes of conditions": (Code.MALFORMED, in_session(columns(conditions=bytes(6)))),
    "too few trials": (Code.MALFORMED, in_session(lambda agent: agent.begin([], [1]))),
    "too many conditions": (
        Code.MALFORMED,
        in_session(lambda agent: agent.begin([0], [], [1, 2])),
    ),
    "a trial without a next": (
        Code.OUT_OF_RANGE,
        in_session(lambda agent: agent.begin([9, 9], [1 << 63, 0])),
    ),
    "a lane that is none": (Code.OUT_OF_RANGE, in_session(lambda agent: agent.begin([0, 2]))),
    "a lane named twice": (Code.OUT_OF_RANGE, in_session(lambda agent: agent.begin([1, 1]))),
    "a condition that is none": (
        Code.OUT_OF_RANGE,
        in_session(lambda agent: agent.begin([1], [], [10])),
    ),
    "a condition that is none, after a lane that is": (
        Code.OUT_OF_RANGE,
        in_session(lambda agent: agent.begin([0, 7], [], [10, 0])),
    ),
}


@pytest.mark.parametrize(("code", "case"), CASES.values(), ids=CASES)
def test_a_request_is_refused_as_the_own_server_refuses_it(
    code: Code, case: Case, double: str, endpoint: str
) -> None:
    said = []
    for place in (double, endpoint):
        with RawAgent(place) as agent:
            said.append(case(agent))
    assert said[0] == said[1]
    assert said[0].refusal.code == int(code)


def refused(endpoint: str, task: str, **options: Any) -> gym_pb2.Refusal:
    with RawAgent(endpoint) as agent:
        return agent.open(task, **options).refusal


SENTENCES: dict[str, tuple[Code, dict[str, Any], str]] = {
    "nothing like it": (
        Code.UNKNOWN_TASK,
        {"task": "zebra"},
        f"no task named 'zebra'; there are {TASK}, {OTHER}",
    ),
    "a preset, nearly": (
        Code.UNKNOWN_PRESET,
        {"preset": "defualt"},
        "no preset named 'defualt'; did you mean 'default'?",
    ),
    "a preset of another server": (
        Code.UNKNOWN_PRESET,
        {"preset": "song2017"},
        f"no preset named 'song2017'; {TASK} has default",
    ),
    "a parameter": (
        Code.BAD_SETTING,
        {"settings": [gym_pb2.Setting(name="noise", value=[1])]},
        f"no parameter named 'noise'; {TASK} has none",
    ),
    "another time step": (
        Code.OUT_OF_RANGE,
        {"time_step_ms": 20},
        f"the time step in ms is 20; {TASK} is played at 10 alone",
    ),
    "look-ahead": (
        Code.OUT_OF_RANGE,
        {"look_ahead": 2},
        f"look-ahead 2 is not to be had: what {TASK} shows depends on actions; ask for 1",
    ),
    "ideal actions": (
        Code.UNSUPPORTED,
        {"with_ideal_actions": True},
        f"nobody knows the ideal actions of {TASK}; open it without 'with_ideal_actions'",
    ),
}


@pytest.mark.parametrize(("code", "options", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_what_a_served_environment_has_not_is_refused_by_name(
    code: Code, options: dict[str, Any], sentence: str, double: str
) -> None:
    refusal = refused(double, **{"task": TASK, **options})
    assert (refusal.code, refusal.sentence, refusal.can_retry) == (int(code), sentence, False)


def test_text_that_is_not_utf_8_is_malformed(double: str) -> None:
    with RawAgent(double) as agent:
        reply = agent.ask(NUMBER_9 + part(11, part(1, b"\xc3\x28")))
    assert (reply.sequence, reply.refusal.code) == (9, int(Code.MALFORMED))
    assert reply.refusal.sentence == "these 8 bytes are not a request of operant.v1"


def test_a_choice_for_a_task_of_amounts_is_refused() -> None:
    with (
        Server(Reach, "tcp://127.0.0.1:*") as server,
        RawAgent(server.endpoint) as agent,
    ):
        agent.open("Reach", 2)
        said = [agent.pull(0, 0).refusal]
        agent.begin()
        said += [agent.step(0, 0).refusal, agent.next(step=gym_pb2.Step()).refusal]
        said += [agent.pull(0, 0, 0).refusal, agent.pull(0, 0, 0, -1.5).refusal]
        assert not agent.pull(1, -1, 1, 1).HasField("refusal")
    assert [refusal.code for refusal in said] == [int(Code.NOTHING_BEGUN)] + 4 * [
        int(Code.BAD_ACTION)
    ]
    assert [refusal.sentence for refusal in said[1:]] == [
        "choices came; the actions of Reach are amounts, 2 for each lane",
        "got 0 amounts; a step takes 4: 1 × 2 lanes × 2",
        "got 3 amounts; a step takes 4: 1 × 2 lanes × 2",
        "amount 1 of lane 1 is -1.5; it can be -1 to 1",
    ]


def limited(**limits: int) -> Limits:
    return Limits(**{**vars(USUAL_LIMITS), **limits})


def test_limits_are_told_and_kept() -> None:
    limits = limited(message_bytes=1000, name_bytes=12, lanes_per_session=3, longest_lease_ms=50)
    with (
        Server(Evidence, "tcp://127.0.0.1:*", limits=limits) as server,
        RawAgent(server.endpoint) as agent,
    ):
        told = agent.ask(gym_pb2.Request(hello=gym_pb2.Hello(major=1))).welcome.limits
        assert {name: getattr(told, name) for name in vars(limits)} == vars(limits)
        reply = agent.ask(NUMBER_9 + part(9, bytes(1000)) + part(16, b""))
        assert reply.sequence == 9
        assert reply.refusal.sentence == "the message has 1008 bytes; this server reads up to 1000"
        assert agent.open("Evidence", 4).refusal.sentence == (
            "4 lanes were asked for; a session of this server can have 3"
        )
        assert agent.open("Evidence with more").refusal.sentence == (
            "'task' has 18 bytes; it can have at most 12"
        )
        # A lease that is not asked for is no longer than any may be.
        assert agent.open("Evidence").opened.options.lease_ms == 50


def test_more_sessions_than_the_server_holds_are_refused_for_now() -> None:
    with (
        Server(Evidence, "tcp://127.0.0.1:*", limits=limited(sessions=2)) as server,
        RawAgent(server.endpoint) as agent,
        RawAgent(server.endpoint) as other,
    ):
        agent.open("Evidence")
        other.open("Evidence")
        with RawAgent(server.endpoint) as late:
            refusal = late.open("Evidence").refusal
            assert (refusal.code, refusal.can_retry) == (int(Code.LIMIT), True)
            assert refusal.sentence == (
                "all 2 sessions of this server are taken; close one, or try again later"
            )
            closed(other)
            assert late.open("Evidence").HasField("opened")


@pytest.mark.parametrize("limits", [{"lanes_per_session": 2}, {"frame_numbers": 32}])
def test_many_sessions_cannot_hold_what_one_may_not(limits: dict[str, int]) -> None:
    with (
        Server(Evidence, "tcp://127.0.0.1:*", limits=limited(**limits)) as server,
        RawAgent(server.endpoint) as agent,
    ):
        opened = 0
        while (reply := agent.open("Evidence", 2)).HasField("opened"):
            opened += 1
        assert opened == 16
        assert (reply.refusal.code, reply.refusal.can_retry) == (int(Code.LIMIT), True)
        assert "hold all the lanes or frames it is willing to" in reply.refusal.sentence


def test_a_message_of_too_many_fields_is_not_unpacked(double: str) -> None:
    with RawAgent(double) as agent:
        reply = agent.ask(NUMBER_9 + part(9, b"") * 120_000)
    assert (reply.sequence, reply.refusal.code) == (9, int(Code.LIMIT))
    assert "takes too much memory to read" in reply.refusal.sentence


def test_an_envelope_comes_back_as_it_was(double: str) -> None:
    status = gym_pb2.Request(sequence=2, status=gym_pb2.Status()).SerializeToString()
    with RawAgent(double) as agent:
        for envelope in ([], [b""], [b"a", b"", b"b"], [b"x" * n for n in range(7)]):
            *back, reply = agent.say(*envelope, status)
            assert back == envelope
            assert gym_pb2.Reply.FromString(reply).HasField("status")
        # ROUTER's own part is the eighth.
        *back, reply = agent.say(*[b"x"] * 8, status)
        refusal = gym_pb2.Reply.FromString(reply)
        assert back == [b"x"] * 7
        assert (refusal.sequence, refusal.refusal.code) == (2, int(Code.MALFORMED))
        assert refusal.refusal.sentence == (
            "the message has more than 8 parts before its last; send the request as one part"
        )
    with RawAgent(double, zmq.REQ) as agent:
        assert agent.ask(status).HasField("status")


def test_five_thousand_mangled_messages_are_all_answered_and_change_nothing(double: str) -> None:
    random = np.random.default_rng(11)
    with RawAgent(double) as guest, RawAgent(double) as agent:
        guest.open(TASK, 2, seed=3)
        guest.begin()
        seeds = [
            gym_pb2.Request(sequence=9, open=gym_pb2.Open(task=TASK, lane_count=1, lease_ms=1)),
            gym_pb2.Request(sequence=9, session=bytes(16), step=STEP),
            gym_pb2.Request(sequence=9, session=bytes(16), begin=gym_pb2.Begin(lanes=bytes(8))),
            gym_pb2.Request(sequence=9, hello=gym_pb2.Hello(major=1, software="me")),
        ]
        for index in range(5000):
            data = bytearray(seeds[index % 4].SerializeToString())
            for _ in range(random.integers(1, 5)):
                data[random.integers(len(data))] = random.integers(256)
            if random.random() < 0.3:
                del data[random.integers(len(data)) :]
            assert agent.ask(bytes(data)).WhichOneof("body") is not None
        assert guest.step(0, 1).frame.stages == bytes([2, 12])
