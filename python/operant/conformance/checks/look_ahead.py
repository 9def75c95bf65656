"""Look-ahead: several steps shown and answered at once, where the task allows it."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import FIRST, IDLE, LAST
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("look-ahead", "Look-ahead")


def _open(candidate: Candidate, look_ahead: int, lanes: int = 1, seed: int = 0) -> Session:
    if not candidate.task.allows_look_ahead:
        raise Skipped("the task allows no look-ahead")
    if candidate.limits.look_ahead < look_ahead:
        raise Skipped(f"the server looks ahead {candidate.limits.look_ahead} steps at most")
    return candidate.open(lane_count=candidate.lanes(lanes), seed=seed, look_ahead=look_ahead)


@group.check("Look-ahead is granted where the task allows it, else refused with OUT_OF_RANGE.")
def _allowed(candidate: Candidate) -> None:
    if candidate.limits.look_ahead < 2:
        candidate.refused(candidate.open_request(look_ahead=2), gym_pb2.CODE_LIMIT)
    elif candidate.task.allows_look_ahead:
        expect_equal(_open(candidate, 2).opened.options.look_ahead, 2, "'options.look_ahead'")
    else:
        candidate.refused(candidate.open_request(look_ahead=2), gym_pb2.CODE_OUT_OF_RANGE)


@group.check("Look-ahead 0 and 1 both mean one step at a time.", "open → opened")
def _one(candidate: Candidate) -> None:
    none, one = candidate.open(seed=70, look_ahead=0), candidate.open(seed=70, look_ahead=1)
    expect_equal(none.opened.options.look_ahead, 1, "'options.look_ahead' of 0")
    for session in (none, one):
        session.play_trials(2)
    expect_same_trials(none.referee.trials, one.referee.trials, "look-ahead 0 and 1")


@group.check("A begin shows the first observations at once, every stage of the lane FIRST.")
def _begin(candidate: Candidate) -> None:
    session = _open(candidate, 5, lanes=2, seed=71)
    frame = session.begin()
    expect_equal(frame.stages.tolist(), [[FIRST] * session.lane_count] * 5, "the stages")
    plain = candidate.open(lane_count=session.lane_count, seed=71)
    plain.begin()
    plain.play_steps(4)
    expect_same_trials(session.referee.trials, plain.referee.trials, "with and without look-ahead")


@group.check("Trials are the same with look-ahead as without.")
def _same_trials(candidate: Candidate) -> None:
    for look_ahead in (2, 7):
        ahead = _open(candidate, look_ahead, lanes=3, seed=72)
        ahead.play_trials(3)
        plain = candidate.open(lane_count=ahead.lane_count, seed=72)
        plain.play_trials(3)
        expect_same_trials(
            ahead.referee.ended_trials,
            plain.referee.ended_trials,
            f"with look-ahead {look_ahead} and without",
        )


@group.check("Actions after the end of a trial are ignored, and show IDLE.")
def _after_the_end(candidate: Candidate) -> None:
    session = _open(candidate, 4, seed=73)
    for _ in range(12):
        session.begin()
        while not session.is_idle:
            stages = session.step().stages[:, 0].tolist()
        end = next(place for place, stage in enumerate(stages) if stage & LAST)
        expect_equal(stages[end + 1 :], [IDLE] * (3 - end), "the stages after LAST")
        if end < 3:
            return
    raise Skipped("every trial ended with the last action of its step")


@group.check("Observations beyond the end of the longest trial are zero.")
def _beyond(candidate: Candidate) -> None:
    limit = candidate.open().opened.step_limit
    session = _open(candidate, limit + 3, seed=74)
    frame = session.begin()
    expect(
        not frame.observations[limit:].any(),
        f"observations beyond step {limit - 1}",
        "zeros, the longest trial being over",
    )
    session.step()
    expect(session.is_idle, "a trial under way after all its actions", "its end")


@group.check("A step takes as many actions for each lane as the look-ahead says.")
def _action_count(candidate: Candidate) -> None:
    session = _open(candidate, 3, lanes=2, seed=75)
    session.begin()
    for count in (session.lane_count, 2 * session.lane_count, 4 * session.lane_count):
        actions = [session.actions.any(0)] * count
        session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("A step sent again is answered with all its steps again.", "Exactly once")
def _again(candidate: Candidate) -> None:
    session = _open(candidate, 3, lanes=2, seed=76)
    session.begin()
    frame = session.step()
    expect(session.again().message == frame.message, "another frame", "the same again")
    session.step()
