"""Leases: how long a session outlives its agent's silence."""

import time

from operant.conformance.candidate import Candidate, show_reply
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("leases", "Lost sessions")

_SHORT_MS = 120


def _wait(candidate: Candidate, seconds: float) -> None:
    """Let time pass, and see meanwhile that the server is there."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        candidate.status()
        time.sleep(min(left, 0.02))


@group.check("A session outlives the connection it was opened over.")
def _outlives_connection(candidate: Candidate) -> None:
    wire = candidate.connect()
    session = candidate.open(seed=160, wire=wire)
    session.begin()
    candidate.hang_up(wire)
    _wait(candidate, 0.05)
    session.wire = candidate.connect()
    session.step()


@group.check("A session whose lease has run out is unknown.")
def _runs_out(candidate: Candidate) -> None:
    session, lease = _begun(candidate)
    _wait(candidate, 1.5 * lease)
    request = session.step_request()
    session.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
    session.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
    candidate.expect_body(session.ask(session.close_request()), "closed")


def _begun(candidate: Candidate) -> tuple[Session, float]:
    """Return a session with a short lease, in seconds, in which something has begun."""
    for lease_ms in (_SHORT_MS, 8 * _SHORT_MS, 40 * _SHORT_MS):
        started = time.monotonic()
        session = candidate.open(lease_ms=lease_ms)
        reply = session.ask(session.begin_request())
        if time.monotonic() - started < lease_ms / 1000:
            candidate.expect_body(reply, "frame")
            session.sequence += 1
            return session, lease_ms / 1000
    raise Skipped("this machine is too busy to keep time")


@group.check("A session runs out that nobody ever used.")
def _runs_out_unused(candidate: Candidate) -> None:
    session = candidate.open(lease_ms=_SHORT_MS)
    _wait(candidate, 1.5 * _SHORT_MS / 1000)
    session.refused(session.begin_request(), gym_pb2.CODE_UNKNOWN_SESSION)


@group.check("Every request that names a session renews its lease, repeated and refused ones too.")
def _renewed(candidate: Candidate) -> None:
    for lease_ms in (240, 1000, 4000):
        session = candidate.open(seed=161, lease_ms=lease_ms)
        if _stays(candidate, session, lease_ms / 1000):
            return
    raise Skipped("this machine is too busy to keep time")


def _stays(candidate: Candidate, session: Session, lease: float) -> bool:
    """Name a session now and then for longer than its lease.

    Returns:
        Whether it was done in time. On a busy machine a lease can pass between two requests; with
        a longer one it does not matter.

    """
    named = time.monotonic()
    begin = session.begin_request()
    first = session.ask(begin)
    ahead = session.begin_request()
    ahead.sequence = 8
    for turn in range(6):
        _wait(candidate, 0.4 * lease if turn else 0)
        before = time.monotonic()
        reply = session.ask(ahead if turn % 2 else begin)
        if time.monotonic() - named > lease:
            return False
        named = before
        if turn % 2:
            candidate.expect_refusal(reply, gym_pb2.CODE_SEQUENCE)
        else:
            expect(reply == first, show_reply(reply), "the frame of the request sent again")
    session.sequence += 1
    return True


@group.check("A session that has run out no longer counts.", "status")
def _counts(candidate: Candidate) -> None:
    before = candidate.status().sessions
    sessions = [candidate.open(lease_ms=_SHORT_MS) for _ in range(5)]
    ends = time.monotonic() + max(3.0, candidate.patience.reply)
    while (now := candidate.status().sessions) > before and time.monotonic() < ends:
        _wait(candidate, 0.02)
    expect(now <= before, f"{now - before} of {len(sessions)} sessions still count", "none")


@group.check("The key of a session that ran out opens another.", "Exactly once")
def _key(candidate: Candidate) -> None:
    request = candidate.open_request(lease_ms=_SHORT_MS, key=candidate.key())
    first = candidate.opened(request)
    _wait(candidate, 1.5 * _SHORT_MS / 1000)
    first.refused(first.begin_request(), gym_pb2.CODE_UNKNOWN_SESSION)
    token = candidate.opened(request).token
    expect(token != first.token, "the token of the session that ran out", "another")


@group.check("A lease of 0 is the server's own choice, and lasts.", "open → opened")
def _default(candidate: Candidate) -> None:
    session = candidate.open(lease_ms=0)
    expect(session.opened.options.lease_ms > 0, "'options.lease_ms' 0", "how long it lasts")
    session.begin()
    if session.opened.options.lease_ms > 500:
        _wait(candidate, 0.1)
        session.step()


@group.check("A lease that is asked for is told back.", "open → opened")
def _told(candidate: Candidate) -> None:
    for lease_ms in (1, 777):
        lease = candidate.open(lease_ms=lease_ms).opened.options.lease_ms
        expect_equal(lease, lease_ms, "'options.lease_ms'")
