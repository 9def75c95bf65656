"""One session: which request makes sense when, and every request carried out exactly once.

Requests are numbered from 1. The next number is carried out; the last one again is answered again
and not carried out again; any other is refused, and a refused request has not used up its number.

    expects    begin or step                            close
    next       carried out, answered with its frame     closed
    last       answered with the frame it led to        refused
    other      refused                                  refused
"""

from typing import NamedTuple

import numpy as np

from operant.errors import Code
from operant.serving.lanes import Lanes, Order
from operant.serving.refusal import Refusal
from operant.serving.requests import Actions, Beginning, Request
from operant.serving.spaces import Amounts, Choices
from operant.session import DRAWN
from operant.v1 import gym_pb2

_LAST_TRIAL = (1 << 63) - 1
"""There has to be a next trial after any that is asked for, for as long as anybody may play."""


class Outcome(NamedTuple):
    """How a request went."""

    reply: bytes
    judged_count: int = 0
    """How many actions were carried out."""
    ended_count: int = 0
    """How many trials it ended."""
    is_closed: bool = False


class Conversation:
    """A session with one agent."""

    def __init__(
        self, opened: gym_pb2.Opened, lanes: Lanes, actions: Choices | Amounts, name: str
    ) -> None:
        """Begin a session that has been opened."""
        self.opened = opened
        self.lanes = lanes
        self._lane_count: int = opened.options.lane_count
        self._actions = actions
        self._name = name
        self._last_sequence = 0
        self._last_reply = b""

    def carry_out(self, request: Request) -> Outcome:
        """Carry out a request if it is its turn.

        Raises:
            Refusal: It is not, or can't be carried out; the session is then as it was before.

        """
        last = self._last_sequence
        if request.sequence == last and last > 0 and request.kind != "close":
            return Outcome(self._last_reply)
        if request.sequence != last + 1:
            raise Refusal(
                Code.SEQUENCE,
                f"request {request.sequence} came; the next is request {last + 1}, "
                f"and the last, {last}, can be sent again"
                if last
                else f"request {request.sequence} came; the first of a session is request 1",
            )
        reply = gym_pb2.Reply(sequence=request.sequence)
        if request.kind == "close":
            reply.closed.SetInParent()
            return Outcome(reply.SerializeToString(), is_closed=True)
        judged_count = ended_count = 0
        if request.kind == "step":
            self._step(request.body)
            judged_count, ended_count = self.lanes.judged_count, self.lanes.ended_count
        else:
            self.lanes.begin(self._orders(request.body))
        self.lanes.write(reply.frame)
        self._last_reply = reply.SerializeToString()
        self._last_sequence = request.sequence
        return Outcome(self._last_reply, judged_count, ended_count)

    def _orders(self, beginning: Beginning) -> list[Order]:
        lanes = beginning.lanes.tolist() or range(self._lane_count)
        count = len(lanes)
        trials: list[int] = beginning.trials.tolist()
        conditions: list[int] = beginning.conditions.tolist()
        for column, name in ((trials, "trials"), (conditions, "conditions")):
            if column and len(column) != count:
                raise Refusal(
                    Code.MALFORMED,
                    f"'{name}' has {len(column)} numbers; "
                    f"it takes one for each of the {count} lanes, or none",
                )
        stray = next((trial for trial in trials if trial > _LAST_TRIAL), None)
        if stray is not None:
            raise Refusal(
                Code.OUT_OF_RANGE, f"trial {stray} can't be; trials are 0 to {_LAST_TRIAL}"
            )
        return [
            (
                lane,
                trials[index] if trials else None,
                conditions[index] if conditions and conditions[index] != DRAWN else None,
            )
            for index, lane in enumerate(lanes)
        ]

    def _step(self, actions: Actions) -> None:
        if isinstance(self._actions, Choices):
            if actions.amounts is not None:
                raise Refusal(
                    Code.BAD_ACTION,
                    f"amounts came; the actions of {self._name} are choices, "
                    "one byte for each lane",
                )
            self.lanes.step(self.lanes.check_choices(actions.choices), actions.choices)
            return
        if actions.choices:
            raise Refusal(
                Code.BAD_ACTION,
                f"choices came; the actions of {self._name} are amounts, "
                f"{self._actions.width} for each lane",
            )
        amounts = np.empty(0, np.float32) if actions.amounts is None else actions.amounts
        self.lanes.step(self.lanes.check_amounts(amounts), b"")
