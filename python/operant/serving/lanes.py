"""The lanes of a session: plays an environment on each, and writes the frames.

Trial *k* of lane *l* is a pure function of (seed, l, k): the environment is reset with a seed drawn
for it, and so is the condition.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from operant.client import RestartRule
from operant.errors import Code
from operant.serving.draws import condition as draw_condition
from operant.serving.draws import trial_seed
from operant.serving.ending import Ending
from operant.serving.episodes import Episodes, close_episodes
from operant.serving.offer import Offer
from operant.serving.refusal import Refusal, complain, described
from operant.serving.spaces import Choices
from operant.session import FIRST, IDLE, LAST, MIDDLE, NO_ACTION, TERMINATED, TRUNCATED
from operant.v1 import gym_pb2

Order = tuple[int, "int | None", "int | None"]
"""Which trial a lane is to begin: the lane, the trial's number, the condition's; None for the next
trial and for a condition that is drawn."""

_WORD = (1 << 64) - 1


class _Lane:
    """One lane's environment, and where in its trial it is."""

    __slots__ = ("condition", "episodes", "has_trial", "is_playing", "next", "number", "step")

    def __init__(self) -> None:
        # Made when the first trial begins.
        self.episodes: Episodes | None = None
        self.has_trial = False
        self.is_playing = False
        self.number = 0
        self.condition = 0
        self.step = 0
        # The number of the trial that begins where no other is asked for.
        self.next = 0


class _Ended:
    """The trials that ended in a frame, column by column."""

    def __init__(self) -> None:
        self.lanes: list[int] = []
        self.trials: list[int] = []
        self.conditions: list[int] = []
        self.endings: list[int] = []
        self.choices: list[int] = []
        self.step_counts: list[int] = []
        self.facts: list[float] = []
        self.final_observations: list[npt.NDArray[np.float32]] = []

    def write(self, message: gym_pb2.EndedTrials) -> None:
        message.lanes = np.array(self.lanes, "<u4").tobytes()
        message.trials = np.array(self.trials, "<u8").tobytes()
        message.conditions = np.array(self.conditions, "<u4").tobytes()
        message.endings = bytes(self.endings)
        message.choices = bytes(self.choices)
        message.step_counts = np.array(self.step_counts, "<u4").tobytes()
        message.facts = np.array(self.facts, "<f4").tobytes()
        message.final_observations = b"".join(row.tobytes() for row in self.final_observations)


