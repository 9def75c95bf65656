"""The frames of a server of one's own, against a referee that plays the environments by itself."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium import spaces
from raw_agent import RawAgent
from served_environments import Evidence, Reach, Wander, ideal_evidence

from operant import Server
from operant.v1 import gym_pb2

NEXT_STEP, SAME_STEP, DISABLED = 1, 2, 3
RULES = [NEXT_STEP, SAME_STEP, DISABLED]
SEED = (1 << 64) - 59
LIMIT = 9


def philox(stream: str, lane: int, trial: int) -> Iterator[int]:
    """Yield the words that docs/protocol.md says a stream has."""
    key = 0xCBF29CE484222325
    for byte in stream.encode():
        key = ((key ^ byte) * 0x100000001B3) % 2**64
    words = np.random.Philox(
        key=np.array([SEED, key], np.uint64), counter=np.array([0, 0, trial, lane], np.uint64)
    )
    while True:
        yield int(words.random_raw())


def drawn(lane: int, trial: int, count: int) -> int:
    """Return the condition that is drawn for a trial, by the textbook."""
    for word in philox("condition", lane, trial):
        high, low = divmod(word * count, 2**64)
        if low >= 2**64 % count:
            return high
    raise AssertionError


@dataclass
class Lane:
    """A lane as the referee plays it."""

    env: gymnasium.Env[Any, Any]
    shown: npt.NDArray[np.float32]
    trial: int | None = None
    condition: int = 0
    steps: int = 0
    is_playing: bool = False


@dataclass
class Referee:
    """Plays lanes the slow way, and writes down the frame that has to come."""

    make_env: Callable[[], gymnasium.Env[Any, Any]]
    rule: int
    first_lane: int
    lane_count: int
    conditions: tuple[dict[str, Any], ...] = ({},)
    facts: tuple[str, ...] = ()
    teacher: Callable[[Any], int] | None = None
    lanes: list[Lane] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.lane_count):
            env = self.make_env()
            size = spaces.flatdim(env.observation_space)
            self.lanes.append(Lane(env, np.zeros(size, np.float32)))

    def _begin(self, number: int, trial: int, condition: int | None) -> None:
        lane, key = self.lanes[number], (self.first_lane + number) % 2**64
        lane.trial, lane.steps, lane.is_playing = trial, 0, True
        lane.condition = drawn(key, trial, len(self.conditions)) if condition is None else condition
        seed = next(philox("trial", key, trial)) // 2**33
        options = self.conditions[lane.condition]
        shown, _ = (
            lane.env.reset(seed=seed, options=options) if options else lane.env.reset(seed=seed)
        )
        lane.shown = self._flat(lane, shown)

    def _flat(self, lane: Lane, shown: Any) -> npt.NDArray[np.float32]:
        return np.asarray(spaces.flatten(lane.env.observation_space, shown), np.float32)

    def begin(self, orders: dict[int, tuple[int | None, int | None]]) -> gym_pb2.Frame:
        stages = [32] * self.lane_count
        for number, (trial, condition) in orders.items():
            last = self.lanes[number].trial
            following = 0 if last is None else last + 1
            self._begin(number, following if trial is None else trial, condition)
            stages[number] = 1
        return self._frame([0.0] * self.lane_count, stages, [], set(orders))

    def step(self, actions: list[Any], choices: list[int]) -> gym_pb2.Frame:
        rewards, stages = [0.0] * self.lane_count, [32] * self.lane_count
        ended: list[dict[str, Any]] = []
        for number, lane in enumerate(self.lanes):
            if not lane.is_playing:
                lane.shown = np.zeros_like(lane.shown)
                if self.rule == NEXT_STEP and lane.trial is not None:
                    self._begin(number, lane.trial + 1, None)
                    stages[number] = 1
                continue
            shown, reward, terminated, truncated, info = lane.env.step(actions[number])
            lane.shown, rewards[number] = self._flat(lane, shown), float(reward)
            lane.steps += 1
            is_cut_off = not terminated and (truncated or lane.steps == LIMIT)
            if not (terminated or is_cut_off):
                stages[number] = 2
                continue
            lane.is_playing = False
            stages[number] = 20 if is_cut_off else 12
            name = info.get("ending", "truncated" if is_cut_off else "completed")
            ended.append(
                {
                    "lane": number,
                    "trial": lane.trial,
                    "condition": lane.condition,
                    "ending": gym_pb2.Ending.Value(f"ENDING_{name.upper()}"),
                    "choice": 255 if is_cut_off or not choices else choices[number],
                    "steps": lane.steps,
                    "facts": [float(info.get(fact, "nan")) for fact in self.facts],
                    "final": lane.shown,
                }
            )
            if self.rule == SAME_STEP:
                assert lane.trial is not None
                self._begin(number, lane.trial + 1, None)
                stages[number] += 1
        return self._frame(rewards, stages, ended, set(range(self.lane_count)))

    def _frame(
        self,
        rewards: list[float],
        stages: list[int],
        ended: list[dict[str, Any]],
        asked: set[int],
    ) -> gym_pb2.Frame:
        frame = gym_pb2.Frame(
            observations=np.concatenate([lane.shown for lane in self.lanes]).tobytes(),
            rewards=np.array(rewards, np.float32).tobytes(),
            stages=bytes(stages),
        )
        if self.teacher is not None:
            frame.ideal_actions = bytes(
                self.teacher(lane.env) - 5 if lane.is_playing else 255 for lane in self.lanes
            )
        if ended:
            told = frame.ended
            told.lanes = np.array([e["lane"] for e in ended], np.uint32).tobytes()
            told.trials = np.array([e["trial"] for e in ended], np.uint64).tobytes()
            told.conditions = np.array([e["condition"] for e in ended], np.uint32).tobytes()
            told.endings = bytes(e["ending"] for e in ended)
            told.choices = bytes(e["choice"] for e in ended)
            told.step_counts = np.array([e["steps"] for e in ended], np.uint32).tobytes()
            told.facts = np.array([e["facts"] for e in ended], np.float32).tobytes()
            if self.rule == SAME_STEP:
                told.final_observations = np.concatenate([e["final"] for e in ended]).tobytes()
        return frame


def script(step: int, lane: int, often: int) -> int:
    """Choose 0 mostly, and now and then something else."""
    draw = (step * 7919 + lane * 104_729 + 13) % 97
    return 1 + draw % 2 if draw < often else 0


@pytest.fixture(scope="module")
def evidence() -> Iterator[str]:
    with Server(
        Evidence,
        "tcp://127.0.0.1:*",
        conditions=Evidence.conditions,
        facts=["cue_time", "latency", "label", "nowhere"],
        step_limit=LIMIT,
        ideal_action=ideal_evidence,
    ) as server:
        yield server.endpoint


FACTS = ("cue_time", "latency", "nowhere", "nowhere")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("with_ideal_actions", [False, True])
def test_frames_are_the_referees_under_every_rule(
    evidence: str, rule: int, with_ideal_actions: bool
) -> None:
    lanes, first_lane = 5, (1 << 64) - 2
    referee = Referee(
        Evidence,
        rule,
        first_lane,
        lanes,
        Evidence.conditions,
        FACTS,
        ideal_evidence if with_ideal_actions else None,
    )
    with RawAgent(evidence) as agent:
        opened = agent.open(
            "Evidence",
            lanes,
            seed=SEED,
            first_lane=first_lane,
            restart_rule=rule,
            with_ideal_actions=with_ideal_actions,
        ).opened
        assert (opened.observation_size, opened.step_limit) == (4, LIMIT)
        assert opened.options.with_ideal_actions == with_ideal_actions
        # Two lanes wait; one has a trial and a condition asked for, in no order.
        frame = agent.begin([3, 1, 0], [40, 0, 2], [2, 0xFFFF_FFFF, 0]).frame
        assert frame == referee.begin({3: (40, 2), 1: (0, None), 0: (2, 0)})
        for step in range(30):
            choices = [script(step, lane, 30) for lane in range(lanes)]
            expected = referee.step([5 + choice for choice in choices], choices)
            assert agent.step(*choices).frame == expected, f"step {step}"
        # In the midst of trials, or after them: the next ones of two lanes.
        assert agent.begin([4, 3]).frame == referee.begin({4: (None, None), 3: (None, None)})
        for step in range(30, 130):
            choices = [script(step, lane, 30) for lane in range(lanes)]
            expected = referee.step([5 + choice for choice in choices], choices)
            assert agent.step(*choices).frame == expected, f"step {step}"
            if rule == DISABLED and not any(lane.is_playing for lane in referee.lanes):
                everything: dict[int, tuple[int | None, int | None]] = dict.fromkeys(
                    range(lanes), (None, None)
                )
                assert agent.begin().frame == referee.begin(everything)
    # One lane was never named where none begins by itself.
    assert [lane.trial is None for lane in referee.lanes].count(True) == (rule != DISABLED)
    assert sum(lane.trial or 0 for lane in referee.lanes) > 60


@pytest.mark.parametrize("rule", RULES)
def test_amounts_reach_the_environment_in_its_own_range(rule: int) -> None:
    referee = Referee(Reach, rule, 0, 2)
    with (
        Server(Reach, "tcp://127.0.0.1:*", step_limit=LIMIT) as server,
        RawAgent(server.endpoint) as agent,
    ):
        task = agent.open("Reach", 2, seed=SEED, restart_rule=rule).opened.task
        # The two numbers have different ranges, so that agents see another.
        assert (task.continuous.width, task.continuous.low, task.continuous.high) == (2, -1, 1)
        assert agent.begin().frame == referee.begin({0: (None, None), 1: (None, None)})
        ended = 0
        for step in range(60):
            rows = np.array(
                [[np.sin(step + lane), np.cos(2 * step)] for lane in range(2)], np.float32
            )
            actions = [np.array([float(left), 2 * (float(right) - 1)]) for left, right in rows]
            frame = agent.pull(*rows.ravel()).frame
            assert frame == referee.step(actions, []), f"step {step}"
            ended += len(frame.ended.lanes) // 4
            assert set(frame.ended.choices) <= {255}
        assert ended > 1


@pytest.mark.parametrize("rule", RULES)
def test_a_limit_of_the_environments_own_truncates(rule: int) -> None:
    def limited() -> gymnasium.Env[Any, Any]:
        return gymnasium.wrappers.TimeLimit(Wander(), 4)

    referee = Referee(limited, rule, 0, 3)
    with (
        Server(limited, "tcp://127.0.0.1:*", name="Wander", time_step_ms=25) as server,
        RawAgent(server.endpoint) as agent,
    ):
        opened = agent.open("Wander", 3, seed=SEED, restart_rule=rule).opened
        assert opened.observation_size == 2 + 3 + 1
        agent.begin()
        referee.begin(dict.fromkeys(range(3), (None, None)))
        stages = set()
        for _ in range(12):
            frame = agent.step(1, 0, 1).frame
            assert frame == referee.step([1, 0, 1], [1, 0, 1])
            stages |= set(frame.stages)
        assert {20, 21} & stages


def test_a_trial_is_cut_off_at_the_step_limit() -> None:
    with (
        Server(Wander, "tcp://127.0.0.1:*", step_limit=3, time_step_ms=20) as server,
        RawAgent(server.endpoint) as agent,
    ):
        opened = agent.open("Wander").opened
        assert opened.task.time_limit_ms == 40
        assert opened.step_limit == opened.task.time_limit_ms // 20 + 1 == 3
        agent.begin()
        stages = list(itertools.chain(*(agent.step(0).frame.stages for _ in range(2))))
        last = agent.step(1).frame
        assert [*stages, *last.stages] == [2, 2, 20]
        assert (last.ended.endings, last.ended.choices) == (b"\x05", b"\xff")
        assert agent.step(1).frame.stages == b"\x20"


def test_a_frame_says_what_a_lane_showed_last_until_it_is_begun_or_stepped(evidence: str) -> None:
    with RawAgent(evidence) as agent:
        agent.open("Evidence", 2, seed=3, with_ideal_actions=True)
        first = agent.begin([0]).frame
        later = agent.begin([1]).frame
        row = 4 * 4
        assert later.observations[:row] == first.observations[:row] != bytes(row)
        assert later.stages == bytes([32, 1])
        assert first.observations[row:] == bytes(row)
        assert first.ideal_actions == b"\x00\xff"
