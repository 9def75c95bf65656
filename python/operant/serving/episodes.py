"""A Gymnasium environment, an episode at a time: each is a trial."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from operant.serving.ending import Ending, read_ending
from operant.serving.refusal import complain
from operant.serving.served_task import ServedTask
from operant.serving.spaces import Amounts, Choices, Observations, read_actions
from operant.session import NO_ACTION
from operant.task import Fact

Condition = Mapping[str, float]


class Episodes:
    """Plays the trials of one lane in an environment of its own.

    The environment is the user's code: whatever it raises goes to whoever plays.
    """

    epochs: tuple[str, ...] = ()
    """The names of a trial's epochs, in order."""
    time_step_ms: int | None = None
    """Δt, where the environment has one of its own."""
    observations: Observations
    """How the environment shows what is seen."""
    actions: Choices | Amounts
    """What can be done in it."""

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        task: ServedTask,
        name: str,
        like: "Episodes | None" = None,
    ) -> None:
        """Take over an environment.

        Args:
            env: The environment.
            task: What is said of it.
            name: What agents ask for it by.
            like: Those of another lane, which know already what there is to know.

        Raises:
            SpaceError: What it shows or takes can't be served.

        """
        self._env = env
        self._task = task
        if like is not None and not like._resembles(env):
            raise ValueError(
                "make_env made an environment with other spaces than the first; "
                "all lanes have to show and take the same"
            )
        self.observations = like.observations if like else Observations(env.observation_space, name)
        self.actions = like.actions if like else read_actions(env, name)
        self._info: dict[str, Any] = {}
        self._facts: tuple[str, ...] = ()

    # MARK: what can be told of it

    @property
    def default_step_limit(self) -> int:
        """The most steps of a trial, as far as the environment says."""
        spec = self._env.spec
        return (spec.max_episode_steps if spec else None) or 1000

    @property
    def default_summary(self) -> str:
        """The first sentence of the environment's class."""
        text = inspect.getdoc(type(self._env.unwrapped)) or ""
        for paragraph in text.split("\n\n"):
            if paragraph.strip() and not paragraph.lstrip().startswith("#"):
                sentence, stop, _ = " ".join(paragraph.split()).partition(". ")
                return (sentence + stop).strip()[:500]
        return ""

    @property
    def default_reference(self) -> str:
        """The paper that the environment names."""
        return str((self._env.unwrapped.metadata or {}).get("paper_name") or "")

    @property
    def default_facts(self) -> tuple[Fact, ...]:
        """The numbers that the environment tells of every trial."""
        return ()

    @property
    def tells_ideal_actions(self) -> bool:
        """Whether somebody knows the ideal action of every step."""
        return self._task.ideal_action is not None and isinstance(self.actions, Choices)

    def _resembles(self, env: gymnasium.Env[Any, Any]) -> bool:
        """Whether an environment shows and takes the same."""
        return bool(
            self._env.observation_space == env.observation_space
            and self._env.action_space == env.action_space
        )

    # MARK: playing

    def begin(self, seed: int, condition: Condition) -> npt.NDArray[np.float32]:
        """Begin a trial, and return what is seen first."""
        if condition:
            observation, self._info = self._env.reset(seed=seed, options=dict(condition))
        else:
            observation, self._info = self._env.reset(seed=seed)
        return self.observations.flatten(observation)

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], float, Ending | None]:
        """Carry out an action.

        Returns:
            What is seen next, what was earned, and how the trial ended if it did.

        """
        observation, reward, terminated, truncated, info = self._env.step(action)
        self._info = info
        ending = None
        if terminated or truncated:
            ending = self._judged(action, float(reward)) or (
                Ending.COMPLETED if terminated else Ending.TRUNCATED
            )
        return self.observations.flatten(observation), float(reward), ending

    def _judged(self, action: Any, reward: float) -> Ending | None:
        """How the trial ended, if the judge or the environment says so."""
        said = self._task.judge(self._info, action, reward) if self._task.judge else None
        if said is None:
            said = self._info.get("ending")
        return None if said is None else read_ending(said)

    def facts(self, names: tuple[str, ...]) -> list[float]:
        """Return numbers of the trial that has just ended; NaN where there is no answer."""
        return [number(self._info.get(name)) for name in names]

    def ideal_action(self) -> int:
        """Return the place of the action that is ideal now; `NO_ACTION` where none is."""
        if self._task.ideal_action is None or not isinstance(self.actions, Choices):
            return NO_ACTION
        action = self._task.ideal_action(self._env)
        return NO_ACTION if action is None else self.actions.place(action)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()


def close_episodes(episodes: Episodes) -> None:
    """Close an environment, even one that can't be closed."""
    try:
        episodes.close()
    except (Exception, SystemExit) as error:
        complain("an environment could not be closed", error)


def number(value: Any) -> float:
    """Return what a number tells; NaN for everything else."""
    if isinstance(value, bool | int | float | np.bool_ | np.number) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "biuf"
    ):
        try:
            return float(value)
        except (OverflowError, TypeError):
            return math.nan
    return math.nan


def default_name(env: gymnasium.Env[Any, Any]) -> str:
    """Return the name an environment is registered under, or its class's."""
    name = env.spec.id if env.spec else type(env.unwrapped).__name__
    # A run is kept in a folder of the task's name.
    return name.rpartition("/")[2] or type(env.unwrapped).__name__
