"""Bytes that are no request, and strange ones that are."""

import random
from collections.abc import Iterator

from google.protobuf.message import DecodeError

from operant.conformance import fields
from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.frame import expect_same_frame
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("malformed", "MALFORMED")

_HELLO = fields.number(1, 1) + fields.block(3, b"conformance")


def _hello(sequence: int, hello: bytes = _HELLO) -> bytes:
    return fields.number(fields.SEQUENCE, sequence) + fields.block(fields.HELLO, hello)


def _expect_welcome(candidate: Candidate, message: bytes, what: str, sequence: int) -> None:
    reply = candidate.exchange(message, what)
    expect_equal(reply.sequence, sequence, f"the sequence of the reply to {what}")
    candidate.expect_body(reply, "welcome")


@group.check("A message without bytes is refused as malformed, under number 0.")
def _empty(candidate: Candidate) -> None:
    candidate.malformed(b"", "a message of no bytes", 0)


@group.check("A request that breaks off anywhere is refused as malformed.")
def _truncated(candidate: Candidate) -> None:
    whole = _hello(300)
    _expect_welcome(candidate, whole, "a hello", 300)
    for end in range(1, len(whole)):
        candidate.malformed(whole[:end], f"the first {end} of a hello's {len(whole)} bytes")
    _expect_welcome(candidate, whole, "a hello after those that broke off", 300)


@group.check("What can't be read is refused under its own number, if that can.")
def _number(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 300)
    for body in (
        fields.key(fields.HELLO, 2) + b"\x7f",
        fields.block(fields.HELLO, b"\x08"),
        fields.block(fields.DESCRIBE, fields.block(1, b"\xff\xfe")),
        fields.key(fields.STEP, 2),
    ):
        candidate.malformed(head + body, f"number 300 and the bytes {body.hex(' ')}", 300)


@group.check("Random bytes are answered one message for one, and end nothing.")
def _random(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=120)
    session.begin()
    twin.begin()
    source = random.Random(120)
    for _ in range(300):
        message = source.randbytes(source.choice((1, 2, 3, 8, 40, 200)))
        reply = candidate.exchange(message, f"{len(message)} random bytes")
        if not _is_request(message):
            candidate.expect_refusal(reply, gym_pb2.CODE_MALFORMED)
    expect_same_frame(session.step(), twin.step(), "after random bytes")


@group.check("Requests with a byte changed are answered one message for one, and end nothing.")
def _mangled(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=121)
    session.begin()
    twin.begin()
    source = random.Random(121)
    for message in _mangled_requests(candidate, source):
        reply = candidate.exchange(message, f"the bytes {message.hex(' ')}")
        if reply.WhichOneof("body") == "opened":
            # Some changes leave an open that can be met.
            close = gym_pb2.Request(sequence=1, session=reply.opened.session, close=gym_pb2.Close())
            candidate.expect_body(candidate.ask(close), "closed")
        elif not _is_request(message):
            candidate.expect_refusal(reply, gym_pb2.CODE_MALFORMED, gym_pb2.CODE_LIMIT)
    expect_same_frame(session.step(), twin.step(), "after mangled requests")


def _is_request(message: bytes) -> bool:
    """Whether a message might pass for a request: protobuf can read it, and finds a body."""
    try:
        return gym_pb2.Request.FromString(message).WhichOneof("body") is not None
    except DecodeError:
        return False


def _mangled_requests(candidate: Candidate, source: random.Random) -> Iterator[bytes]:
    # Of no session that there is: a change might leave a request that can be carried out.
    whole = [
        candidate.hello(),
        candidate.describe_request(candidate.task_name),
        candidate.open_request(
            settings=[gym_pb2.Setting(name="?", value=[1.0])], key=b"", preset="?"
        ),
        gym_pb2.Request(sequence=5, session=bytes(range(16)), begin=gym_pb2.Begin(lanes=bytes(8))),
        gym_pb2.Request(sequence=5, session=bytes(range(16)), step=gym_pb2.Step(choices=bytes(9))),
    ]
    for _ in range(300):
        message = bytearray(source.choice(whole).SerializeToString())
        for _ in range(source.choice((1, 1, 2, 5))):
            message[source.randrange(len(message))] = source.randrange(256)
        yield bytes(message)


@group.check("A request without a body is refused as malformed, under its number.", "Compatibility")
def _no_body(candidate: Candidate) -> None:
    candidate.malformed(fields.number(fields.SEQUENCE, 41), "a number alone", 41)
    token = fields.block(fields.SESSION, bytes(16))
    candidate.malformed(fields.number(fields.SEQUENCE, 42) + token, "number and token alone", 42)


