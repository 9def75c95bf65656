"""Many lanes of a task in one session and one batch, as a Gymnasium vector environment."""

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector.utils import batch_space

from operant.client import RestartRule
from operant.described import Described
from operant.environment import action_space, observation_space
from operant.player import Player, Seat
from operant.session import ENDINGS, NO_ACTION, TERMINATED, TRUNCATED, EndedTrials, Frame

if TYPE_CHECKING:
    from gymnasium.vector import AutoresetMode as AutoresetMode
    from gymnasium.vector import VectorEnv

    _IS_OLD = False
else:
    try:
        from gymnasium.vector import AutoresetMode, VectorEnv

        _IS_OLD = False
    except ImportError:
        # Gymnasium before 1.0: today's interface, by another name, and no name for the modes.
        from gymnasium.experimental.vector import VectorEnv

        _IS_OLD = True

        class AutoresetMode(Enum):
            """When a lane whose trial has ended begins another."""

            NEXT_STEP = "NextStep"
            SAME_STEP = "SameStep"
            DISABLED = "Disabled"


_RULES = {
    AutoresetMode.NEXT_STEP: RestartRule.NEXT_STEP,
    AutoresetMode.SAME_STEP: RestartRule.SAME_STEP,
    AutoresetMode.DISABLED: RestartRule.DISABLED,
}
_FINAL_OBSERVATION = "final_observation" if _IS_OLD else "final_obs"
_ENDINGS = np.array(ENDINGS)

Observations = npt.NDArray[np.float32]
Infos = dict[str, Any]


