"""What a session has to show, given what was asked of it: followed lane by lane, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from operant.conformance.findings import Broken, expect
from operant.conformance.frame import (
    ABORT,
    COMPLETED,
    CORRECT,
    DISABLED,
    DRAWN,
    ENDING_TRUNCATED,
    ERROR,
    FIRST,
    IDLE,
    LAST,
    MIDDLE,
    MISS,
    NEXT_STEP,
    NO_ACTION,
    SAME_STEP,
    TERMINATED,
    TRUNCATED,
    EndedTrial,
    Frame,
    name_stage,
    show_numbers,
)
from operant.conformance.playing import Action

_RULES = "Restart rules"
_FRAMES = "Frames"
_ENDINGS = (CORRECT, ERROR, ABORT, MISS, ENDING_TRUNCATED, COMPLETED)


@dataclass
class TrialRecord:
    """A trial as an agent saw it, whatever the session's layout and restart rule were."""

    lane: int
    """Counted through all sessions of the experiment."""
    trial: int
    observations: list[bytes] = field(default_factory=list)
    """o₀, o₁, …; with look-ahead without the last."""
    rewards: list[bytes] = field(default_factory=list)
    """r₁, r₂, …"""
    ended: EndedTrial | None = None
    last_stage: int = 0
    """TERMINATED or TRUNCATED; 0 while it is under way."""

    @property
    def facts(self) -> tuple[object, ...]:
        """What the last frame said of it, but for the lane's place in the session."""
        if self.ended is None:
            return ()
        told = self.ended
        return (told.condition, told.ending, told.choice, told.step_count, told.facts)


@dataclass
class LaneState:
    """Where a lane is."""

    has_begun: bool = False
    is_playing: bool = False
    trial: int = 0
    step: int = 0
    """How many actions were taken in the trial."""
    wanted_condition: int = DRAWN