@group.check("A body that this version does not know is refused as malformed.", "Compatibility")
def _unknown_body(candidate: Candidate) -> None:
    message = fields.number(fields.SEQUENCE, 43) + fields.block(400, b"\x08\x01")
    candidate.malformed(message, "a request with body 400", 43)


@group.check("A request with two bodies is refused as malformed.")
def _two_bodies(candidate: Candidate) -> None:
    status = fields.block(fields.STATUS, b"")
    candidate.malformed(_hello(44) + status, "a hello that is a status too", 44)
    candidate.malformed(_hello(45) + fields.block(fields.HELLO, _HELLO), "two hellos in one", 45)
    candidate.malformed(_hello(46) + 1000 * status, "a thousand and one bodies", 46)


@group.check("A body that is a number and no message is refused as malformed.")
def _body_type(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 47)
    for body in (
        fields.number(fields.HELLO, 1),
        fields.four_bytes(fields.STATUS, bytes(4)),
        fields.eight_bytes(fields.OPEN, bytes(8)),
    ):
        candidate.malformed(head + body, f"a body of the bytes {body.hex(' ')}", 47)


@group.check("A field of another type than the schema's is refused as malformed, on any level.")
def _field_types(candidate: Candidate) -> None:
    number = fields.number(fields.SEQUENCE, 47)
    rule = fields.block(1, candidate.task_name.encode()) + fields.number(6, 1) + fields.number(8, 3)
    for body, what in (
        (_hello(47) + fields.block(fields.SEQUENCE, b"47"), "a sequence of bytes"),
        (_hello(47) + fields.number(fields.SESSION, 1), "a token that is a number"),
        (number + fields.block(fields.HELLO, fields.block(1, b"1")), "a version of bytes"),
        (number + fields.block(fields.DESCRIBE, fields.number(1, 1)), "a task that is a number"),
        (
            number + fields.block(fields.OPEN, rule + fields.eight_bytes(4, bytes(8))),
            "a seed of eight bytes",
        ),
        (
            number + fields.block(fields.OPEN, rule + fields.block(3, fields.number(2, 1))),
            "a setting's value that is a whole number",
        ),
        (number + fields.block(fields.BEGIN, fields.number(1, 0)), "lanes that are a number"),
    ):
        candidate.malformed(body, what)


@group.check("A step whose actions are no bytes is refused as malformed, and takes none.")
def _action_type(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=122)
    session.begin()
    twin.begin()
    head = fields.number(fields.SEQUENCE, 2) + fields.block(fields.SESSION, session.token)
    for content in (fields.number(1, 0), fields.four_bytes(1, bytes(4))):
        candidate.malformed(head + fields.block(fields.STEP, content), "a step without bytes", 2)
    expect_same_frame(session.step(), twin.step(), "after steps without actions")


@group.check("Fields of number 0, and of types that proto3 has not, are refused as malformed.")
def _no_fields(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 48)
    hello = fields.block(fields.HELLO, _HELLO)
    for field, what in (
        (fields.number(0, 0), "a field of number 0"),
        (fields.key(1000, 3) + fields.key(1000, 4), "a group"),
        (fields.key(1000, 4), "the end of a group"),
        (fields.key(1000, 6), "a field of type 6"),
        (fields.key(1000, 7), "a field of type 7"),
    ):
        candidate.malformed(head + field + hello, what, 48)


