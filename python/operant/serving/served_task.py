"""What somebody who serves an environment says of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from operant.task import Fact

Judge = Callable[[dict[str, Any], Any, float], "str | int | None"]
"""From the last info, action and reward of a trial to how it ended; None: somebody else decides."""

IdealAction = Callable[[gymnasium.Env[Any, Any]], Any]
"""From an environment to the action that is ideal now; None where none makes a difference."""


@dataclass(frozen=True)
class Training:
    """How subjects are trained at a task, and when they count as trained: advice for agents."""

    trials_per_update: int = 10
    """Trials played side by side for one update."""
    validation_trials: int = 500
    """Trials of one validation."""
    validation_interval: int = 50
    """Updates between two validations."""
    decisions_to_reach: float = 0.99
    """The fraction of validation trials that must end in a decision: correct or error."""
    correct_to_reach: float = 0.8
    """The fraction of those decisions that must be correct."""
    reward_time_constant_ms: int = 0
    """How fast rewards are discounted; 0: not at all."""
    learning_rate: float = 0.004

    def __post_init__(self) -> None:
        for name in ("trials_per_update", "validation_trials", "validation_interval"):
            _require(1 <= getattr(self, name) <= 65_536, name, self, "1 to 65536")
        for name in ("decisions_to_reach", "correct_to_reach"):
            _require(0 <= getattr(self, name) <= 1, name, self, "0 to 1")
        _require(
            0 <= self.reward_time_constant_ms < 2**32, "reward_time_constant_ms", self, "0 or more"
        )
        _require(0 <= self.learning_rate <= 1000, "learning_rate", self, "0 to 1000")


@dataclass(frozen=True)
class ServedTask:
    """An environment to serve, and what agents are told of it.

    One episode of the environment is a trial. What is left out is taken from the environment.
    """

    make_env: Callable[[], gymnasium.Env[Any, Any]]
    """Makes an environment; called once for each lane that is played, and once at first."""
    name: str | None = None
    """What agents ask for it by; the environment's registered name, or its class's, if None."""
    summary: str = ""
    """What the subject does, in a sentence or two; the first of the class's own if empty."""
    reference: str = ""
    """The paper to cite."""
    conditions: Sequence[Mapping[str, float]] | None = None
    """What an experimenter would tabulate, each condition as its factors. The server draws one for
    a trial, unless the agent asks for one, and begins the trial with
    `env.reset(options=condition)`; a neurogym task with `new_trial(**condition)`. None: a single
    condition, and all is left to the environment."""
    time_step_ms: int | None = None
    """Δt. A neurogym task has its own; 10 ms for others if None."""
    step_limit: int | None = None
    """The most steps of a trial, after which it is cut off. None: the environment's own limit (that
    of `gymnasium.make`, or a neurogym task's timing), or 1000."""
    facts: Sequence[str | Fact] | None = None
    """Numbers to tell of every trial that has ended, by their names in its last info; a neurogym
    task's are those of its trial. None: none, or all that a neurogym task draws."""
    judge: Judge | None = None
    """Tells how a trial ended from its last info, action and reward: "correct", "error", "abort",
    "miss", "truncated" or "completed". Without it, or where it answers None, `info["ending"]` says
    so, then what a neurogym task knows; otherwise trials are completed or truncated."""
    ideal_action: IdealAction | None = None
    """Tells the ideal action of the next step, to agents that learn from a teacher. Neurogym tasks
    know it themselves."""
    chance: float | None = None
    """The fraction of decisions that a subject gets right which chooses blindly."""
    oracle_reward: float | None = None
    """The mean reward of a trial to a subject that knows the truth."""
    ideal_observer: float | None = None
    """The fraction of decisions that an observer gets right which misses nothing that is shown."""
    training: Training = field(default_factory=Training)
    """How subjects are trained, and when they count as trained."""

    def __post_init__(self) -> None:
        if not callable(self.make_env):
            raise TypeError(
                f"make_env is {self.make_env!r}; it has to be a function that makes an environment,"
                " such as lambda: gymnasium.make('CartPole-v1')"
            )
        if self.time_step_ms is not None:
            is_whole = self.time_step_ms == int(self.time_step_ms)
            _require(
                is_whole and 1 <= self.time_step_ms <= 10_000,
                "time_step_ms",
                self,
                "a whole number, 1 to 10000",
            )
        if self.name is not None and not (isinstance(self.name, str) and self.name):
            raise TypeError(f"name is {self.name!r}; it has to be a text, as agents ask for it")
        if isinstance(self.facts, str):
            raise TypeError(
                f"facts is {self.facts!r}; it has to be a list, such as [{self.facts!r}]"
            )
        for name in ("judge", "ideal_action"):
            if not (getattr(self, name) is None or callable(getattr(self, name))):
                raise TypeError(f"{name} is {getattr(self, name)!r}; it has to be a function")
        if not isinstance(self.training, Training):
            raise TypeError(f"training is {self.training!r}; it has to be a Training(…)")
        for condition in self.conditions or ():
            if not isinstance(condition, Mapping):
                raise TypeError(
                    f"{condition!r} is no condition; each is a mapping, "
                    "such as {'coherence': 51.2}"
                )
        for name in ("chance", "ideal_observer"):
            level = getattr(self, name)
            _require(level is None or 0 <= level <= 1, name, self, "0 to 1")
        if self.step_limit is not None:
            _require(1 <= self.step_limit <= 2**24, "step_limit", self, f"1 to {2**24}")


def _require(is_true: bool, name: str, owner: object, could_be: str) -> None:
    if not is_true:
        raise ValueError(f"{name} is {getattr(owner, name)}; it can be {could_be}")