class Referee:
    """Follows a session, and writes down its trials."""

    def __init__(
        self, *, rule: int, first_lane: int, lane_count: int, step_limit: int, condition_count: int
    ) -> None:
        """Take place beside a session in which nothing has begun."""
        self.rule = rule
        self.first_lane = first_lane
        self.step_limit = step_limit
        self.condition_count = condition_count
        self.lanes = [LaneState() for _ in range(lane_count)]
        self.ends = [0] * lane_count
        """How many trials have ended on each lane."""
        self.trials: dict[tuple[int, int], TrialRecord] = {}
        """The trials played, by lane and number, in the order in which they began."""

    @property
    def ended_trials(self) -> dict[tuple[int, int], TrialRecord]:
        """Those that came to their end."""
        return {key: trial for key, trial in self.trials.items() if trial.ended}

    def _record(self, lane: int) -> TrialRecord:
        return self.trials[self.first_lane + lane, self.lanes[lane].trial]

    def _start(self, lane: int, trial: int, condition: int = DRAWN) -> TrialRecord:
        self.lanes[lane] = LaneState(True, True, trial, 0, condition)
        key = (self.first_lane + lane, trial)
        self.trials.pop(key, None)
        self.trials[key] = TrialRecord(*key)
        return self.trials[key]

    # MARK: what a begin leads to

    def judge_begin(
        self,
        lanes: Sequence[int],
        trials: Sequence[int],
        conditions: Sequence[int],
        frame: Frame,
    ) -> None:
        """Hold the frame that answers a begin to what was asked for."""
        section = "begin → frame"
        named = list(lanes) or list(range(len(self.lanes)))
        for index, lane in enumerate(named):
            state = self.lanes[lane]
            following = state.trial + 1 if state.has_begun else 0
            record = self._start(
                lane,
                trials[index] if trials else following,
                conditions[index] if conditions else DRAWN,
            )
            for entry in range(len(frame.stages)):
                self._expect_stage(frame, entry, lane, (FIRST,), "it was begun", section)
                if entry < self.step_limit:
                    record.observations.append(frame.observations[entry, lane].tobytes())
        for entry in range(len(frame.stages)):
            for lane in range(len(self.lanes)):
                if lane not in named:
                    self._expect_stage(frame, entry, lane, (IDLE,), "it was not named", section)
                self._expect_no_reward(frame, entry, lane)
        expect(not frame.ended, "a begin that ends a trial", "no 'ended' in its frame", section)

    # MARK: what a step leads to

    def judge_step(self, actions: Sequence[Action], frame: Frame) -> None:
        """Hold the frame that answers a step to what the lanes were in and what they did."""
        ended = iter(frame.ended)
        look_ahead = len(frame.stages)
        for entry in range(look_ahead):
            for lane, state in enumerate(self.lanes):
                if not state.is_playing:
                    self._judge_rest(frame, entry, lane)
                    continue
                action = actions[entry * len(self.lanes) + lane]
                state.step += 1
                self._judge_action(frame, entry, lane)
                record = self._record(lane)
                record.rewards.append(frame.rewards[entry, lane].tobytes())
                if frame.stages[entry, lane] & LAST:
                    told = next(ended, None)
                    if told is None:
                        raise Broken(
                            f"lane {lane} showed LAST, and 'ended' tells of {len(frame.ended)} "
                            "trials",
                            "one entry for each trial that ended",
                            _FRAMES,
                        )
                    self._judge_end(told, frame, entry, lane, action)
                elif look_ahead == 1:
                    record.observations.append(frame.observations[entry, lane].tobytes())
        told = next(ended, None)
        expect(
            told is None,
            f"'ended' tells of {told}, and no lane showed LAST for it",
            "one entry for each trial that ended",
            _FRAMES,
        )
        if look_ahead > 1:
            self._judge_ahead(frame)

    def _judge_rest(self, frame: Frame, entry: int, lane: int) -> None:
        """Judge what a lane shows that has no trial under way."""
        state = self.lanes[lane]
        if self.rule == NEXT_STEP and state.has_begun:
            self._expect_stage(frame, entry, lane, (FIRST,), "its trial had ended", _RULES)
            record = self._start(lane, state.trial + 1)
            record.observations.append(frame.observations[entry, lane].tobytes())
        else:
            why = "its trial had ended" if state.has_begun else "it had not been begun"
            self._expect_stage(frame, entry, lane, (IDLE,), why, _RULES)
            if len(frame.stages) == 1:
                self._expect_blank(frame, entry, lane)
        self._expect_no_reward(frame, entry, lane)

    def _judge_action(self, frame: Frame, entry: int, lane: int) -> None:
        """Judge the stage that an action of a trial under way has led to."""
        state = self.lanes[lane]
        restart = FIRST if self.rule == SAME_STEP else 0
        ends = (LAST | TERMINATED | restart, LAST | TRUNCATED | restart)
        if state.step >= self.step_limit:
            why = f"it had taken {state.step} actions, and opened.step_limit is {self.step_limit}"
            self._expect_stage(frame, entry, lane, ends, why, "step → frame")
        else:
            section = _RULES if frame.stages[entry, lane] & LAST else _FRAMES
            why = f"it had taken {state.step} actions in trial {state.trial}"
            self._expect_stage(frame, entry, lane, (MIDDLE, *ends), why, section)

    def _judge_end(
        self, told: EndedTrial, frame: Frame, entry: int, lane: int, action: Action
    ) -> None:
        """Judge what a frame says of a trial that an action has ended."""
        state, record = self.lanes[lane], self._record(lane)
        stage = int(frame.stages[entry, lane])
        trial = f"trial {state.trial} of lane {lane}"
        for what, came, wanted in (
            ("lane", told.lane, lane),
            ("trial", told.trial, state.trial),
            ("number of actions", told.step_count, state.step),
        ):
            expect(
                came == wanted,
                f"'ended' names {what} {came} where {trial} ended",
                f"{what} {wanted}",
                _FRAMES,
            )
        expect(
            told.condition < self.condition_count
            and state.wanted_condition in (DRAWN, told.condition),
            f"{trial} had condition {told.condition}",
            f"one of {self.condition_count}"
            if state.wanted_condition == DRAWN
            else f"condition {state.wanted_condition}, which was asked for",
            "begin → frame",
        )
        expect(
            told.ending in _ENDINGS, f"{trial} had ending {told.ending}", "one of 1 to 6", _FRAMES
        )
        expect(
            (told.ending == ENDING_TRUNCATED) == bool(stage & TRUNCATED),
            f"{trial} showed {name_stage(stage)} and had ending {told.ending}",
            "TRUNCATED with ending 5 and with no other",
            _FRAMES,
        )
        if isinstance(action, int):
            # Who answered has answered with his last action; who ran out of time, with none.
            choices: tuple[int, ...] = (action, NO_ACTION)
            if told.ending in (CORRECT, ERROR, ABORT):
                choices = (action,)
            elif told.ending == MISS:
                choices = (NO_ACTION,)
        else:
            choices = (NO_ACTION,)
        expect(
            told.choice in choices,
            f"{trial} had ending {told.ending} by choice {told.choice}, after action {action}",
            " or ".join(map(str, choices)),
            _FRAMES,
        )
        record.ended, record.last_stage = told, stage & ~(FIRST | LAST)
        state.is_playing = False
        self.ends[lane] += 1
        if self.rule == SAME_STEP:
            record.observations.append(told.final_observation)
            following = self._start(lane, state.trial + 1)
            following.observations.append(frame.observations[entry, lane].tobytes())
        elif len(frame.stages) == 1:
            record.observations.append(frame.observations[entry, lane].tobytes())

    def _judge_ahead(self, frame: Frame) -> None:
        """Judge the observations that a frame with look-ahead shows for the next actions."""
        for lane, state in enumerate(self.lanes):
            for entry in range(len(frame.stages)):
                if state.is_playing and state.step + entry < self.step_limit:
                    observation = frame.observations[entry, lane].tobytes()
                    self._record(lane).observations.append(observation)
                else:
                    self._expect_blank(frame, entry, lane)

    # MARK: what is expected again and again

    def _expect_stage(
        self, frame: Frame, entry: int, lane: int, wanted: tuple[int, ...], why: str, section: str
    ) -> None:
        stage = int(frame.stages[entry, lane])
        expect(
            stage in wanted,
            f"lane {lane} showed {name_stage(stage)} when {why}",
            " or ".join(map(name_stage, wanted)),
            section,
        )

    def _expect_no_reward(self, frame: Frame, entry: int, lane: int) -> None:
        reward, stage = frame.rewards[entry, lane], int(frame.stages[entry, lane])
        expect(
            reward == 0,
            f"lane {lane} earned {reward:g} with {name_stage(stage)}",
            "no reward where no action was judged",
            _FRAMES,
        )

    def _expect_blank(self, frame: Frame, entry: int, lane: int) -> None:
        expect(
            not frame.observations[entry, lane].any(),
            f"lane {lane} showed something without a trial under way",
            "zeros",
            _RULES if self.rule == DISABLED else _FRAMES,
        )