@group.check("Parts nested a hundred thousand times end nothing.")
def _nesting(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 49)
    deep = min(100_000, candidate.limits.message_bytes // 4)
    candidate.malformed(head + fields.key(1000, 3) * deep, "groups within groups")
    nested = b""
    for _ in range(min(200, deep // 10)):
        nested = fields.block(fields.OPEN, nested)
    reply = candidate.exchange(head + nested, "an open within an open")
    candidate.expect_body(reply, "refusal")
    _expect_welcome(candidate, _hello(50), "a hello", 50)


@group.check("A length beyond the message, however large, is refused as malformed.")
def _lengths(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 51)
    for length in (100, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1):
        body = fields.key(fields.HELLO, 2) + fields.varint(length) + _HELLO
        candidate.malformed(head + body, f"a hello that claims {length} bytes")
        inner = fields.block(fields.STEP, fields.key(1, 2) + fields.varint(length) + b"\0")
        candidate.malformed(head + inner, f"actions that claim {length} bytes")


@group.check("A number of more than ten bytes is refused as malformed.")
def _long_number(candidate: Candidate) -> None:
    for number in (b"\x80" * 10 + b"\x01", b"\xff" * 11):
        message = fields.key(fields.SEQUENCE, 0) + number + fields.block(fields.HELLO, _HELLO)
        candidate.malformed(message, "a number of eleven bytes")


@group.check("Text that is not UTF-8 is refused as malformed, in every field that is text.")
def _not_utf8(candidate: Candidate) -> None:
    for text in (b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf0\x9f"):
        for body, what in _texts(text):
            candidate.malformed(fields.number(1, 52) + body, f"{what} of {text.hex(' ')}", 52)


@group.check("Text with a zero byte in it is refused as malformed, in every field that is text.")
def _zero_byte(candidate: Candidate) -> None:
    for body, what in _texts(b"rdm\0fixed"):
        candidate.malformed(fields.number(1, 53) + body, f"{what} with a zero byte", 53)


def _texts(text: bytes) -> list[tuple[bytes, str]]:
    """Return bodies with this text in one of their fields."""
    rule = fields.number(6, 1) + fields.number(8, 1)
    return [
        (fields.block(fields.HELLO, fields.number(1, 1) + fields.block(3, text)), "a software"),
        (fields.block(fields.DESCRIBE, fields.block(1, text)), "a task to describe"),
        (fields.block(fields.OPEN, fields.block(1, text) + rule), "a task to open"),
        (fields.block(fields.OPEN, fields.block(2, text) + rule), "a preset"),
        (
            fields.block(fields.OPEN, fields.block(3, fields.block(1, text)) + rule),
            "a setting's name",
        ),
    ]


@group.check("Columns that are no whole number of entries are refused as malformed.")
def _columns(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    for body in (
        {"begin": gym_pb2.Begin(lanes=bytes(3))},
        {"begin": gym_pb2.Begin(lanes=bytes(4), trials=bytes(7))},
        {"begin": gym_pb2.Begin(lanes=bytes(4), conditions=bytes(5))},
        {"step": gym_pb2.Step(amounts=bytes(3))},
    ):
        session.refused(session.request(**body), gym_pb2.CODE_MALFORMED)
    session.step()


@group.check("Fields that are not known are ignored, at every level.", "Compatibility")
def _unknown_fields(candidate: Candidate) -> None:
    unknown = (
        fields.number(1000, 7)
        + fields.eight_bytes(1001, bytes(8))
        + fields.block(1002, b"of the future")
        + fields.four_bytes(1003, bytes(4))
    )
    message = unknown + _hello(54, unknown + _HELLO + unknown) + unknown
    _expect_welcome(candidate, message, "a hello with fields of the future", 54)

    plain = candidate.open(seed=123)
    request = candidate.open_request(seed=123)
    opening = request.open.SerializeToString() + unknown
    head = fields.number(fields.SEQUENCE, request.sequence)
    reply = candidate.exchange(head + fields.block(fields.OPEN, opening) + unknown, "an open")
    candidate.expect_body(reply, "opened")
    token = reply.opened.session
    for sequence, body, wanted in (
        (1, fields.block(fields.BEGIN, unknown), plain.begin()),
        (
            2,
            fields.block(
                fields.STEP, unknown + plain.step_request().step.SerializeToString() + unknown
            ),
            plain.step(),
        ),
        (3, fields.block(fields.CLOSE, unknown), None),
    ):
        head = fields.number(fields.SEQUENCE, sequence) + fields.block(fields.SESSION, token)
        reply = candidate.exchange(head + body + unknown, f"request {sequence} of a session")
        if wanted is None:
            candidate.expect_body(reply, "closed")
            continue
        candidate.expect_body(reply, "frame")
        expect(reply.frame == wanted.message, "another frame", "the one without unknown fields")


@group.check("Fields may come in any order, and of a number given twice the later counts.")
def _any_order(candidate: Candidate) -> None:
    body = fields.block(fields.HELLO, fields.block(3, b"me") + fields.number(1, 1))
    message = body + fields.number(fields.SEQUENCE, 55)
    _expect_welcome(candidate, message, "a hello before its number", 55)
    message = fields.number(fields.SEQUENCE, 1) + message
    _expect_welcome(candidate, message, "a hello with two numbers", 55)


@group.check("A number may be written with more bytes than it needs.")
def _wide_number(candidate: Candidate) -> None:
    message = fields.key(fields.SEQUENCE, 0) + b"\xb8\x80\x80\x00"
    message += fields.block(fields.HELLO, _HELLO)
    _expect_welcome(candidate, message, "a number of four bytes", 56)


@group.check("A restart rule of many bytes, or negative, is refused as malformed.", "open → opened")
def _strange_rule(candidate: Candidate) -> None:
    head = fields.number(fields.SEQUENCE, 57)
    for rule in (1 << 31, (1 << 64) - 1, 1 << 8):
        opening = fields.block(1, candidate.task_name.encode()) + fields.number(6, 1)
        message = head + fields.block(fields.OPEN, opening + fields.number(8, rule))
        candidate.malformed(message, f"restart rule {rule}", 57)
