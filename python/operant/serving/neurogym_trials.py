"""A neurogym task, trial by trial.

A neurogym task never terminates: it runs from trial to trial, and its own `reset` neither seeds
what it draws nor shows a trial's first moment. So trials are begun here the way the task itself
begins them, by `new_trial`, and the task is kept from beginning the next one on its own: the moment
after a trial's last is still that trial's, and so is what is told of it.

Knows neurogym by its looks, and does not import it.
"""

import math
import re
from numbers import Real
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from operant.serving.ending import Ending
from operant.serving.episodes import Condition, Episodes, number
from operant.serving.served_task import ServedTask
from operant.serving.spaces import Choices
from operant.session import NO_ACTION
from operant.task import Fact

_SAMPLES = 32
"""Trials that are drawn to see what trials of the task are like."""

_REACTION_TIME = "reaction_time"


def is_neurogym(env: gymnasium.Env[Any, Any]) -> bool:
    """Whether an environment is a neurogym task, wrapped or not."""
    looks = ("new_trial", "set_top", "timing", "start_t", "t", "t_ind", "dt", "tmax")
    return all(hasattr(env.unwrapped, name) for name in looks)


class _Curtain:
    """Stands where a task looks for whoever makes its next trial, and keeps it in this one."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.shows = 0
        """The step whose observation is seen after the trial's last action."""

    def new_trial(self, **_: Any) -> Any:
        self._inner.t_ind = self.shows
        return self._inner.trial


