"""Status: what the server counts."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.frame import IDLE, LAST, MIDDLE, NEXT_STEP
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("status", "status")


@group.check("Any agent may ask for the status at any time, on a connection of its own.")
def _any_time(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    request = gym_pb2.Request(sequence=9, status=gym_pb2.Status())
    reply = candidate.expect_body(candidate.ask(request, candidate.connect()), "status")
    expect(reply.status.sessions >= 1, "no sessions, with one open", "at least one")
    session.step()


@group.check("Every request counts, refused ones and those answered again too.")
def _requests(candidate: Candidate) -> None:
    session = candidate.open()
    before = candidate.status().requests
    session.begin()
    session.again()
    candidate.refused(candidate.describe_request("?"), gym_pb2.CODE_UNKNOWN_TASK)
    candidate.malformed(b"\xff", "a byte 0xff")
    # And the first status itself.
    expect_equal(candidate.status().requests - before, 5, "the number of requests counted")


@group.check("Every refusal counts, and nothing else.")
def _refusals(candidate: Candidate) -> None:
    session = candidate.open()
    before = candidate.status().refusals
    session.begin()
    session.refused(session.begin_request(lanes=[99_999]), gym_pb2.CODE_OUT_OF_RANGE)
    candidate.refused(candidate.describe_request("?"), gym_pb2.CODE_UNKNOWN_TASK)
    candidate.malformed(b"\xff", "a byte 0xff")
    session.step()
    expect_equal(candidate.status().refusals - before, 3, "the number of refusals counted")


@group.check("Sessions that are open count, until they are closed.")
def _sessions(candidate: Candidate) -> None:
    before = candidate.status().sessions
    sessions = [candidate.open() for _ in range(3)]
    expect_equal(candidate.status().sessions - before, 3, "the number of sessions opened")
    for session in sessions:
        session.close()
    expect_equal(candidate.status().sessions, before, "the number of sessions after closing")


@group.check("Every action that was judged counts as a lane-step, once.")
def _lane_steps(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(3), seed=180)
    session.begin()
    before = candidate.status().lane_steps
    judged = 0
    for _ in range(20):
        stages = session.step().stages
        judged += int((stages & (MIDDLE | LAST) != 0).sum())
        session.again()
        if (stages == IDLE).all():
            break
    expect_equal(candidate.status().lane_steps - before, judged, "the number of lane-steps counted")


@group.check("Every trial that has ended counts, once.")
def _trials(candidate: Candidate) -> None:
    session = candidate.open(NEXT_STEP, lane_count=candidate.lanes(3), seed=181)
    before = candidate.status().trials
    session.begin()
    # Left without a trace.
    session.begin()
    ended = 0
    while ended < 3:
        ended += len(session.step().ended)
        session.again()
    expect_equal(candidate.status().trials - before, ended, "the number of trials counted")


@group.check("The time since the server started goes on, and it says what it is.")
def _up_time(candidate: Candidate) -> None:
    first, second = candidate.status(), candidate.status()
    expect(
        second.uptime_ms >= first.uptime_ms,
        f"{second.uptime_ms} ms after {first.uptime_ms} ms",
        "time that does not run back",
    )
    expect(first.software, "no software", "its name and version")
    expect_equal(first.software, candidate.welcome.software, "'status.software'")


@group.check("No step is said to be under way when nobody steps.")
def _is_stepping(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    session.step()
    expect(not candidate.status().is_stepping, "'is_stepping' with nothing under way", "false")
