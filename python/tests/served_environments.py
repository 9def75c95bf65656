"""Small Gymnasium environments to serve, each honest about what it is."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

Obs = dict[str, Any]
Info = dict[str, Any]


class Evidence(gymnasium.Env[Obs, Any]):
    """Judge noisy evidence when the cue comes.

    A second sentence that nobody needs.
    """

    observation_space: spaces.Dict = spaces.Dict(
        {
            "cue": spaces.Discrete(2),
            "evidence": spaces.Box(-99, 99, (2,), np.float32),
        }
    )
    # As neurogym names what is done; and not counted from 0.
    action_space = spaces.Discrete(3, start=5)

    conditions = (
        {"side": -1, "strength": 1},
        {"side": 1, "strength": 1},
        {"side": 1, "strength": 3},
    )

    def __init__(self) -> None:
        self.is_open = True
        self.time = self.cue_time = 0
        self.side = self.strength = 1.0

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Obs, Info]:
        super().reset(seed=seed)
        wanted = options or {}
        self.side, self.strength = wanted.get("side", 1), wanted.get("strength", 1)
        self.time, self.cue_time = 0, int(self.np_random.integers(1, 5))
        return self._shown(), {}

    def _shown(self) -> Obs:
        signal = self.side * self.strength * np.array([1, -1])
        noise = self.np_random.normal(size=2)
        return {
            "cue": int(self.time >= self.cue_time),
            "evidence": (signal + noise).astype(np.float32),
        }

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, Info]:
        assert self.action_space.contains(action)
        is_early, self.time = self.time < self.cue_time, self.time + 1
        if action == 5:
            return self._shown(), -0.125, False, False, {}
        is_right = (action == 7) == (self.side > 0)
        ending = "abort" if is_early else "correct" if is_right else "error"
        info = {"ending": ending, "cue_time": self.cue_time, "label": "no number"}
        if not is_early:
            info["latency"] = np.float64(self.time - self.cue_time)
        earned = {"abort": -1.0, "correct": 1.0, "error": 0.0}[ending]
        return self._shown(), earned, True, False, info

    def close(self) -> None:
        self.is_open = False


def ideal_evidence(env: gymnasium.Env[Any, Any]) -> int:
    """Tell what to do in `Evidence`."""
    task: Any = env.unwrapped
    if task.time < task.cue_time:
        return 5
    return 7 if task.side > 0 else 6


class Reach(gymnasium.Env[Any, Any]):
    """Bring a point to the origin by forces of two different strengths."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = spaces.Box(np.array([-1, -4]), np.array([1, 0]), dtype=np.float64)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, Info]:
        super().reset(seed=seed)
        self.place = self.np_random.normal(size=2)
        return self.place.astype(np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        assert self.action_space.contains(action)
        self.place = self.place + 0.25 * action
        distance = float(np.abs(self.place).sum())
        return self.place.astype(np.float32), -distance, distance < 0.5, False, {}


class Wander(gymnasium.Env[Any, Any]):
    """Goes on for ever; whoever makes it puts a limit to it."""

    def __init__(self, actions: int = 2) -> None:
        self.observation_space = spaces.Tuple(
            (spaces.MultiDiscrete([2, 3]), spaces.Box(0, 1, (), np.float64))
        )
        self.action_space = spaces.Discrete(actions)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, Info]:
        super().reset(seed=seed)
        return self._shown(), {}

    def _shown(self) -> Any:
        return (
            self.np_random.integers([0, 0], [2, 3]),
            np.array(self.np_random.random()),
        )

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        return self._shown(), float(action), False, False, {}


class Fragile(gymnasium.Env[Any, Any]):
    """Breaks in the way that its action or its condition says."""

    WAYS = (
        "go on",
        "raise",
        "observe nan",
        "earn infinity",
        "observe too much",
        "end strangely",
        "return nothing",
        "exit",
        "mumble",
        "end",
    )

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(len(WAYS))
    conditions = ({"breaks": 0}, {"breaks": 1})

    made = 0
    """How many there have been."""

    def __init__(self) -> None:
        type(self).made += 1

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, Info]:
        super().reset(seed=seed)
        if options and options["breaks"]:
            raise LookupError("the rig has come loose")
        self.time = 0
        return np.zeros(2, np.float32), {}

    def step(self, action: Any) -> Any:
        self.time += 1
        shown = np.full(2, self.time / 100, np.float32)
        match self.WAYS[action]:
            case "raise":
                raise ValueError("two\nlines and a \0 and \ud800")
            case "observe nan":
                return shown * np.nan, 0.0, False, False, {}
            case "earn infinity":
                return shown, float("inf"), False, False, {}
            case "observe too much":
                return np.zeros(3, np.float32), 0.0, False, False, {}
            case "end strangely":
                return shown, 0.0, True, False, {"ending": "triumph"}
            case "return nothing":
                return None
            case "exit":
                raise SystemExit(3)
            case "mumble":
                raise UnspeakableError
            case "end":
                return shown, 1.0, True, False, {}
        return shown, 0.0, False, False, {}

    def close(self) -> None:
        raise OSError("the lid is stuck")


class UnspeakableError(Exception):
    """Can't even be put in words."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Forgetful(gymnasium.Env[Any, Any]):
    """Shows how many trials it has played, whatever it is reset with."""

    observation_space = spaces.Box(0, np.inf, (1,), np.float32)
    action_space = spaces.Discrete(1)

    def __init__(self) -> None:
        self.trials = 0

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, Info]:
        super().reset(seed=seed)
        self.trials += 1
        return np.array([self.trials], np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        return np.zeros(1, np.float32), 0.0, True, False, {}
