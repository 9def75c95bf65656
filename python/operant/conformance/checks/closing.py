"""Closing a session, and what is left of it."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("close", "What may follow what")


@group.check("A session that was closed is unknown to whatever comes after.")
def _closes(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    session.close()
    session.sequence += 1
    for request in (session.begin_request(), session.step_request()):
        session.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
    session.refused(session.last_request, gym_pb2.CODE_UNKNOWN_SESSION)


@group.check("A session may be closed before anything has begun, and in mid-trial.")
def _any_time(candidate: Candidate) -> None:
    for begins in (0, 1, 2):
        session = candidate.open()
        for _ in range(begins):
            session.begin()
        session.close()


@group.check("Closing again is answered as closing was.")
def _twice(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    request = session.close_request()
    for _ in range(3):
        candidate.expect_body(session.ask(request), "closed")
    # And by somebody whose socket was lost.
    candidate.expect_body(candidate.ask(request, candidate.connect()), "closed")


@group.check("Closing a session that nobody knows is answered with closed.")
def _unknown(candidate: Candidate) -> None:
    request = gym_pb2.Request(sequence=7, session=bytes(range(16)), close=gym_pb2.Close())
    candidate.expect_body(candidate.ask(request), "closed")


@group.check("A close out of its turn is refused with SEQUENCE, and the session lives.")
def _out_of_turn(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    for sequence in (0, 1, 3):
        request = session.close_request()
        request.sequence = sequence
        session.refused(request, gym_pb2.CODE_SEQUENCE)
    session.step()
    session.close()


@group.check("A close without a session is refused with UNKNOWN_SESSION.")
def _no_session(candidate: Candidate) -> None:
    request = gym_pb2.Request(sequence=1, close=gym_pb2.Close())
    candidate.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)


@group.check("Closing one session leaves the others alone.")
def _others(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=30)
    session.begin()
    twin.begin()
    session.close()
    twin.step()


@group.check("The key of a session that was closed opens another.", "Exactly once")
def _key(candidate: Candidate) -> None:
    request = candidate.open_request(key=candidate.key())
    first = candidate.opened(request)
    first.close()
    second = candidate.opened(request)
    expect(second.token != first.token, "the token of the session that was closed", "another")
    second.begin()
