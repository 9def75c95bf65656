"""Limits: what the server said it enforces, it enforces, and says so."""

import time

from operant.conformance import fields
from operant.conformance.candidate import Candidate, close_request
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("limits", "Limits")

_LIMIT = gym_pb2.CODE_LIMIT
_MOST_BYTES = 256 << 20
_MOST_NUMBER = (1 << 32) - 1


def _padded_hello(sequence: int, byte_count: int) -> bytes:
    """Return a hello that a field of the future makes so long."""
    head = fields.number(fields.SEQUENCE, sequence) + fields.block(
        fields.HELLO, fields.number(1, 1)
    )
    # The padding's own length takes as many bytes as it takes.
    padding = byte_count - len(head) - len(fields.key(1000, 2))
    padding -= len(fields.varint(padding))
    message = head + fields.block(1000, bytes(padding))
    return message if len(message) == byte_count else message + fields.number(1001, 0)


def _message_bytes(candidate: Candidate) -> int:
    limit = candidate.limits.message_bytes
    if limit > _MOST_BYTES:
        raise Skipped(f"messages of {limit} bytes are too long to be tried")
    return limit


@group.check("A message of as many bytes as the limit says is read.")
def _longest_message(candidate: Candidate) -> None:
    limit = _message_bytes(candidate)
    message = _padded_hello(1, limit)
    reply = candidate.exchange(message, f"a message of {len(message)} bytes")
    candidate.expect_body(reply, "welcome")


@group.check("A message longer than the limit is refused with LIMIT, under its number.")
def _too_long_message(candidate: Candidate) -> None:
    limit = _message_bytes(candidate)
    message = _padded_hello(130, limit + 100)
    reply = candidate.exchange(message, f"a message of {len(message)} bytes")
    candidate.expect_refusal(reply, _LIMIT)
    expect_equal(reply.sequence, 130, "the sequence of the reply")
    candidate.expect_body(candidate.ask(candidate.hello()), "welcome")


@group.check("A message longer than twice the limit troubles nobody but its sender.")
def _far_too_long_message(candidate: Candidate) -> None:
    limit = _message_bytes(candidate)
    other = candidate.connect()
    candidate.ask(candidate.hello(), other)
    sender = candidate.connect()
    sender.send(bytes(2 * limit + 1))
    for _ in range(3):
        candidate.expect_body(candidate.ask(candidate.hello(), other), "welcome")
    candidate.hang_up(sender)
    candidate.expect_body(candidate.ask(candidate.hello(), candidate.connect()), "welcome")


@group.check("A message of very many small parts is refused, and not choked on.")
def _many_small_parts(candidate: Candidate) -> None:
    count = min(400_000, candidate.limits.message_bytes // 2 - 100)
    opening = fields.block(1, candidate.task_name.encode()) + fields.number(6, 1)
    opening += fields.number(8, 1) + fields.block(3, b"") * count
    message = fields.number(fields.SEQUENCE, 131) + fields.block(fields.OPEN, opening)
    reply = candidate.exchange(message, f"an open with {count} empty settings")
    candidate.expect_refusal(reply, _LIMIT, gym_pb2.CODE_BAD_SETTING, gym_pb2.CODE_MALFORMED)
    candidate.expect_body(candidate.ask(candidate.hello()), "welcome")


@group.check("More lanes than the limit says are refused with LIMIT.")
def _lanes(candidate: Candidate) -> None:
    limit = candidate.limits.lanes_per_session
    for lanes in {min(limit + 1, _MOST_NUMBER), _MOST_NUMBER} - {limit}:
        candidate.refused(candidate.open_request(lane_count=lanes), _LIMIT)


@group.check("A look-ahead beyond the limit is refused with LIMIT.")
def _look_ahead(candidate: Candidate) -> None:
    limit = candidate.limits.look_ahead
    for steps in {min(limit + 1, _MOST_NUMBER), _MOST_NUMBER} - {limit}:
        candidate.refused(candidate.open_request(look_ahead=steps), _LIMIT)


@group.check("A lease longer than the limit is refused with LIMIT, one as long is granted.")
def _lease(candidate: Candidate) -> None:
    limit = candidate.limits.longest_lease_ms
    expect_equal(candidate.open(lease_ms=limit).opened.options.lease_ms, limit, "the lease")
    if limit < _MOST_NUMBER:
        candidate.refused(candidate.open_request(lease_ms=limit + 1), _LIMIT)
        candidate.refused(candidate.open_request(lease_ms=_MOST_NUMBER), _LIMIT)


@group.check("Frames of more numbers than the limit says are refused with LIMIT.")
def _frame_numbers(candidate: Candidate) -> None:
    limits = candidate.limits
    size = sum(channel.width for channel in candidate.task.channels)
    look_ahead = limits.look_ahead if candidate.task.allows_look_ahead else 1
    lanes = limits.frame_numbers // (look_ahead * size) + 1
    if lanes > limits.lanes_per_session:
        raise Skipped("no session that the other limits allow has frames so large")
    request = candidate.open_request(lane_count=lanes, look_ahead=look_ahead)
    candidate.refused(request, _LIMIT)


@group.check("Text longer than the limit is refused with LIMIT, text as long is read.")
def _names(candidate: Candidate) -> None:
    limit = candidate.limits.name_bytes
    if limit > 1 << 20:
        raise Skipped(f"names of {limit} bytes are too long to be tried")
    for length, code in ((limit, gym_pb2.CODE_UNKNOWN_TASK), (limit + 1, _LIMIT)):
        candidate.refused(candidate.describe_request("n" * length), code)
        candidate.refused(candidate.open_request(task="n" * length), code)
    # Bytes are counted, and not letters.
    candidate.refused(candidate.describe_request("é" * (limit // 2 + 1)), _LIMIT)
    hello = candidate.hello()
    hello.hello.software = "n" * (limit + 1)
    candidate.refused(hello, _LIMIT)
    candidate.refused(candidate.open_request(preset="n" * (limit + 1)), _LIMIT)
    settings = [gym_pb2.Setting(name="n" * (limit + 1), value=[1.0])]
    candidate.refused(candidate.open_request(settings=settings), _LIMIT)


@group.check(
    "A key of more than 64 bytes is refused with LIMIT, one of 64 is taken.", "Exactly once"
)
def _key(candidate: Candidate) -> None:
    candidate.refused(candidate.open_request(key=candidate.key(65)), _LIMIT)
    request = candidate.open_request(key=candidate.key(64))
    token = candidate.opened(request).token
    expect_equal(candidate.ask(request).opened.session, token, "the session of that key")


@group.check("More sessions than the limit says are refused for now, until one is closed.")
def _sessions(candidate: Candidate) -> None:
    limit = candidate.limits.sessions
    if limit > 2048:
        raise Skipped(f"{limit} sessions are too many to be tried")
    tokens: list[bytes] = []
    started = time.monotonic()
    room = limit - candidate.status().sessions
    while (reply := candidate.ask(candidate.open_request())).HasField("opened"):
        tokens.append(reply.opened.session)
        expect(len(tokens) <= room, f"{len(tokens)} sessions in room for {room}", "a refusal LIMIT")
        if len(tokens) == 32 and (time.monotonic() - started) * room / 32 > 10:
            raise Skipped(f"{room} sessions of this task take too long to open")
    candidate.expect_refusal(reply, _LIMIT)
    expect(reply.refusal.can_retry, "'can_retry' false", "true: a session may be closed")
    candidate.expect_body(candidate.ask(close_request(tokens[0], 1)), "closed")
    candidate.open().begin()