class NeurogymTrials(Episodes):
    """Plays the trials of one lane in a neurogym task, whatever it is wrapped in."""

    _knows_truth: bool
    """Whether the ground truth that the task declares is an action at every step."""
    _keys: dict[str, str]
    """What the task calls the numbers that it draws, by the names of the facts."""

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        task: ServedTask,
        name: str,
        like: Episodes | None = None,
    ) -> None:
        """Take over a task; the first draws some trials to see what they are like.

        Raises:
            SpaceError: What it shows or takes can't be served.
            ValueError: Its time step can't be, or it is not like the first.

        """
        super().__init__(env, task, name, like)
        inner: Any = env.unwrapped
        self._inner = inner
        self._top = inner._top
        layers = _layers(env)
        self._seeds = [layer.seed for layer in layers if callable(getattr(type(layer), "seed", 0))]
        self._tasks = [layer for layer in layers if "performance" in vars(layer)]
        # Limits to the steps since the last reset, which there is none of between trials.
        self._limits = [layer for layer in layers if "_elapsed_steps" in vars(layer)]
        self._needs_reset = False
        self._can_be_primed = True
        env.reset()
        self.time_step_ms = _whole_time_step(inner.dt, name)
        self._rest = self._resting_action()
        self._idle: Any = (
            self.actions.values[self._rest or 0]
            if isinstance(self.actions, Choices)
            else np.zeros(env.action_space.shape or (), env.action_space.dtype)
        )
        self._curtain = _Curtain(inner)
        self._reaction_time = math.nan
        if isinstance(like, NeurogymTrials):
            self._knows_truth, self._keys = like._knows_truth, like._keys
            self._can_be_primed = like._can_be_primed
        else:
            self._look_at_trials()

    # MARK: what can be told of it

    def _resting_action(self) -> int | None:
        """Return the place of the action that answers nothing; None if every action answers."""
        names = getattr(self._env.action_space, "name", None)
        if not isinstance(self.actions, Choices):
            return None
        if isinstance(names, dict):
            places = np.atleast_1d(names.get("fixation", []))
            return int(places[0]) if len(places) else None
        return 0 if "fixation" in self._inner.timing else None

    def _look_at_trials(self) -> None:
        conditions = list(self._task.conditions or [{}])[:_SAMPLES]
        drawn: dict[str, None] = {}
        longest = 1
        knows_truth = isinstance(self.actions, Choices)
        for sample in range(max(_SAMPLES, len(conditions))):
            inner = self._new_trial(sample, conditions[sample % len(conditions)])
            for name, value in (inner.trial or {}).items():
                if not math.isnan(number(value)):
                    drawn.setdefault(name)
            longest = max(longest, int(inner.tmax / inner.dt))
            knows_truth = knows_truth and self._truth_is_an_action(inner)
        self._knows_truth = knows_truth
        self._keys = {re.sub(r"\W", "_", name): name for name in drawn}
        starts = self._inner.start_t
        self.epochs = tuple(sorted(starts, key=lambda name: starts[name]))
        bound = sum(_longest(timing) for timing in self._inner.timing.values()) / self._inner.dt
        # What is drawn without an upper bound has to be cut off somewhere.
        self._longest = max(longest, int(bound)) if math.isfinite(bound) else max(1000, 2 * longest)

    def _truth_is_an_action(self, inner: Any) -> bool:
        truths = getattr(inner, "gt", None)
        if not getattr(inner, "_gt_built", False) or truths is None or not len(truths):
            return False
        assert isinstance(self.actions, Choices)
        last = len(self.actions.values) - 1
        return truths.dtype.kind in "iu" and bool((truths >= 0).all() and (truths <= last).all())

    @property
    def default_step_limit(self) -> int:
        """The longest trial that the task's timing allows."""
        return self._longest

    @property
    def default_facts(self) -> tuple[Fact, ...]:
        """The numbers that the task draws for a trial, and the time that an answer took."""
        drawn = tuple(
            Fact(name, "", f"The trial's {key}, as the task drew it.")
            for name, key in self._keys.items()
        )
        if "decision" not in self._inner.start_t:
            return drawn
        meaning = "The time from the start of the decision to the answer."
        return (*drawn, Fact(_REACTION_TIME, "ms", meaning))

    @property
    def tells_ideal_actions(self) -> bool:
        """Whether the ground truth that the task declares is an action at every step."""
        return super().tells_ideal_actions or self._knows_truth

    # MARK: playing

    def _new_trial(self, seed: int, condition: Condition) -> Any:
        """Draw a trial, and return the task it is of: a schedule of tasks has several."""
        for seed_layer in self._seeds:
            seed_layer(seed)
        for task in self._tasks:
            # What the last trial left, if it was not played to its end.
            task.performance = 0
        self._top.new_trial(**condition)
        return self._env.unwrapped

    def begin(self, seed: int, condition: Condition) -> npt.NDArray[np.float32]:
        """Begin a trial, and return what is seen at its first moment."""
        if self._needs_reset:
            self._env.reset()
            self._needs_reset = False
        self._inner = inner = self._new_trial(seed, condition)
        self._curtain = _Curtain(inner)
        self._reaction_time = math.nan
        performance = inner.performance
        observation = self._first_observation(inner)
        inner.t = inner.t_ind = 0
        inner.performance = performance
        for limit in self._limits:
            limit._elapsed_steps = 0
        return self.observations.flatten(observation)

    def _first_observation(self, inner: Any) -> Any:
        """Return what is seen before the first action.

        Wrappers change what is shown only in passing, from step to step. So the task is made to
        come from the moment before its first, where nothing counts yet.
        """
        if self._can_be_primed:
            inner.t, inner.t_ind = -inner.dt, -1
            try:
                return self._step(self._idle)[0]
            except Exception:
                # A task that counts its stages by the clock knows no moment before.
                self._can_be_primed = False
        shown = getattr(inner, "ob", None)
        return shown[0] if shown is not None and len(shown) else np.zeros(self.observations.size)

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], float, Ending | None]:
        """Carry out an action.

        Returns:
            What is seen next, what was earned, and how the trial ended if it did.

        """
        inner = self._inner
        time = inner.t
        self._curtain.shows = min(inner.t_ind + 1, len(getattr(inner, "ob", "?")) - 1)
        observation, reward, terminated, truncated, info = self._step(action)
        self._info = info
        self._needs_reset = terminated or truncated
        ending = None
        if info.get("new_trial") or terminated or truncated:
            ending = self._judged(action, float(reward))
            if ending is None and info.get("new_trial"):
                ending = self._known_ending(action, float(reward), time)
            elif ending is None:
                ending = Ending.COMPLETED if terminated else Ending.TRUNCATED
            self._note_reaction_time(action, time, ending)
        return self.observations.flatten(observation), float(reward), ending

    def _step(self, action: Any) -> Any:
        self._inner._top = self._curtain
        try:
            return self._env.step(action)
        finally:
            self._inner._top = self._top

    def _known_ending(self, action: Any, reward: float, time: int) -> Ending:
        """How a trial ended, by the task's own measure of performance and its ground truth."""
        performance = float(self._info.get("performance", 0))
        if performance >= 1:
            return Ending.CORRECT
        # Something in between, or a task that does not judge: neither right nor wrong.
        if performance > 0 or "gt" not in self._info:
            return Ending.COMPLETED
        inner = self._inner
        is_out_of_time = time + 2 * inner.dt > inner.tmax
        is_due = self._is_in("decision", time)
        if not isinstance(self.actions, Choices):
            if is_due:
                return Ending.MISS if is_out_of_time else Ending.ERROR
            return Ending.COMPLETED if is_out_of_time else Ending.ABORT
        if self._knows_truth and not is_due:
            truth = self._info["gt"]
            if is_out_of_time and (self._rest is None or self.actions.place(action) == truth):
                return Ending.COMPLETED
            is_due = truth != self._rest
        if not self._is_answer(action):
            return Ending.MISS if is_due else Ending.COMPLETED
        if is_due:
            return Ending.ERROR
        if not self._knows_truth:
            return Ending.COMPLETED
        # Early in some tasks, wrong in others; those that tell it apart pay it differently.
        is_early = self._is_in("fixation", time) or reward == inner.rewards.get("abort", reward)
        return Ending.ABORT if getattr(inner, "abort", True) and is_early else Ending.ERROR

    def _is_in(self, epoch: str, time: int) -> bool:
        return epoch in self._inner.start_t and bool(self._inner.in_period(epoch, time))

    def _is_answer(self, action: Any) -> bool:
        return not isinstance(self.actions, Choices) or self.actions.place(action) != self._rest

    def _note_reaction_time(self, action: Any, time: int, ending: Ending) -> None:
        start = self._inner.start_t.get("decision")
        is_decision = ending in (Ending.CORRECT, Ending.ERROR) and self._is_answer(action)
        self._reaction_time = float(time - start) if start is not None and is_decision else math.nan

    def facts(self, names: tuple[str, ...]) -> list[float]:
        """Return numbers of the trial that has just ended; NaN where there is no answer."""
        trial = self._inner.trial or {}
        return [
            self._reaction_time
            if name == _REACTION_TIME
            else number(trial.get(self._keys.get(name, name), self._info.get(name)))
            for name in names
        ]

    def ideal_action(self) -> int:
        """Return the ground truth of the step that comes next; `NO_ACTION` where there is none."""
        if self._task.ideal_action is not None:
            return super().ideal_action()
        truths = self._inner.gt
        return int(truths[self._inner.t_ind]) if self._inner.t_ind < len(truths) else NO_ACTION


