"""An agent that says what it is told to, right or wrong."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np
import zmq

from operant.v1 import gym_pb2

DISABLED = gym_pb2.RESTART_RULE_DISABLED


class RawAgent:
    """Sends bytes to an endpoint, and reads replies; keeps the numbers of one session."""

    def __init__(self, endpoint: str, kind: int = zmq.DEALER) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(kind)
        self.socket.linger = 0
        self.socket.rcvtimeo = 10_000
        self.socket.connect(endpoint)
        self.token = b""
        self.sequence = 0

    def __enter__(self) -> "RawAgent":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()
        self._context.term()

    def say(self, *parts: bytes) -> list[bytes]:
        """Send a message, and return the parts of what is answered."""
        self.socket.send_multipart(parts)
        return self.socket.recv_multipart()

    def ask(self, request: gym_pb2.Request | bytes) -> gym_pb2.Reply:
        """Send a request, or what is none, and return the reply."""
        data = request if isinstance(request, bytes) else request.SerializeToString()
        return gym_pb2.Reply.FromString(self.say(data)[-1])

    def open(self, task: str, lane_count: int = 1, **options: Any) -> gym_pb2.Reply:
        """Open a session, which is then this agent's."""
        options.setdefault("restart_rule", DISABLED)
        opening = gym_pb2.Open(task=task, lane_count=lane_count, **options)
        reply = self.ask(gym_pb2.Request(sequence=7, open=opening))
        self.token, self.sequence = reply.opened.session, 0
        return reply

    def next(self, **body: Any) -> gym_pb2.Reply:
        """Send the session's next request; its number is used up unless it is refused."""
        reply = self.ask(gym_pb2.Request(sequence=self.sequence + 1, session=self.token, **body))
        if not reply.HasField("refusal"):
            self.sequence += 1
        return reply

    def begin(
        self,
        lanes: Sequence[int] = (),
        trials: Sequence[int] = (),
        conditions: Sequence[int] = (),
    ) -> gym_pb2.Reply:
        """Begin trials."""
        return self.next(
            begin=gym_pb2.Begin(
                lanes=np.array(lanes, "<u4").tobytes(),
                trials=np.array(trials, "<u8").tobytes(),
                conditions=np.array(conditions, "<u4").tobytes(),
            )
        )

    def step(self, *choices: int) -> gym_pb2.Reply:
        """Choose actions."""
        return self.next(step=gym_pb2.Step(choices=bytes(choices)))

    def pull(self, *amounts: float) -> gym_pb2.Reply:
        """Choose amounts."""
        return self.next(step=gym_pb2.Step(amounts=np.array(amounts, "<f4").tobytes()))
