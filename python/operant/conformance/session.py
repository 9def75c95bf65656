"""A session at the server under examination, every frame of which a referee judges."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from operant.conformance.findings import Broken
from operant.conformance.frame import DISABLED, SAME_STEP, Frame, Shape, read_frame
from operant.conformance.playing import Action, Actions
from operant.conformance.referee import Referee
from operant.conformance.wire import Wire
from operant.v1 import gym_pb2

if TYPE_CHECKING:
    from operant.conformance.candidate import Candidate


class Session:
    """Lanes that are begun and stepped, by the numbers."""

    def __init__(
        self, candidate: "Candidate", wanted: gym_pb2.Open, opened: gym_pb2.Opened, wire: Wire
    ) -> None:
        """Take over a session that has been opened as wanted; use `Candidate.open`."""
        self._candidate = candidate
        self.wire = wire
        """Where its requests are sent; another can be put in its place at any time."""
        self.opened = opened
        self.token: bytes = opened.session
        self.sequence = 0
        """The number of the last request that was carried out."""
        # What was asked for is what the session is held to, whatever `opened.options` say.
        self.lane_count: int = wanted.lane_count
        self.look_ahead: int = max(1, wanted.look_ahead)
        self.actions = Actions(opened.task)
        self.shape = Shape(
            self.look_ahead,
            self.lane_count,
            sum(channel.width for channel in opened.task.channels),
            len(opened.task.facts),
            wanted.restart_rule == SAME_STEP,
            wanted.with_ideal_actions,
        )
        self.referee = Referee(
            rule=int(wanted.restart_rule),
            first_lane=wanted.first_lane,
            lane_count=self.lane_count,
            step_limit=opened.step_limit,
            condition_count=len(opened.task.conditions),
        )
        self.last_request = gym_pb2.Request()

    # MARK: requests, to be sent or spoilt

    def request(self, **body: object) -> gym_pb2.Request:
        """Return a request under the session's next number."""
        return gym_pb2.Request(
            sequence=self.sequence + 1,
            session=self.token,
            **body,  # type: ignore[arg-type]
        )

    def begin_request(
        self,
        lanes: Sequence[int] = (),
        trials: Sequence[int] = (),
        conditions: Sequence[int] = (),
    ) -> gym_pb2.Request:
        """Return the next request, a begin."""
        return self.request(
            begin=gym_pb2.Begin(
                lanes=np.array(lanes, "<u4").tobytes(),
                trials=np.array(trials, "<u8").tobytes(),
                conditions=np.array(conditions, "<u4").tobytes(),
            )
        )

    def step_request(self, actions: Sequence[Action] | None = None) -> gym_pb2.Request:
        """Return the next request, a step; of the suite's own actions unless others are given."""
        return self.request(
            step=self.actions.step(self.choose() if actions is None else list(actions))
        )

    def close_request(self) -> gym_pb2.Request:
        """Return the next request, a close."""
        return self.request(close=gym_pb2.Close())

    def choose(self) -> list[Action]:
        """Return what the suite does next on every lane, [step × lane]."""
        referee = self.referee
        return [
            self.actions.choose(
                referee.first_lane + lane, state.trial, state.step + ahead, referee.step_limit
            )
            for ahead in range(self.look_ahead)
            for lane, state in enumerate(referee.lanes)
        ]

    def any_actions(self, *words: int) -> list[Action]:
        """Return actions for every lane that are a function of `words`."""
        count = self.look_ahead * self.lane_count
        return [self.actions.any(*words, place) for place in range(count)]

    # MARK: asking

    def ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        """Send a request as it is, and return the reply."""
        return self._candidate.ask(request, self.wire)

    def frame(self, request: gym_pb2.Request) -> Frame:
        """Send a request as it is, and return the frame it is answered with, judged by nobody."""
        reply = self._candidate.expect_body(self.ask(request), "frame")
        return read_frame(reply.frame, self.shape)

    def refused(self, request: gym_pb2.Request, *codes: int) -> gym_pb2.Refusal:
        """Send a request as it is, which has to be refused with one of these codes."""
        return self._candidate.expect_refusal(self.ask(request), *codes)

    def again(self) -> Frame:
        """Send the last request once more."""
        return self.frame(self.last_request)

    def _carry_out(self, request: gym_pb2.Request) -> Frame:
        frame = self.frame(request)
        self.sequence += 1
        self.last_request = request
        return frame

    def begin(
        self,
        lanes: Sequence[int] = (),
        trials: Sequence[int] = (),
        conditions: Sequence[int] = (),
    ) -> Frame:
        """Begin trials, and hold the frame to it."""
        frame = self._carry_out(self.begin_request(lanes, trials, conditions))
        self.referee.judge_begin(lanes, trials, conditions, frame)
        return frame

    def step(self, actions: Sequence[Action] | None = None) -> Frame:
        """Step, and hold the frame to it; by the suite's own actions unless others are given."""
        chosen = self.choose() if actions is None else list(actions)
        frame = self._carry_out(self.step_request(chosen))
        self.referee.judge_step(chosen, frame)
        return frame

    def close(self) -> None:
        """Close the session."""
        self._candidate.expect_body(self.ask(self.close_request()), "closed")
        self._candidate.forget(self)

    # MARK: playing

    @property
    def is_idle(self) -> bool:
        """Whether no lane has a trial under way."""
        return not any(state.is_playing for state in self.referee.lanes)

    def play_steps(self, count: int) -> list[Frame]:
        """Step so many times; lanes that are idle are begun again once all of them are."""
        frames = []
        for _ in range(count):
            if self.is_idle and self.referee.rule == DISABLED:
                frames.append(self.begin())
            frames.append(self.step())
        return frames

    def play_trials(
        self,
        count: int,
        *,
        lanes: Sequence[int] = (),
        trials: Sequence[int] = (),
        conditions: Sequence[int] = (),
    ) -> None:
        """Begin all lanes, and step until each has ended so many trials.

        Under DISABLED they are begun again, in the same way, when all are idle.
        """
        referee = self.referee
        enough = [ends + count for ends in referee.ends]

        def is_over() -> bool:
            return all(ends >= wanted for ends, wanted in zip(referee.ends, enough, strict=True))

        self.begin(lanes, trials, conditions)
        # Each trial takes step_limit steps at most, and one to restart.
        for _ in range(count * (referee.step_limit + 1)):
            self.step()
            if not self.is_idle and referee.rule == DISABLED:
                continue
            if is_over():
                return
            if self.is_idle and referee.rule == DISABLED:
                self.begin(lanes, trials, conditions)
        raise Broken(
            f"after {count * (referee.step_limit + 1)} steps a lane had not ended {count} trials",
            f"trials of at most {referee.step_limit} actions, opened.step_limit",
            "step → frame",
        )