class Lanes:
    """Plays trials on any number of lanes."""

    def __init__(
        self,
        offer: Offer,
        *,
        seed: int,
        first_lane: int,
        lane_count: int,
        restart_rule: RestartRule,
        with_ideal_actions: bool,
    ) -> None:
        """Make the lanes; their environments are made when their first trials begin."""
        self._offer = offer
        self._seed = seed
        self._first_lane = first_lane
        self._rule = restart_rule
        self._lanes = [_Lane() for _ in range(lane_count)]
        self._has_begun = False
        self._observations = np.zeros((lane_count, offer.observation_size), "<f4")
        self._rewards = [0.0] * lane_count
        self._reward_column = np.zeros(lane_count, "<f4")
        self._stages = bytearray([IDLE]) * lane_count
        self._ideal = bytearray([NO_ACTION]) * lane_count if with_ideal_actions else bytearray()
        self._ended = _Ended()
        # Lanes on which a trial has begun in this request, with what was next before.
        self._restarted: list[tuple[_Lane, int]] = []

    # MARK: the frame

    def write(self, frame: gym_pb2.Frame) -> None:
        """Write down what the last request led to."""
        frame.observations = self._observations.tobytes()
        frame.rewards = self._reward_column.tobytes()
        frame.stages = bytes(self._stages)
        if self._ended.lanes:
            self._ended.write(frame.ended)
        if self._ideal:
            frame.ideal_actions = bytes(self._ideal)

    @property
    def ended_count(self) -> int:
        """How many trials the last request has ended."""
        return len(self._ended.lanes)

    @property
    def judged_count(self) -> int:
        """How many actions the last request has carried out."""
        # FIRST and IDLE, each alone, are the stages of lanes on which none was.
        return len(self._stages) - self._stages.count(FIRST) - self._stages.count(IDLE)

    # MARK: beginning

    def begin(self, orders: list[Order]) -> None:
        """Begin a trial on each of the lanes named.

        Raises:
            Refusal: An order can't be met; nothing has begun then. Or an environment broke: then no
                trial is under way on the lanes named.

        """
        self._check_orders(orders)
        self._start_frame()
        self._stages[:] = bytes([IDLE]) * len(self._lanes)
        place = 0
        try:
            for place, trial, condition in orders:
                lane = self._lanes[place]
                self._begin(place, lane.next if trial is None else trial, condition)
            self._check_numbers()
        except (Exception, SystemExit) as error:
            place = error.lane if isinstance(error, _StrayNumberError) else place
            trial = self._lanes[place].number
            self._drop((self._lanes[order[0]] for order in orders), broken=place)
            raise self._broken(
                place, trial, error, "nothing has begun on the lanes that were named"
            ) from error
        self._has_begun = True

    def _check_orders(self, orders: list[Order]) -> None:
        lane_count, condition_count = len(self._lanes), len(self._offer.conditions)
        named = bytearray(lane_count)
        for lane, _, condition in orders:
            if lane >= lane_count:
                raise Refusal(
                    Code.OUT_OF_RANGE,
                    f"lane {lane} is not one of this environment's {lane_count}, "
                    f"0 to {lane_count - 1}",
                )
            if named[lane]:
                raise Refusal(
                    Code.OUT_OF_RANGE,
                    f"lane {lane} is named twice; a lane can begin one trial at a time",
                )
            named[lane] = True
            if condition is not None and condition >= condition_count:
                raise Refusal(
                    Code.OUT_OF_RANGE,
                    f"condition {condition} is not one of this task's {condition_count}, "
                    f"0 to {condition_count - 1}",
                )

    def _begin(self, place: int, trial: int, condition: int | None = None) -> None:
        """Begin a trial on a lane and show what is seen first."""
        lane = self._lanes[place]
        key = self._first_lane + place & _WORD
        conditions = self._offer.conditions
        if condition is None:
            condition = draw_condition(self._seed, key, trial, len(conditions))
        self._restarted.append((lane, lane.next))
        lane.number, lane.condition, lane.step = trial, condition, 0
        if lane.episodes is None:
            lane.episodes = self._offer.make_episodes()
        seed = trial_seed(self._seed, key, trial)
        self._observations[place] = lane.episodes.begin(seed, conditions[condition])
        lane.next = trial + 1 & _WORD
        lane.has_trial = lane.is_playing = True
        self._stages[place] |= FIRST
        self._stages[place] &= ~IDLE
        if self._ideal:
            self._ideal[place] = lane.episodes.ideal_action()

    # MARK: stepping

    def check_choices(self, choices: bytes) -> list[Any]:
        """Return the environments' actions for choices, one a lane.

        Raises:
            Refusal: There are too few or too many, or some that there are not.

        """
        actions = self._offer.actions
        assert isinstance(actions, Choices)
        self._check_begun()
        if len(choices) != len(self._lanes):
            raise Refusal(
                Code.BAD_ACTION,
                f"got {len(choices)} actions; a step takes {len(self._lanes)}: "
                f"1 × {len(self._lanes)} lanes",
            )
        values = actions.values
        try:
            return [values[choice] for choice in choices]
        except IndexError:
            count = len(values)
            lane = next(lane for lane, choice in enumerate(choices) if choice >= count)
            names = ", ".join(f"{number} {name}" for number, name in enumerate(actions.names))
            raise Refusal(
                Code.BAD_ACTION,
                f"action {choices[lane]} of lane {lane} is not one of this task's {count}: {names}",
            ) from None

    def check_amounts(self, amounts: npt.NDArray[np.float32]) -> list[Any]:
        """Return the environments' actions for amounts, so many a lane.

        Raises:
            Refusal: There are too few or too many, or some out of range.

        """
        actions = self._offer.actions
        assert not isinstance(actions, Choices)
        self._check_begun()
        if len(amounts) != len(self._lanes) * actions.width:
            raise Refusal(
                Code.BAD_ACTION,
                f"got {len(amounts)} amounts; a step takes {len(self._lanes) * actions.width}: "
                f"1 × {len(self._lanes)} lanes × {actions.width}",
            )
        is_stray = (amounts < actions.low) | (amounts > actions.high)
        if is_stray.any():
            stray = int(np.flatnonzero(is_stray)[0])
            lane, number = divmod(stray, actions.width)
            raise Refusal(
                Code.BAD_ACTION,
                f"amount {number} of lane {lane} is {amounts[stray]:g}; "
                f"it can be {actions.low:g} to {actions.high:g}",
            )
        rows = amounts.reshape(len(self._lanes), actions.width)
        return [
            actions.value(row) if lane.is_playing else None
            for lane, row in zip(self._lanes, rows, strict=True)
        ]

    def _check_begun(self) -> None:
        if not self._has_begun:
            raise Refusal(Code.NOTHING_BEGUN, "can't step: no trial has begun; send 'begin' first")

    def step(self, actions: list[Any], choices: bytes) -> None:
        """Carry out the actions of all lanes; those of lanes without a trial are ignored.

        Args:
            actions: As the environments take them.
            choices: As they came; empty for amounts.

        Raises:
            Refusal: An environment broke; no trial is under way on any lane then.

        """
        self._start_frame()
        place, lane = 0, self._lanes[0]
        try:
            for place, lane in enumerate(self._lanes):
                if lane.is_playing:
                    self._carry_out(place, lane, actions[place], choices)
                else:
                    self._rest(place, lane)
            self._check_numbers()
        except (Exception, SystemExit) as error:
            place = error.lane if isinstance(error, _StrayNumberError) else place
            trial = self._lanes[place].number
            self._drop(self._lanes, broken=place)
            self._has_begun = False
            raise self._broken(
                place, trial, error, "the trials under way on all lanes are cut off"
            ) from error

    def _carry_out(self, place: int, lane: _Lane, action: Any, choices: bytes) -> None:
        assert lane.episodes is not None
        observation, reward, ending = lane.episodes.step(action)
        lane.step += 1
        if ending is None and lane.step == self._offer.step_limit:
            ending = Ending.TRUNCATED
        self._observations[place] = observation
        self._rewards[place] = reward
        if ending is None:
            self._stages[place] = MIDDLE
            if self._ideal:
                self._ideal[place] = lane.episodes.ideal_action()
            return
        is_cut_off = ending == Ending.TRUNCATED
        self._stages[place] = LAST | (TRUNCATED if is_cut_off else TERMINATED)
        lane.is_playing = False
        if self._ideal:
            self._ideal[place] = NO_ACTION
        ended = self._ended
        ended.lanes.append(place)
        ended.trials.append(lane.number)
        ended.conditions.append(lane.condition)
        ended.endings.append(ending)
        is_chosen = choices and not is_cut_off and ending != Ending.MISS
        ended.choices.append(choices[place] if is_chosen else NO_ACTION)
        ended.step_counts.append(lane.step)
        ended.facts += lane.episodes.facts(self._offer.fact_names)
        if self._rule == RestartRule.SAME_STEP:
            ended.final_observations.append(self._observations[place].copy())
            self._begin(place, lane.number + 1 & _WORD)

    def _rest(self, place: int, lane: _Lane) -> None:
        """Show what a lane shows whose trial is over."""
        self._stages[place] = IDLE
        if self._rule == RestartRule.NEXT_STEP and lane.has_trial:
            self._begin(place, lane.number + 1 & _WORD)
            return
        self._observations[place] = 0
        if self._ideal:
            self._ideal[place] = NO_ACTION

    # MARK: what can go wrong

    def _start_frame(self) -> None:
        if self._ended.lanes:
            self._ended = _Ended()
        self._restarted.clear()
        self._rewards[:] = [0.0] * len(self._rewards)

    def _check_numbers(self) -> None:
        """Make sure that all numbers of the frame are finite: agents believe no other.

        Raises:
            _StrayNumberError: One is not.

        """
        if not np.isfinite(self._observations).all():
            lane = int(np.flatnonzero(~np.isfinite(self._observations).all(axis=1))[0])
            raise _StrayNumberError(lane, "its observation holds what is not a finite number")
        self._reward_column = np.array(self._rewards, "<f4")
        if not np.isfinite(self._reward_column).all():
            lane = int(np.flatnonzero(~np.isfinite(self._reward_column))[0])
            raise _StrayNumberError(
                lane, f"its reward is {self._rewards[lane]}, which is not a finite number"
            )
        for lane, row in zip(self._ended.lanes, self._ended.final_observations, strict=False):
            if not np.isfinite(row).all():
                raise _StrayNumberError(
                    lane, "its last observation holds what is not a finite number"
                )

    def _drop(self, lanes: Iterable[_Lane], broken: int) -> None:
        """Take the lanes to where no trial is under way; an environment that broke is replaced."""
        for lane, following in reversed(self._restarted):
            lane.next = following
        for lane in lanes:
            lane.has_trial = lane.is_playing = False
        lane = self._lanes[broken]
        episodes, lane.episodes = lane.episodes, None
        if episodes is not None:
            close_episodes(episodes)

    def _broken(self, lane: int, trial: int, error: BaseException, state: str) -> Refusal:
        # Below, because it is the whole of what whoever wrote the environment wants to know.
        complain(f"trial {trial} of lane {lane} of {self._offer.name} broke", error)
        return Refusal(
            Code.INTERNAL,
            f"the environment broke in trial {trial} of lane {lane}: {described(error)}; {state}, "
            "send 'begin' to go on",
        )

    def close(self) -> None:
        """Close the environments."""
        for lane in self._lanes:
            episodes, lane.episodes = lane.episodes, None
            if episodes is not None:
                close_episodes(episodes)


class _StrayNumberError(ValueError):
    """A number that no frame can have."""

    def __init__(self, lane: int, sentence: str) -> None:
        super().__init__(sentence)
        self.lane = lane
