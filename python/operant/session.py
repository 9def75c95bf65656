"""A session: lanes of a task that one agent plays."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from operant.connection import Connection
from operant.errors import MalformedReplyError, OperantError, RefusedError
from operant.task import Task
from operant.v1 import gym_pb2

FIRST, MIDDLE, LAST, TERMINATED, TRUNCATED, IDLE = 1, 2, 4, 8, 16, 32
"""Where in its trial a lane is; values are added up."""

DRAWN = 0xFFFF_FFFF
"""Stands for a condition that the server is to draw."""

NO_ACTION = 255
"""Stands where an action could, and none does."""

ENDINGS = ("", "correct", "error", "abort", "miss", "truncated", "completed")
"""How a trial ended, by the number on the wire."""


@dataclass(slots=True)
class EndedTrials:
    """The trials that ended in a frame, in the order of step, then lane: a column each."""

    lanes: npt.NDArray[np.uint32]
    trials: npt.NDArray[np.uint64]
    conditions: npt.NDArray[np.uint32]
    endings: npt.NDArray[np.uint8]
    choices: npt.NDArray[np.uint8]
    """The action that ended it; `NO_ACTION` if none did."""
    step_counts: npt.NDArray[np.uint32]
    facts: npt.NDArray[np.float32]
    """[trial × fact]; not a number where a fact has no answer."""
    final_observations: npt.NDArray[np.float32]
    """[trial × number] under SAME_STEP, otherwise empty."""


@dataclass(slots=True)
class Frame:
    """One time step of every lane; with look-ahead, several."""

    observations: npt.NDArray[np.float32]
    """[step × lane × number]; without look-ahead [lane × number]."""
    rewards: npt.NDArray[np.float32]
    """[step × lane]; without look-ahead [lane]."""
    stages: npt.NDArray[np.uint8]
    """[step × lane]; without look-ahead [lane]."""
    ended: EndedTrials | None
    ideal_actions: npt.NDArray[np.uint8] | None
    """[step × lane]; without look-ahead [lane]; `None` unless the session was opened with them."""


class Session:
    """Lanes of a task under way: begin trials, step through them, close.

    Requests are numbered, and a number is used up when the reply has come. Not for several threads
    at once.
    """

    def __init__(self, connection: Connection, opened: gym_pb2.Opened, task: Task) -> None:
        """Take over a session that has been opened; use `Client.open`."""
        options = opened.options
        self.task = task
        """The task under the parameters it was opened with."""
        self.lane_count: int = options.lane_count
        self.look_ahead: int = max(1, options.look_ahead)
        self.time_step_ms: int = options.time_step_ms
        self.seed: int = options.seed
        self.step_limit: int = opened.step_limit
        """The most actions a trial can take."""
        self._connection = connection
        self._with_ideal_actions = options.with_ideal_actions
        self._same_step = options.restart_rule == gym_pb2.RESTART_RULE_SAME_STEP
        self._fact_count = len(task.facts)
        self._size = task.observation_size
        if opened.observation_size != self._size:
            raise MalformedReplyError(
                "the server contradicts itself about the size of an observation"
            )
        lanes = (self.lane_count,) if self.look_ahead == 1 else (self.look_ahead, self.lane_count)
        self._shape = lanes
        self._observation_shape = (*lanes, self._size)
        self._entries = self.look_ahead * self.lane_count
        # Filled in again for every step.
        self._step = gym_pb2.Request(session=opened.session)
        self._choices = self._step.step
        # In a list, so that the farewell of a session that is dropped knows it.
        self._last = [0]
        # What was sent and not answered: the server may have carried it out.
        self._unanswered: bytes | None = None
        self._farewell = weakref.finalize(
            self, _take_leave, connection, bytes(opened.session), self._last
        )

    def begin(
        self,
        lanes: Sequence[int] | npt.NDArray[np.integer] = (),
        trials: Sequence[int] | npt.NDArray[np.integer] = (),
        conditions: Sequence[int] | npt.NDArray[np.integer] = (),
    ) -> Frame:
        """Begin a trial on each of the lanes named.

        Args:
            lanes: Counted from 0 within the session; empty: every lane.
            trials: Their numbers; empty: the one after the lane's last.
            conditions: The numbers of their conditions; empty, or `DRAWN` for a lane: drawn.

        """
        self._settle()
        request = self._next()
        request.begin.lanes = np.asarray(lanes, "<u4").tobytes()
        request.begin.trials = np.asarray(trials, "<u8").tobytes()
        request.begin.conditions = np.asarray(conditions, "<u4").tobytes()
        return self._frame(request)

    def step(self, choices: bytes) -> Frame:
        """Carry out the actions of all lanes, a byte each, [step × lane] of them."""
        self._step.sequence = self._last[0] + 1
        self._choices.choices = choices
        if self._unanswered is not None:
            self._check_repetition(self._step)
        return self._frame(self._step)

    def step_amounts(self, amounts: npt.NDArray[np.float32]) -> Frame:
        """Carry out continuous actions, [step × lane × width] of them."""
        request = self._next()
        request.step.amounts = np.asarray(amounts, "<f4").tobytes()
        if self._unanswered is not None:
            self._check_repetition(request)
        return self._frame(request)

    def close(self) -> None:
        """Tell the server that nobody will come back; only the first time does anything."""
        if self._farewell.detach() is None:
            return
        self._settle()
        request = self._next()
        request.close.SetInParent()
        self._connection.ask(request)

    def _next(self) -> gym_pb2.Request:
        return gym_pb2.Request(sequence=self._last[0] + 1, session=self._step.session)

    def _check_repetition(self, request: gym_pb2.Request) -> None:
        """Refuse another step under a number that may be used up."""
        if request.SerializeToString() != self._unanswered:
            raise OperantError(
                "the last request was not answered, and may have been carried out; "
                "choose the same action again, or call reset()"
            )

    def _settle(self) -> None:
        """Find out about a request that was not answered, so that its number is used up."""
        if self._unanswered is not None:
            request = gym_pb2.Request.FromString(self._unanswered)
            self._connection.ask(request)
            self._last[0] += 1
            self._unanswered = None

    def _frame(self, request: gym_pb2.Request) -> Frame:
        try:
            reply = self._connection.ask(request)
        except RefusedError:
            self._unanswered = None
            raise
        except BaseException:
            self._unanswered = request.SerializeToString()
            raise
        if not reply.HasField("frame"):
            raise MalformedReplyError(
                f"{self._connection.endpoint} answered with {reply.WhichOneof('body')!r}, "
                "where only 'frame' makes sense"
            )
        frame = reply.frame
        try:
            # Copied, so that nobody else has them and they can be written to.
            read = Frame(
                np.frombuffer(frame.observations, "<f4").reshape(self._observation_shape).copy(),
                np.frombuffer(frame.rewards, "<f4").reshape(self._shape).copy(),
                np.frombuffer(frame.stages, "u1").reshape(self._shape),
                self._ended(frame.ended) if frame.HasField("ended") else None,
                np.frombuffer(frame.ideal_actions, "u1").reshape(self._shape)
                if self._with_ideal_actions
                else None,
            )
        except ValueError as error:
            raise MalformedReplyError(
                f"a frame of {self._connection.endpoint} does not fit the session: {error}"
            ) from None
        self._last[0] += 1
        self._unanswered = None
        return read

    def _ended(self, ended: gym_pb2.EndedTrials) -> EndedTrials:
        lanes = np.frombuffer(ended.lanes, "<u4")
        count = len(lanes)
        conditions = np.frombuffer(ended.conditions, "<u4")
        # A newer server may have endings we don't know; they are neither right nor wrong.
        endings = np.minimum(np.frombuffer(ended.endings, "u1"), len(ENDINGS) - 1)
        read = EndedTrials(
            lanes,
            np.frombuffer(ended.trials, "<u8"),
            conditions,
            endings,
            np.frombuffer(ended.choices, "u1"),
            np.frombuffer(ended.step_counts, "<u4"),
            np.frombuffer(ended.facts, "<f4").reshape(count, self._fact_count),
            np.frombuffer(ended.final_observations, "<f4").reshape(
                count if self._same_step else 0, self._size
            ),
        )
        if not (
            len(read.trials)
            == len(conditions)
            == len(endings)
            == len(read.choices)
            == len(read.step_counts)
            == count
        ):
            raise ValueError("the columns of 'ended' differ in length")
        if count and not (
            lanes.max() < self.lane_count
            and conditions.max() < len(self.task.conditions)
            and endings.min() > 0
        ):
            raise ValueError("'ended' names a lane, condition or ending that there is not")
        return read


def _take_leave(connection: Connection, token: bytes, last: list[int]) -> None:
    """Tell the server that nobody will come back to a session that was dropped."""
    request = gym_pb2.Request(sequence=last[0] + 1, session=token)
    request.close.SetInParent()
    connection.tell(request)
