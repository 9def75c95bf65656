"""Every request is carried out exactly once, however often it is sent."""

from operant.conformance.candidate import Candidate, show_reply
from operant.conformance.findings import expect, expect_equal
from operant.conformance.frame import NEXT_STEP, SAME_STEP, expect_same_frame
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("exactly-once", "Exactly once")

_SEQUENCE = gym_pb2.CODE_SEQUENCE


def _twin_steps(session: Session, twin: Session, count: int = 5) -> None:
    """Step both, which have to go on the same."""
    for step in range(count):
        where = f"{step + 1} steps later"
        expect_same_frame(session.play_steps(1)[-1], twin.play_steps(1)[-1], where)


@group.check("A begin sent again is answered with the same frame, and begins nothing.")
def _begin_again(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=90)
    frame = session.begin()
    twin.begin()
    for _ in range(3):
        expect_same_frame(session.again(), frame, "answering a begin again")
    _twin_steps(session, twin)
    session.play_trials(1)
    twin.play_trials(1)
    expect_same_trials(session.referee.trials, twin.referee.trials, "a session and its twin")


@group.check("A step sent again is answered with the same frame, and takes no action.")
def _step_again(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=91)
    for player in (session, twin):
        player.begin()
    for _ in range(12):
        frame = session.play_steps(1)[-1]
        twin.play_steps(1)
        expect_same_frame(session.again(), frame, "answering a step again")
        expect_same_frame(session.again(), frame, "answering a step for the third time")
    _twin_steps(session, twin)


@group.check("A step that ended trials tells of them again when it is sent again.")
def _ended_again(candidate: Candidate) -> None:
    session, twin = candidate.twins(SAME_STEP, lane_count=candidate.lanes(2), seed=92)
    for player in (session, twin):
        player.begin()
    while not (frame := session.step()).ended:
        twin.step()
    twin.step()
    expect_same_frame(session.again(), frame, "answering a trial's last step again")
    _twin_steps(session, twin)


@group.check("The last number with other content is not carried out.")
def _other_content(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=93)
    for player in (session, twin):
        player.begin()
    frame = session.step()
    twin.step()
    for request in (session.step_request(session.any_actions(1)), session.begin_request()):
        request.sequence = session.sequence
        reply = session.ask(request)
        if reply.WhichOneof("body") == "refusal":
            candidate.expect_refusal(reply, _SEQUENCE)
        else:
            expect(reply.frame == frame.message, show_reply(reply), "the same frame, or SEQUENCE")
    _twin_steps(session, twin)


@group.check("The last request can be sent again over another socket, and play goes on there.")
def _other_socket(candidate: Candidate) -> None:
    wire = candidate.connect()
    session = candidate.open(lane_count=candidate.lanes(2), seed=94, wire=wire)
    twin = candidate.open(lane_count=session.lane_count, seed=94)
    for player in (session, twin):
        player.begin()
    frame = session.step()
    twin.step()
    candidate.hang_up(wire)
    session.wire = candidate.connect()
    expect_same_frame(session.again(), frame, "on another socket")
    _twin_steps(session, twin)


@group.check("A request whose reply nobody heard has been carried out once.")
def _unheard(candidate: Candidate) -> None:
    session, twin = candidate.twins(NEXT_STEP, lane_count=candidate.lanes(2), seed=95)
    for player in (session, twin):
        player.begin()
    for step in range(4):
        request = session.step_request()
        deaf = candidate.connect()
        deaf.send(request.SerializeToString())
        # The reply is on its way or has come; it goes the way of its socket.
        deaf.poll(0.05)
        candidate.hang_up(deaf)
        frame = session.play_steps(1)[-1]
        expect_same_frame(frame, twin.play_steps(1)[-1], f"step {step + 1}, sent twice,")


@group.check("A request sent twice without waiting is answered twice and carried out once.")
def _twice_at_once(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=96)
    for player in (session, twin):
        player.begin()
    message = session.step_request().SerializeToString()
    session.wire.send(message)
    session.wire.send(message)
    replies = [candidate.receive("a step that was sent twice") for _ in range(2)]
    for reply in replies:
        candidate.expect_body(reply, "frame")
    expect(replies[0] == replies[1], "two frames that differ", "the same frame twice")
    expect_same_frame(session.step(), twin.step(), "after a step that was sent twice")
    _twin_steps(session, twin)


@group.check("The first request of a session is request 1.")
def _first(candidate: Candidate) -> None:
    session = candidate.open()
    for sequence in (0, 2, (1 << 64) - 1):
        request = session.begin_request()
        request.sequence = sequence
        session.refused(request, _SEQUENCE)
    session.begin()


@group.check("A request ahead of its turn is refused with SEQUENCE, and changes nothing.")
def _gap(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=97)
    for player in (session, twin):
        player.begin()
    for ahead in (1, 2, 1 << 32):
        for request in (session.step_request(), session.begin_request()):
            request.sequence += ahead
            session.refused(request, _SEQUENCE)
    _twin_steps(session, twin)


@group.check("A request before the last is refused with SEQUENCE, and changes nothing.")
def _earlier(candidate: Candidate) -> None:
    session, twin = candidate.twins(lane_count=candidate.lanes(2), seed=98)
    for player in (session, twin):
        player.begin()
        player.play_steps(3)
    for back in (2, 3, 4):
        request = session.step_request()
        request.sequence = max(0, session.sequence + 1 - back)
        if request.sequence == session.sequence:
            continue
        session.refused(request, _SEQUENCE)
    _twin_steps(session, twin)


@group.check("A refused request has not used up its number.")
def _number_not_used(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2))
    session.refused(session.begin_request(lanes=[9999]), gym_pb2.CODE_OUT_OF_RANGE)
    session.begin()
    session.refused(
        session.step_request([session.actions.any(0)] * (session.lane_count + 1)),
        gym_pb2.CODE_BAD_ACTION,
    )
    session.step()
    request = session.step_request()
    request.sequence += 1
    session.refused(request, _SEQUENCE)
    session.step()


@group.check("After a refusal the last request can still be sent again.")
def _again_after_refusal(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2), seed=99)
    session.begin()
    frame = session.step()
    actions = [session.actions.any(0)] * (session.lane_count + 1)
    session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)
    expect_same_frame(session.again(), frame, "after a refusal")


@group.check("An open sent again under the same key answers the same session.")
def _key(candidate: Candidate) -> None:
    request = candidate.open_request(seed=100, key=candidate.key())
    session = candidate.opened(request)
    session.begin()
    frame = session.step()
    for wire in (candidate.wire, candidate.connect()):
        reply = candidate.expect_body(candidate.ask(request, wire), "opened")
        expect(reply.opened == session.opened, "another session", "the one that has this key")
    request.open.seed, request.open.task = 7, "no task has this name"
    reply = candidate.expect_body(candidate.ask(request), "opened")
    expect(reply.opened == session.opened, "another session", "the one that has this key")
    expect_same_frame(session.again(), frame, "after its open was sent again")
    session.step()


@group.check("Different keys, and no key at all, open different sessions.")
def _other_keys(candidate: Candidate) -> None:
    key = candidate.key(63)
    keys = [b"", b"", key, key + b"\0", key + b"\1", b"\0" + key, key[:1] + b"\0"]
    tokens = [candidate.open(key=key).token for key in keys]
    expect_equal(len(set(tokens)), len(keys), "the number of sessions")
