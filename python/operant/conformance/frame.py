"""Frames as they come, held to the shapes that the protocol gives them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from operant.conformance.findings import Broken, expect
from operant.v1 import gym_pb2

FIRST, MIDDLE, LAST, TERMINATED, TRUNCATED, IDLE = 1, 2, 4, 8, 16, 32
NEXT_STEP = gym_pb2.RESTART_RULE_NEXT_STEP
SAME_STEP = gym_pb2.RESTART_RULE_SAME_STEP
DISABLED = gym_pb2.RESTART_RULE_DISABLED

DRAWN = 0xFFFF_FFFF
"""Stands for a condition that the server is to draw."""

NO_ACTION = 255
"""Stands where an action could, and none does."""

_STAGES = {
    FIRST: "FIRST",
    MIDDLE: "MIDDLE",
    LAST: "LAST",
    TERMINATED: "TERMINATED",
    TRUNCATED: "TRUNCATED",
    IDLE: "IDLE",
}
LEGAL_STAGES = (
    FIRST,
    MIDDLE,
    LAST | TERMINATED,
    LAST | TRUNCATED,
    FIRST | LAST | TERMINATED,
    FIRST | LAST | TRUNCATED,
    IDLE,
)
ENDINGS = ("", "correct", "error", "abort", "miss", "truncated", "completed")
CORRECT, ERROR, ABORT, MISS, ENDING_TRUNCATED, COMPLETED = range(1, 7)
_SECTION = "Frames"


def name_stage(stage: int) -> str:
    """Return a stage in the words of the schema."""
    names = [name for value, name in _STAGES.items() if stage & value]
    return f"{stage} {' + '.join(names)}" if names else str(stage)


@dataclass(frozen=True)
class EndedTrial:
    """What a frame says of a trial that has ended."""

    lane: int
    trial: int
    condition: int
    ending: int
    choice: int
    step_count: int
    facts: bytes
    final_observation: bytes

    @property
    def fact_values(self) -> npt.NDArray[np.float32]:
        """The facts as numbers."""
        return np.frombuffer(self.facts, "<f4")

    def __str__(self) -> str:
        ending = ENDINGS[self.ending] if self.ending < len(ENDINGS) else "an unknown ending"
        facts = ", ".join(f"{value:g}" for value in self.fact_values)
        return (
            f"trial {self.trial} of condition {self.condition}, {ending} by "
            f"{self.choice} after {self.step_count} actions, facts ({facts})"
        )


@dataclass(frozen=True)
class Shape:
    """The sizes that the frames of a session have."""

    look_ahead: int
    lane_count: int
    observation_size: int
    fact_count: int
    has_final_observations: bool
    has_ideal_actions: bool

    @property
    def entries(self) -> int:
        """Steps × lanes."""
        return self.look_ahead * self.lane_count


@dataclass(frozen=True)
class Frame:
    """A frame whose columns have the lengths they should have."""

    message: gym_pb2.Frame
    observations: npt.NDArray[np.float32]
    """[step × lane × number]"""
    rewards: npt.NDArray[np.float32]
    """[step × lane]"""
    stages: npt.NDArray[np.uint8]
    """[step × lane]"""
    ended: tuple[EndedTrial, ...]
    ideal_actions: npt.NDArray[np.uint8]
    """[step × lane]; empty unless the session was opened with them."""


def read_frame(message: gym_pb2.Frame, shape: Shape) -> Frame:
    """Read a frame of a session.

    Raises:
        Broken: A column has another length than it should, or holds what it can't.

    """
    entries = shape.entries
    places = (shape.look_ahead, shape.lane_count)
    _check_length("observations", message.observations, 4 * entries * shape.observation_size)
    _check_length("rewards", message.rewards, 4 * entries)
    _check_length("stages", message.stages, entries)
    _check_length("ideal_actions", message.ideal_actions, entries * shape.has_ideal_actions)
    observations = np.frombuffer(message.observations, "<f4")
    rewards = np.frombuffer(message.rewards, "<f4")
    stages = np.frombuffer(message.stages, "u1")
    for name, numbers in (("observations", observations), ("rewards", rewards)):
        expect(np.isfinite(numbers).all(), f"'{name}' holds what is no finite number", "numbers")
    for stage in stages:
        expect(
            stage in LEGAL_STAGES,
            f"stage {name_stage(stage)}",
            "one of " + ", ".join(str(legal) for legal in LEGAL_STAGES),
            _SECTION,
        )
    return Frame(
        message,
        observations.reshape(*places, shape.observation_size),
        rewards.reshape(places),
        stages.reshape(places),
        _read_ended(message, shape),
        np.frombuffer(message.ideal_actions, "u1").reshape(
            places if shape.has_ideal_actions else (0, shape.lane_count)
        ),
    )


def _read_ended(message: gym_pb2.Frame, shape: Shape) -> tuple[EndedTrial, ...]:
    if not message.HasField("ended"):
        return ()
    ended = message.ended
    count, stray = divmod(len(ended.lanes), 4)
    expect(stray == 0, f"'ended.lanes' has {len(ended.lanes)} bytes", "4 for each trial", _SECTION)
    expect(count > 0, "a frame with an 'ended' that tells of no trial", "none of it then", _SECTION)
    fact_bytes = 4 * shape.fact_count
    final_bytes = 4 * shape.observation_size * shape.has_final_observations
    for name, width in (
        ("trials", 8),
        ("conditions", 4),
        ("endings", 1),
        ("choices", 1),
        ("step_counts", 4),
        ("facts", fact_bytes),
        ("final_observations", final_bytes),
    ):
        _check_length(f"ended.{name}", getattr(ended, name), width * count, f"{count} trials ended")
    lanes = np.frombuffer(ended.lanes, "<u4").tolist()
    trials = np.frombuffer(ended.trials, "<u8").tolist()
    conditions = np.frombuffer(ended.conditions, "<u4").tolist()
    step_counts = np.frombuffer(ended.step_counts, "<u4").tolist()
    return tuple(
        EndedTrial(
            lanes[i],
            trials[i],
            conditions[i],
            ended.endings[i],
            ended.choices[i],
            step_counts[i],
            ended.facts[i * fact_bytes : (i + 1) * fact_bytes],
            ended.final_observations[i * final_bytes : (i + 1) * final_bytes],
        )
        for i in range(count)
    )


def _check_length(name: str, column: bytes, wanted: int, why: str = "") -> None:
    if len(column) != wanted:
        raise Broken(
            f"'{name}' has {len(column)} bytes",
            f"{wanted} bytes" + (f": {why}" if why else ""),
            _SECTION,
        )


def show_numbers(content: bytes | npt.NDArray[Any], most: int = 8) -> str:
    """Return float32 numbers for a sentence, the first few of them."""
    numbers = np.frombuffer(content, "<f4") if isinstance(content, bytes) else content.ravel()
    shown = ", ".join(f"{value:g}" for value in numbers[:most])
    return f"({shown}{', …' if len(numbers) > most else ''})"


def expect_same_frame(came: Frame, wanted: Frame, where: str) -> None:
    """Go on if two frames are the same, bit for bit.

    Raises:
        Broken: They are not.

    """
    if came.message == wanted.message:
        return
    for column, one, other in (
        ("stages", came.stages, wanted.stages),
        ("rewards", came.rewards, wanted.rewards),
        ("observations", came.observations, wanted.observations),
        ("ideal_actions", came.ideal_actions, wanted.ideal_actions),
    ):
        if one.tobytes() != other.tobytes():
            entry, lane = np.argwhere(one != other)[0][:2]
            raise Broken(
                f"{where}, '{column}' of lane {lane} is {_show(column, one[entry, lane])}",
                _show(column, other[entry, lane]),
            )
    raise Broken(
        f"{where}, 'ended' says {'; '.join(map(str, came.ended)) or 'nothing'}",
        "; ".join(map(str, wanted.ended)) or "nothing",
    )


def _show(column: str, value: Any) -> str:
    if column == "stages":
        return name_stage(int(value))
    return show_numbers(value) if np.ndim(value) else f"{value:g}"
