"""One lane of a task, as a Gymnasium environment."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from operant.described import Described
from operant.errors import TrialOverError
from operant.player import Player, Seat
from operant.session import ENDINGS, LAST, NO_ACTION, TERMINATED, EndedTrials, Frame
from operant.task import Continuous, Task

Observation = npt.NDArray[np.float32]


def observation_space(task: Task) -> spaces.Box:
    """Return the space of one observation: any finite numbers, as noise has no bounds."""
    most = np.finfo(np.float32).max
    return spaces.Box(-most, most, (task.observation_size,), np.float32)


def action_space(task: Task) -> "spaces.Discrete | spaces.Box":
    """Return the space of one action."""
    if isinstance(task.actions, Continuous):
        low, high = task.actions.low, task.actions.high
        return spaces.Box(low, high, (task.actions.width,), np.float32)
    return spaces.Discrete(len(task.actions))


class OperantEnv(Described, gymnasium.Env[Observation, Any]):
    """A task on a server, one trial after the other.

    An episode is a trial. `reset()` begins the next one, `reset(seed=…)` the first of that seed,
    which decides everything that is drawn. `reset(options={"condition": 3})` asks for a condition,
    by its number or its factors (`{"condition": {"coherence": 51.2, "direction": 1}}`),
    `options={"trial": 17}` for a trial by its number.

    The `info` of the step that ends a trial tells of it: `trial` and `condition` (numbers),
    `ending`, `correct`, `choice` (the action that ended it, −1 if none did), `step_count` and
    `facts`.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as Gymnasium declares it
    render_mode = None

    def __init__(
        self,
        task: str,
        endpoint: str | None = None,
        *,
        preset: str = "",
        settings: Mapping[str, float | Sequence[float]] | None = None,
        time_step_ms: int = 0,
        first_lane: int = 0,
        with_ideal_actions: bool = False,
        time_out: float = 5.0,
        server_key: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
    ) -> None:
        """Connect to a server, and ask it about the task.

        Args:
            task: A task's name or one of its aliases.
            endpoint: Where the server is, `tcp://HOST:PORT` or `ipc:///PATH`; one of this process's
                own if `None`.
            preset: Whose experiment the parameters are; the alias's or the task's first if empty.
            settings: What is to differ from the preset.
            time_step_ms: Δt; the preset's if 0.
            first_lane: The number of the lane. Lanes with different numbers play different trials.
            with_ideal_actions: Whether every `info` has the `ideal_action`, −1 where none makes a
                difference.
            time_out: Seconds after which a silent server is given up.
            server_key: The file of the server's public key, where it asks for keys;
                `OPERANT_SERVER_KEY` unless given.
            key: The file of this agent's own key; `OPERANT_KEY` unless given.

        """
        self._seat = Seat(
            task,
            endpoint,
            preset=preset,
            settings=settings,
            time_step_ms=time_step_ms,
            first_lane=first_lane,
            with_ideal_actions=with_ideal_actions,
            time_out=time_out,
            server_key=server_key,
            key=key,
        )
        self._player = Player(self._seat, lane_count=1)
        self.task = self._seat.task
        self.observation_space = observation_space(self.task)  # type: ignore[assignment]
        self.action_space = action_space(self.task)
        self._is_over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a trial: the next one, the first of a seed, or the one asked for in `options`."""
        seed = None if seed is None else int(seed)
        super().reset(seed=seed)
        if options and "reset_mask" in options:
            raise ValueError("reset_mask is for vector environments; there is one lane here")
        frame = self._player.reset(seed, self.np_random, options)
        self._is_over = False
        return frame.observations[0], self._info(frame)

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Carry out an action.

        Raises:
            TrialOverError: The trial is over, and no other has begun.
            ValueError: The action is none of the action space.

        """
        if self._is_over and self._player.has_begun:
            raise TrialOverError("the trial is over; call reset() to begin another")
        frame = self._player.step_one(action)
        stage = int(frame.stages[0])
        is_last = stage & LAST != 0
        info = self._info(frame)
        if is_last and frame.ended is not None:
            self._is_over = True
            info.update(self._trial_info(frame.ended))
        terminated = stage & TERMINATED != 0
        return (
            frame.observations[0],
            float(frame.rewards[0]),
            terminated,
            is_last and not terminated,
            info,
        )

    def close(self) -> None:
        """Close the session, and the server if it is this process's own; may be called again."""
        try:
            self._player.close()
        finally:
            self._seat.leave()

    def _info(self, frame: Frame) -> dict[str, Any]:
        if frame.ideal_actions is None:
            return {}
        ideal = int(frame.ideal_actions[0])
        return {"ideal_action": -1 if ideal == NO_ACTION else ideal}

    def _trial_info(self, ended: EndedTrials) -> dict[str, Any]:
        ending = ENDINGS[ended.endings[0]]
        choice = int(ended.choices[0])
        return {
            "trial": int(ended.trials[0]),
            "condition": int(ended.conditions[0]),
            "ending": ending,
            "correct": ending == "correct",
            "choice": -1 if choice == NO_ACTION else choice,
            "step_count": int(ended.step_counts[0]),
            "facts": dict(zip(self._player.fact_names, ended.facts[0].tolist(), strict=True)),
        }
