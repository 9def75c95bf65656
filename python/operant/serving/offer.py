"""A task as a server offers it: what is told of it, and the environments it is played in."""

import math
import sys
import time
from typing import Any

import numpy as np

from operant.serving.draws import trial_seed
from operant.serving.episodes import Condition, Episodes, close_episodes, default_name
from operant.serving.neurogym_trials import NeurogymTrials, is_neurogym
from operant.serving.refusal import complain
from operant.serving.served_task import ServedTask
from operant.serving.spaces import Choices
from operant.task import Fact
from operant.v1 import gym_pb2

PRESET = "default"
"""The name of the only preset: what whoever serves the task has chosen."""

_USUAL_TIME_STEP = 10
_LONGEST_TIME = (1 << 32) - 1
_PROBED_TRIALS = 32
_PROBED_STEPS = 100
_PROBING_TIME = 0.2


class Offer:
    """A task on offer."""

    def __init__(self, task: ServedTask) -> None:
        """Make an environment and see what it is like.

        Raises:
            ValueError: It can't be served, or not as `task` says.

        """
        self._task = task
        env = task.make_env()
        neurogym = is_neurogym(env)
        self.name = task.name or (type(env.unwrapped).__name__ if neurogym else default_name(env))
        """What agents ask for it by."""
        _check_name(self.name)
        self._kind: type[Episodes] = NeurogymTrials if neurogym else Episodes
        # The first lane that is played gets it.
        self._spare: Episodes | None = self._kind(env, task, self.name)
        first = self._spare
        self._first = first
        self.actions = first.actions
        """What can be done."""
        self.observation_size = first.observations.size
        self.tells_ideal_actions = first.tells_ideal_actions
        self.conditions = _checked_conditions(task.conditions)
        """What is passed to the environment when a trial of each begins."""
        self.time_step_ms = self._time_step(first.time_step_ms)
        self.step_limit = task.step_limit or first.default_step_limit
        """The most actions a trial can take."""
        self.time_limit_ms = (self.step_limit - 1) * self.time_step_ms
        if self.time_limit_ms > _LONGEST_TIME:
            raise ValueError(
                f"a trial of {self.name} could last {self.time_limit_ms} ms; the protocol has "
                f"{_LONGEST_TIME} at most: give a smaller step_limit or time_step_ms"
            )
        facts = first.default_facts if task.facts is None else _facts(task.facts)
        self.fact_names = tuple(fact.name for fact in facts)
        self.message = self._describe(facts)
        """What agents are told."""
        self._try_out()

    # MARK: what is told of it

    def _time_step(self, own: int | None) -> int:
        wanted = self._task.time_step_ms
        if own is not None and wanted not in (None, own):
            raise ValueError(
                f"time_step_ms is {wanted}; {self.name} has a time step of its own, {own} ms: "
                f"make it with dt={wanted} instead"
            )
        return own or wanted or _USUAL_TIME_STEP

    def _describe(self, facts: tuple[Fact, ...]) -> gym_pb2.Task:
        task, first = self._task, self._first
        message = gym_pb2.Task(
            name=self.name,
            summary=task.summary or first.default_summary,
            reference=task.reference or first.default_reference,
            epochs=first.epochs,
            time_limit_ms=self.time_limit_ms,
            allows_look_ahead=False,
        )
        for channel in first.observations.channels:
            message.channels.add(name=channel.name, width=channel.width)
        if isinstance(self.actions, Choices):
            message.discrete.names.extend(self.actions.names)
        else:
            message.continuous.width = self.actions.width
            message.continuous.low, message.continuous.high = self.actions.low, self.actions.high
        for factors in self.conditions:
            condition = message.conditions.add()
            for name, value in factors.items():
                condition.factors.add(name=name, value=float(value))
        for fact in facts:
            message.facts.add(name=fact.name, unit=fact.unit, meaning=fact.meaning)
        for name in ("chance", "oracle_reward", "ideal_observer"):
            level = getattr(task, name)
            if level is not None:
                if not math.isfinite(level):
                    raise ValueError(f"{name} is {level}; it has to be a finite number")
                getattr(message, name).value = level
        preset = message.presets.add(
            name=PRESET, reference=message.reference, time_step_ms=self.time_step_ms
        )
        training = task.training
        preset.training.trials_per_update = training.trials_per_update
        preset.training.validation_trials = training.validation_trials
        preset.training.validation_interval = training.validation_interval
        preset.training.decisions_to_reach = training.decisions_to_reach
        preset.training.correct_to_reach = training.correct_to_reach
        preset.training.reward_time_constant_ms = training.reward_time_constant_ms
        preset.training.learning_rate = training.learning_rate
        return message

    # MARK: what it is played in

    def make_episodes(self) -> Episodes:
        """Make an environment for a lane.

        Raises:
            ValueError: It is not like the first that was made.

        """
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        return self._kind(self._task.make_env(), self._task, self.name, self._first)

    def close(self) -> None:
        """Close the environment that no lane has taken."""
        if self._spare is not None:
            close_episodes(self._spare)
            self._spare = None

    def _try_out(self) -> None:
        """Play some trials, and warn if one breaks, or is not the same when it is played again.

        Raises whatever the environment raises that can't even begin one.
        """
        assert self._spare is not None
        self._spare.begin(trial_seed(0, 0, 0), self.conditions[0])
        try:
            is_pure = self._is_pure(self._spare)
        except (Exception, SystemExit) as error:
            complain(f"{self.name} broke when it was tried out, and is served all the same", error)
            spare, self._spare = self._spare, None
            close_episodes(spare)
            return
        if not is_pure:
            print(
                f"operant: {self.name} does not play the same trial twice when it is reset with "
                "the same seed; what is learned here can't be repeated, nor a lost session "
                "restored, unless reset(seed=…) decides all that is drawn and all that is left",
                file=sys.stderr,
                flush=True,
            )

    def _is_pure(self, episodes: Episodes) -> bool:
        """Whether a trial is the same when it is played again after others."""
        start = time.monotonic()
        first = self._play(episodes, 0, _PROBED_STEPS, start + _PROBING_TIME)
        # What is left from trial to trial shows after many, in tasks with blocks.
        for trial in range(1, _PROBED_TRIALS):
            self._play(episodes, trial, len(first))
            if self._play(episodes, 0, len(first)) != first:
                return False
            if time.monotonic() > start + _PROBING_TIME:
                break
        return True

    def _play(
        self, episodes: Episodes, trial: int, most: int, deadline: float = math.inf
    ) -> list[Any]:
        """Play a few steps of a trial by a fixed script, and return what came of each."""
        first = episodes.begin(trial_seed(0, 0, trial), self.conditions[0])
        shown: list[Any] = [(first.tobytes(), self._known(episodes))]
        script = np.random.Generator(np.random.Philox(key=trial))
        while len(shown) < min(most, self.step_limit) and time.monotonic() < deadline:
            if isinstance(self.actions, Choices):
                action = self.actions.values[script.integers(len(self.actions.values))]
            else:
                low, high = self.actions.low, self.actions.high
                amounts = script.uniform(low, high, self.actions.width).astype(np.float32)
                action = self.actions.value(amounts)
            observation, reward, ending = episodes.step(action)
            known = (
                self._known(episodes) if ending is None else repr(episodes.facts(self.fact_names))
            )
            shown.append((observation.tobytes(), reward, ending, known))
            if ending is not None:
                break
        return shown

    def _known(self, episodes: Episodes) -> Any:
        return episodes.ideal_action() if self.tells_ideal_actions else None