class OperantVectorEnv(Described, VectorEnv[Observations, Any, Any]):
    """A task on a server, on many lanes side by side: one session, one socket, one batch a step.

    `reset(seed=…)` decides everything: lane *l* plays the trials of (seed, `first_lane` + *l*), so
    lane 0 plays what `OperantEnv` plays with the same seed. `options` ask for trials and conditions
    as there, for all lanes alike or with one entry for each lane.

    `infos` tells of the trials that ended, under the names of `OperantEnv`, an array over the lanes
    for each name and a mask `_name` beside it. With `AutoresetMode.SAME_STEP` they are in
    `infos["final_info"]`, and what those trials showed last in `infos["final_obs"]`. With
    `AutoresetMode.DISABLED` a lane is idle after its trial until `reset(options={"reset_mask":
    mask})` begins another there.
    """

    def __init__(
        self,
        task: str,
        num_envs: int = 1,
        endpoint: str | None = None,
        *,
        autoreset_mode: "AutoresetMode | str" = AutoresetMode.NEXT_STEP,
        preset: str = "",
        settings: Mapping[str, float | Sequence[float]] | None = None,
        time_step_ms: int = 0,
        first_lane: int = 0,
        with_ideal_actions: bool = False,
        time_out: float = 5.0,
        server_key: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        max_episode_steps: int | None = None,
    ) -> None:
        """Connect to a server, and ask it about the task.

        Args:
            task: A task's name or one of its aliases.
            num_envs: How many lanes.
            endpoint: Where the server is; one of this process's own if `None`.
            autoreset_mode: When a lane whose trial has ended begins another.
            preset: Whose experiment the parameters are; the alias's or the task's first if empty.
            settings: What is to differ from the preset.
            time_step_ms: Δt; the preset's if 0.
            first_lane: The number of the first lane.
            with_ideal_actions: Whether every `infos` has the `ideal_action` of each lane, −1 where
                none makes a difference.
            time_out: Seconds after which a silent server is given up.
            server_key: The file of the server's public key, where it asks for keys;
                `OPERANT_SERVER_KEY` unless given.
            key: The file of this agent's own key; `OPERANT_KEY` unless given.
            max_episode_steps: Has to be `None`, which Gymnasium passes: how long a trial lasts is
                the task's to say.

        """
        if max_episode_steps is not None:
            raise ValueError(
                "max_episode_steps has to be None: how long a trial lasts is the task's to say"
            )
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}; it has to be 1 at least")
        mode = AutoresetMode(autoreset_mode)
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
        self._player = Player(self._seat, num_envs, _RULES[mode])
        self._mode = mode
        self.task = self._seat.task
        self.num_envs = num_envs
        self.metadata = {"render_modes": [], "autoreset_mode": mode}
        self.single_observation_space = observation_space(self.task)
        self.single_action_space = action_space(self.task)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, Infos]:
        """Begin a trial on every lane, or on those where `options["reset_mask"]` is true."""
        if seed is not None and not isinstance(seed, int | np.integer):
            raise TypeError(
                f"the seed is {seed!r}; it has to be one whole number, "
                "which decides the trials of every lane"
            )
        super().reset(seed=None if seed is None else int(seed))
        lanes = self._lanes(None if options is None else options.get("reset_mask"))
        frame = self._player.reset(
            None if seed is None else int(seed), self.np_random, options, lanes
        )
        return frame.observations, self._infos(frame)

    def step(
        self, actions: Any
    ) -> tuple[
        Observations, npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.bool_], Infos
    ]:
        """Carry out the actions of all lanes.

        Raises:
            ValueError: There are too few or too many, or one is none of the action space.

        """
        frame = self._player.step(actions)
        if frame.ended is None:
            terminations = np.zeros(self.num_envs, np.bool_)
            truncations = np.zeros(self.num_envs, np.bool_)
        else:
            terminations = frame.stages & TERMINATED != 0
            truncations = frame.stages & TRUNCATED != 0
        return frame.observations, frame.rewards, terminations, truncations, self._infos(frame)

    def close_extras(self, **_: Any) -> None:
        """Close the session, and the server if it is this process's own."""
        # Gymnasium calls this also where there was nothing to be made.
        if hasattr(self, "_player"):
            try:
                self._player.close()
            finally:
                self._seat.leave()

    def _lanes(self, mask: Any) -> list[int]:
        if mask is None:
            return []
        chosen = np.asarray(mask)
        if chosen.dtype != np.bool_ or chosen.shape != (self.num_envs,) or not chosen.any():
            raise ValueError(
                f"reset_mask has to be {self.num_envs} booleans, one at least of which is true"
            )
        return [int(lane) for lane in np.flatnonzero(chosen)]

    def _infos(self, frame: Frame) -> Infos:
        infos: Infos = {}
        if frame.ideal_actions is not None:
            ideal = frame.ideal_actions.astype(np.int64)
            ideal[ideal == NO_ACTION] = -1
            infos["ideal_action"] = ideal
            infos["_ideal_action"] = np.ones(self.num_envs, np.bool_)
        if frame.ended is None:
            return infos
        told = self._trial_infos(frame.ended)
        if self._mode is not AutoresetMode.SAME_STEP:
            return infos | told
        ended = told["_trial"]
        last = np.full(self.num_envs, None, object)
        for lane, observation in zip(
            frame.ended.lanes.tolist(), frame.ended.final_observations.copy(), strict=True
        ):
            last[lane] = observation
        infos["final_info"], infos["_final_info"] = told, ended
        infos[_FINAL_OBSERVATION], infos["_" + _FINAL_OBSERVATION] = last, ended
        return infos

    def _trial_infos(self, ended: EndedTrials) -> Infos:
        """Return columns over the lanes, and for each a mask of those that it tells of."""
        lanes = ended.lanes
        mask = np.zeros(self.num_envs, np.bool_)
        mask[lanes] = True

        def spread(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            column = np.zeros(self.num_envs, values.dtype)
            column[lanes] = values
            return column

        choices = ended.choices.astype(np.int64)
        choices[choices == NO_ACTION] = -1
        facts: Infos = {}
        for place, name in enumerate(self._player.fact_names):
            facts[name] = spread(ended.facts[:, place])
            facts["_" + name] = mask
        columns: Infos = {
            "trial": spread(ended.trials.astype(np.int64)),
            "condition": spread(ended.conditions.astype(np.int64)),
            "ending": spread(_ENDINGS[ended.endings]),
            "correct": spread(ended.endings == 1),
            "choice": spread(choices),
            "step_count": spread(ended.step_counts.astype(np.int64)),
            "facts": facts,
        }
        return columns | {"_" + name: mask for name in columns}
