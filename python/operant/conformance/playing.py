"""How the suite plays: by the book of no task in particular, the same way every time."""

from collections.abc import Sequence

import numpy as np

from operant.conformance.findings import Broken
from operant.v1 import gym_pb2

Action = int | tuple[float, ...]
"""A place in a list of actions, or so many amounts."""

_ALL = (1 << 64) - 1


def mix(*words: int) -> int:
    """Return 64 bits that look random and are a function of `words` (after SplitMix64)."""
    state = 0
    for word in words:
        state = (state + word + 0x9E37_79B9_7F4A_7C15) & _ALL
        state = ((state ^ state >> 30) * 0xBF58_476D_1CE4_E5B9) & _ALL
        state = ((state ^ state >> 27) * 0x94D0_49BB_1331_11EB) & _ALL
        state ^= state >> 31
    return state


def fraction(*words: int) -> float:
    """Return a number of 0 … 1 that is a function of `words`."""
    return (mix(*words) >> 11) * 2.0**-53


class Actions:
    """What can be done in a task, and what is done when.

    An action is a function of lane, trial and step, so that the same trial is played the same way
    in whatever layout it comes. In every trial one action is held for a while, short or long, and
    others are then tried: that is how trials of most tasks end in more than one way.
    """

    def __init__(self, task: gym_pb2.Task) -> None:
        """Learn which actions there are."""
        self._kind = task.WhichOneof("actions")
        if self._kind is None:
            raise Broken("a task without actions", "discrete or continuous ones", "describe → task")
        self.names = list(task.discrete.names)
        self.width = int(task.continuous.width)
        self._low, self._high = float(task.continuous.low), float(task.continuous.high)

    @property
    def is_discrete(self) -> bool:
        """Whether an action is a place in a list."""
        return bool(self._kind == "discrete")

    @property
    def count(self) -> int:
        """How many there are, if they are discrete."""
        return len(self.names)

    def choose(self, lane: int, trial: int, step: int, step_limit: int) -> Action:
        """Return what is done at a step of a trial of a lane."""
        # Durations of all magnitudes are equally likely, from one step to the longest trial.
        held_for = int(max(1, step_limit) ** fraction(lane, trial, 1))
        return self.any(lane, trial) if step < held_for else self.any(lane, trial, step)

    def any(self, *words: int) -> Action:
        """Return an action that is a function of `words`."""
        if self.is_discrete:
            return mix(*words) % max(1, self.count)
        return tuple(
            float(np.float32(self._low + (self._high - self._low) * fraction(*words, 7, index)))
            for index in range(self.width)
        )

    def step(self, actions: Sequence[Action]) -> gym_pb2.Step:
        """Return the message that carries them."""
        if self.is_discrete:
            return gym_pb2.Step(choices=bytes(actions))  # type: ignore[arg-type]
        return gym_pb2.Step(amounts=np.asarray(actions, "<f4").tobytes())
