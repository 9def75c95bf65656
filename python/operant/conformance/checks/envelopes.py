"""Sockets of other kinds, and what comes before a request in its message."""

import zmq

from operant.conformance import fields
from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("envelopes", "Sockets and envelopes")


@group.check("A plain REQ socket is served, from hello to close.")
def _req(candidate: Candidate) -> None:
    wire = candidate.connect(zmq.REQ)
    candidate.expect_body(candidate.ask(candidate.hello(), wire), "welcome")
    session = candidate.open(wire=wire)
    session.begin()
    session.step()
    session.close()


@group.check("A DEALER is served without the empty part of a REQ, and with it.")
def _dealer(candidate: Candidate) -> None:
    for envelope in ((), (b"",)):
        _expect_returned(candidate, *envelope)


@group.check("Up to seven parts before the request are returned as they came.")
def _parts(candidate: Candidate) -> None:
    for parts in (
        (b"a name",),
        (b"\0\1\2\xff", b"", b"another"),
        (b"", b"", b""),
        (b"x" * 255, b"y" * 10_000, b""),
        tuple(bytes([place]) for place in range(7)),
    ):
        _expect_returned(candidate, *parts)


def _expect_returned(candidate: Candidate, *envelope: bytes) -> None:
    request = candidate.hello()
    what = f"a hello after {len(envelope)} parts"
    candidate.wire.send(*envelope, request.SerializeToString())
    *came, last = candidate.wire.receive(what)
    expect(
        came == list(envelope),
        f"a reply after parts {[part[:20] for part in came]}",
        f"after {[part[:20] for part in envelope]}, as they came",
    )
    reply = candidate.read(last, what)
    expect_equal(reply.sequence, request.sequence, f"the sequence of the reply to {what}")
    candidate.expect_body(reply, "welcome")


@group.check("A request after twenty parts is answered after them all, or refused as malformed.")
def _many_parts(candidate: Candidate) -> None:
    request = candidate.hello()
    parts = [bytes([place]) for place in range(20)]
    candidate.wire.send(*parts, request.SerializeToString())
    *came, last = candidate.wire.receive("a hello after 20 parts")
    reply = candidate.read(last, "a hello after 20 parts")
    if came != parts or reply.WhichOneof("body") != "welcome":
        candidate.expect_refusal(reply, gym_pb2.CODE_MALFORMED)
    expect_equal(reply.sequence, request.sequence, "the sequence of the reply")
    candidate.expect_body(candidate.ask(candidate.hello()), "welcome")


@group.check("Every message gets exactly one reply, however many are sent at once.")
def _one_for_one(candidate: Candidate) -> None:
    # Not more than a server may keep for somebody who does not listen.
    count = 32
    for sequence in range(1, count + 1):
        message = (
            fields.number(fields.SEQUENCE, sequence)
            if sequence % 3 == 0
            else candidate.hello(sequence=sequence).SerializeToString()
        )
        candidate.wire.send(message)
    came = [candidate.receive(f"one of {count} messages sent at once") for _ in range(count)]
    expect_equal(
        sorted(reply.sequence for reply in came), list(range(1, count + 1)), "the sequences"
    )
    for reply in came:
        candidate.expect_body(reply, "welcome" if reply.sequence % 3 else "refusal")
    expect(not candidate.wire.poll(0.02), "one more reply than there were messages", "none more")


@group.check("Agents that leave without hearing their replies trouble nobody.")
def _leaving(candidate: Candidate) -> None:
    for _ in range(20):
        wire = candidate.connect()
        for _ in range(5):
            wire.send(candidate.hello().SerializeToString())
        candidate.hang_up(wire)
    candidate.expect_body(candidate.ask(candidate.hello()), "welcome")
