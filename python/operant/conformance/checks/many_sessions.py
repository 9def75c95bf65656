"""Many sessions at once, on one socket and on many."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import NEXT_STEP, SAME_STEP, Frame, expect_same_frame
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("sessions", "Sockets and envelopes")


def _how_many(candidate: Candidate, wanted: int) -> int:
    """Return how many sessions to open: as many as wanted, or as there is room for."""
    room = candidate.limits.sessions - candidate.status().sessions
    if room < 2:
        raise Skipped("the server has no room for two sessions")
    return min(wanted, room)


def _reference(candidate: Candidate, seeds: list[int], steps: int) -> list[list[Frame]]:
    """Return the frames of sessions that are played one after the other."""
    frames = []
    for seed in seeds:
        session = candidate.open(NEXT_STEP, seed=seed)
        frames.append([session.begin(), *session.play_steps(steps)])
        session.close()
    return frames


@group.check("Sessions that are played by turns on one socket do not mind each other.")
def _interleaved(candidate: Candidate) -> None:
    seeds = [170 + index for index in range(_how_many(candidate, 8))]
    wanted = _reference(candidate, seeds, 10)
    sessions = [candidate.open(NEXT_STEP, seed=seed) for seed in seeds]
    for turn in range(11):
        for index, session in enumerate(sessions):
            frame = session.play_steps(1)[-1] if turn else session.begin()
            where = f"turn {turn} of session {index} of {len(sessions)}"
            expect_same_frame(frame, wanted[index][turn], where)


@group.check("Sessions on sockets of their own, all at once, each hear their own replies.")
def _sockets(candidate: Candidate) -> None:
    seeds = [200 + index for index in range(_how_many(candidate, 64))]
    wanted = _reference(candidate, seeds, 3)
    sessions = [candidate.open(NEXT_STEP, seed=seed, wire=candidate.connect()) for seed in seeds]
    for turn in range(4):
        requests = [s.step_request() if turn else s.begin_request() for s in sessions]
        for session, request in zip(sessions, requests, strict=True):
            session.wire.send(request.SerializeToString())
        for index, (session, request) in enumerate(zip(sessions, requests, strict=True)):
            what = f"request {request.sequence} of session {index} of {len(sessions)}"
            reply = candidate.expect_body(candidate.receive(what, session.wire), "frame")
            expect(
                reply.frame == wanted[index][turn].message,
                f"another frame in reply to {what}",
                "the one that this session's seed gives",
            )
            _follow(session, request, wanted[index][turn])


def _follow(session: Session, request: gym_pb2.Request, frame: Frame) -> None:
    """Take note of a request that was sent and answered by hand."""
    if request.HasField("step"):
        session.referee.judge_step(session.choose(), frame)
    else:
        session.referee.judge_begin((), (), (), frame)
    session.sequence += 1


@group.check("Requests of many sessions in flight on one socket are paired by their sequences.")
def _in_flight(candidate: Candidate) -> None:
    seeds = [300 + index for index in range(_how_many(candidate, 16))]
    wanted = _reference(candidate, seeds, 4)
    sessions = [candidate.open(NEXT_STEP, seed=seed) for seed in seeds]
    # Session k begins trial 0 k times more than once, so that no two are at the same number.
    for extra, session in enumerate(sessions):
        for _ in range(extra):
            session.begin(trials=[0])
        session.begin(trials=[0])
    for turn in range(1, 5):
        requests = {s.sequence + 1: (index, s.step_request()) for index, s in enumerate(sessions)}
        expect_equal(len(requests), len(sessions), "the number of different sequences")
        for _, request in requests.values():
            candidate.wire.send(request.SerializeToString())
        for _ in sessions:
            reply = candidate.receive("one of many requests in flight")
            expect(
                reply.sequence in requests,
                f"a reply with sequence {reply.sequence}",
                f"one of {sorted(requests)}, which were asked",
            )
            index, request = requests.pop(reply.sequence)
            candidate.expect_body(reply, "frame")
            expect(
                reply.frame == wanted[index][turn].message,
                f"another session's frame in reply to request {reply.sequence}",
                "the frame of the session that asked",
            )
            _follow(sessions[index], request, wanted[index][turn])


@group.check("What is refused in one session changes nothing in another.", "Refusals")
def _refused_beside(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=173)
    bad = candidate.open(seed=173)
    for player in (session, twin, bad):
        player.begin()
    for _ in range(5):
        bad.refused(bad.begin_request(lanes=[99_999]), gym_pb2.CODE_OUT_OF_RANGE)
        expect_same_frame(
            session.play_steps(1)[-1], twin.play_steps(1)[-1], "beside a session that is refused"
        )


@group.check("Sessions of different rules and layouts are played side by side.")
def _different(candidate: Candidate) -> None:
    lanes = candidate.lanes(3)
    layouts = [(rule, count) for rule in (1, 2, 3) for count in {1, lanes}]
    together = [candidate.open(rule, lane_count=n, seed=174) for rule, n in layouts]  # type: ignore[arg-type]
    for session in together:
        session.begin()
    for _ in range(30):
        for session in together:
            session.play_steps(1)
    alone = candidate.open(SAME_STEP, lane_count=lanes, seed=174)
    alone.begin()
    alone.play_steps(30)
    for session in together:
        expect_same_trials(
            session.referee.trials, alone.referee.trials, "sessions side by side and one alone"
        )


@group.check("A session can be played from two sockets by turns.", "Lost sessions")
def _two_sockets(candidate: Candidate) -> None:
    session, twin = candidate.twins(NEXT_STEP, seed=175)
    wires = (candidate.connect(), candidate.connect())
    session.begin()
    twin.begin()
    for turn in range(8):
        session.wire = wires[turn % 2]
        expect_same_frame(
            session.play_steps(1)[-1], twin.play_steps(1)[-1], f"turn {turn} from two sockets"
        )
