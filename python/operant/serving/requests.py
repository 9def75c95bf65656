"""Bytes → requests, trusting nothing."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from operant.client import Limits, RestartRule
from operant.errors import Code
from operant.serving.outline import Outline
from operant.serving.refusal import Refusal
from operant.v1 import gym_pb2

TOKEN_BYTES = 16
MOST_SETTINGS = 256
MOST_NUMBERS = 256
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Opening:
    """How an agent wants a session opened; zero and empty leave the choice to the server."""

    task: str
    preset: str
    settings: tuple[str, ...]
    """The names of what is to differ from the preset."""
    time_step_ms: int
    restart_rule: RestartRule
    lane_count: int
    look_ahead: int
    lease_ms: int
    key: bytes
    wants_replay: bool
    message: gym_pb2.Open = field(repr=False)
    """The whole of it."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The trials to begin, column by column."""

    lanes: npt.NDArray[np.uint32]
    """Empty: every lane."""
    trials: npt.NDArray[np.uint64]
    """Empty: on each lane the one after its last."""
    conditions: npt.NDArray[np.uint32]
    """Empty, or `DRAWN` for a lane: drawn."""


class Actions(NamedTuple):
    """The actions of all lanes: choices or amounts."""

    choices: bytes
    amounts: npt.NDArray[np.float32] | None
    """None if none came."""


class Request(NamedTuple):
    """A request that can be read; whether it can be met is another question."""

    sequence: int
    session: bytes
    """Empty if none is named."""
    kind: str
    """The name of its body's field."""
    body: Any


def read_request(data: bytes, limits: Limits) -> Request:
    """Read a request.

    Raises:
        Refusal: It is none, or holds what none can.

    """
    if len(data) > limits.message_bytes:
        raise Refusal(
            Code.LIMIT,
            f"the message has {len(data)} bytes; this server reads up to {limits.message_bytes}",
        )
    outline = Outline(data)
    if outline.is_too_much:
        raise Refusal(
            Code.LIMIT,
            f"the message has {len(data)} bytes but takes too much memory to read; "
            "send fewer parts in it",
        )
    try:
        message = gym_pb2.Request.FromString(data) if outline.is_complete else None
    except (DecodeError, ValueError):
        message = None
    if message is None:
        raise Refusal(Code.MALFORMED, f"these {len(data)} bytes are not a request of operant.v1")
    if outline.bodies != 1:
        raise Refusal(
            Code.MALFORMED,
            f"the request has {outline.bodies} bodies; send one at a time"
            if outline.bodies
            else "the request has no body this server knows; "
            "send one of hello, describe, open, begin, step, close, status",
        )
    session = message.session
    if session and len(session) != TOKEN_BYTES:
        raise Refusal(
            Code.MALFORMED,
            f"'session' has {len(session)} bytes; a token has {TOKEN_BYTES}, as 'opened' gave it",
        )
    kind = message.WhichOneof("body") or ""
    return Request(message.sequence, session, kind, _body(kind, message, limits.name_bytes))


def _body(kind: str, message: gym_pb2.Request, names: int) -> Any:
    if kind == "step":
        return _actions(message.step)
    if kind == "begin":
        begin = message.begin
        return Beginning(
            _column(begin.lanes, "lanes", "<u4"),
            _column(begin.trials, "trials", "<u8"),
            _column(begin.conditions, "conditions", "<u4"),
        )
    if kind == "open":
        return _opening(message.open, names)
    if kind == "hello":
        _text(message.hello.software, "software", names)
        return message.hello
    if kind == "describe":
        return _text(message.describe.task, "task", names)
    return None


def _actions(step: gym_pb2.Step) -> Actions:
    if not step.amounts:
        return Actions(step.choices, None)
    if step.choices:
        raise Refusal(
            Code.MALFORMED,
            "the step has choices and amounts; a task's actions are one or the other",
        )
    amounts = _column(step.amounts, "amounts", "<f4")
    if not np.isfinite(amounts).all():
        stray = int(np.flatnonzero(~np.isfinite(amounts))[0])
        raise Refusal(
            Code.BAD_ACTION,
            f"amount {stray} is {amounts[stray]}; an amount has to be a finite number",
        )
    return Actions(b"", amounts)


def _opening(message: gym_pb2.Open, names: int) -> Opening:
    try:
        rule = RestartRule(message.restart_rule)
    except ValueError:
        rules = ", ".join(f"{rule.value} {rule.name}" for rule in RestartRule)
        raise Refusal(
            Code.MALFORMED, f"'restart_rule' is {message.restart_rule}; it can be {rules}"
        ) from None
    if len(message.key) > LONGEST_KEY:
        raise Refusal(
            Code.LIMIT, f"'key' has {len(message.key)} bytes; it can have at most {LONGEST_KEY}"
        )
    return Opening(
        task=_text(message.task, "task", names),
        preset=_text(message.preset, "preset", names),
        settings=_settings(message, names),
        time_step_ms=message.time_step_ms,
        restart_rule=rule,
        lane_count=message.lane_count,
        look_ahead=message.look_ahead,
        lease_ms=message.lease_ms,
        key=message.key,
        wants_replay=message.HasField("replay"),
        message=message,
    )


def _settings(message: gym_pb2.Open, names: int) -> tuple[str, ...]:
    if len(message.settings) > MOST_SETTINGS:
        raise Refusal(
            Code.LIMIT,
            f"'settings' has {len(message.settings)} entries; it can have at most {MOST_SETTINGS}",
        )
    found = []
    for setting in message.settings:
        found.append(_text(setting.name, "settings.name", names))
        if len(setting.value) > MOST_NUMBERS:
            raise Refusal(
                Code.LIMIT,
                f"'settings.value' has {len(setting.value)} numbers; "
                f"it can have at most {MOST_NUMBERS}",
            )
        for value in setting.value:
            if not np.isfinite(value):
                raise Refusal(
                    Code.BAD_SETTING,
                    f"'settings.value' is {value}; it has to be a finite number",
                )
    return tuple(found)


def _text(text: str, name: str, limit: int) -> str:
    size = len(text.encode())
    if size > limit:
        raise Refusal(Code.LIMIT, f"'{name}' has {size} bytes; it can have at most {limit}")
    if "\0" in text:
        raise Refusal(Code.MALFORMED, f"'{name}' holds a zero byte, which no text may")
    return text


def _column(column: bytes, name: str, kind: str) -> npt.NDArray[Any]:
    width = int(kind[2:])
    if len(column) % width:
        raise Refusal(
            Code.MALFORMED,
            f"'{name}' has {len(column)} bytes; its numbers have {width} bytes each",
        )
    return np.frombuffer(column, kind)