def _check_name(name: str) -> None:
    size = len(name.encode())
    if not 1 <= size <= 256 or "\0" in name:
        raise ValueError(
            f"the name {name!r} has {size} bytes; it can have 1 to 256, none of them 0"
        )


def _facts(given: Any) -> tuple[Fact, ...]:
    facts = tuple(
        fact
        if isinstance(fact, Fact)
        else Fact(fact, "", f"The trial's {fact}, as the environment told it.")
        for fact in given
    )
    names = [fact.name for fact in facts]
    if len(set(names)) < len(names):
        raise ValueError(f"facts are {', '.join(names)}; every fact needs a name of its own")
    return facts


def _checked_conditions(given: Any) -> tuple[Condition, ...]:
    if given is None:
        return ({},)
    conditions = tuple(dict(condition) for condition in given)
    if not conditions:
        raise ValueError("conditions are empty; name at least one, or leave them out")
    for number, condition in enumerate(conditions):
        if list(condition) != list(conditions[0]):
            raise ValueError(
                f"condition {number} has the factors {', '.join(condition) or 'none'}, condition 0 "
                f"{', '.join(conditions[0]) or 'none'}; all need the same, in the same order"
            )
        for name, value in condition.items():
            try:
                is_number = math.isfinite(float(value))
            except (TypeError, ValueError):
                is_number = False
            if not is_number:
                raise ValueError(
                    f"{name!r} of condition {number} is {value!r}; factors are finite numbers: "
                    "number what is no number, and look it up in the environment"
                )
    return conditions