def expect_same_trials(
    came: dict[tuple[int, int], TrialRecord],
    wanted: dict[tuple[int, int], TrialRecord],
    which: str,
    section: str = "",
) -> None:
    """Go on if all the trials that both have are the same, bit for bit, and there is one.

    Args:
        came: The trials of one session, or of several.
        wanted: The trials they are compared with.
        which: Which sessions they are of, for the sentence if they differ.
        section: Where docs/protocol.md promises it.

    """
    common = [key for key in came if key in wanted]
    expect(common, f"{which} have no trial in common", "the same trials", section)
    for key in common:
        one, other = came[key], wanted[key]
        for step, pair in enumerate(zip(one.observations, other.observations, strict=False)):
            _expect_same(pair, "observation", step, key, which, section)
        for step, pair in enumerate(zip(one.rewards, other.rewards, strict=False), 1):
            _expect_same(pair, "reward", step, key, which, section)
        if one.ended and other.ended:
            expect(
                (one.facts, one.last_stage) == (other.facts, other.last_stage),
                f"{which} end trial {key[1]} of lane {key[0]} differently: {one.ended}",
                str(other.ended),
                section,
            )


def _expect_same(
    pair: tuple[bytes, bytes], what: str, step: int, key: tuple[int, int], which: str, section: str
) -> None:
    expect(
        pair[0] == pair[1],
        f"{which} differ in {what} {step} of trial {key[1]} of lane {key[0]}: "
        + show_numbers(pair[0]),
        show_numbers(pair[1]),
        section,
    )