def _layers(env: Any) -> list[Any]:
    """Return what an environment is made of: wrappers, tasks, and what chooses between them."""
    found: list[Any] = []
    waiting = [env]
    while waiting:
        layer = waiting.pop()
        if any(layer is one for one in found):
            continue
        found.append(layer)
        parts = vars(layer)
        waiting += [*parts.get("envs", ()), *(parts[n] for n in ("env", "schedule") if n in parts)]
    return found


def _whole_time_step(dt: float, name: str) -> int:
    if dt != int(dt) or not 1 <= dt <= 10_000:
        raise ValueError(
            f"{name} has a time step of {dt} ms; a server's is a whole number, 1 to 10000: "
            "make the task with another dt"
        )
    return int(dt)


def _longest(timing: Any) -> float:
    """Return the longest that a period can last, in milliseconds; infinite if nobody knows."""
    if isinstance(timing, Real):
        return float(timing)
    if callable(timing):
        return float(getattr(timing, "vmax", math.inf))
    if isinstance(timing[0], Real):
        return float(max(timing))
    distribution, arguments = timing
    if distribution in ("uniform", "choice"):
        return float(max(arguments))
    if distribution in ("constant", "until"):
        return float(arguments)
    return float(arguments[2]) if len(arguments) > 2 else math.inf
