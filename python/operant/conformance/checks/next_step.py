"""The restart rule NEXT_STEP: the step after a trial's last shows the next trial's first frame."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect_equal
from operant.conformance.frame import FIRST, LAST, NEXT_STEP
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session

group = Group("next-step", "Restart rules")


def _to_the_end(session: Session) -> None:
    """Step the only lane until its trial has ended."""
    while not session.step().stages[0, 0] & LAST:
        pass


@group.check("The step after a lane's LAST shows FIRST of its next trial, and no reward.")
def _restart(candidate: Candidate) -> None:
    session = candidate.open(NEXT_STEP, seed=40)
    session.begin()
    for trial in range(3):
        expect_equal(session.referee.lanes[0].trial, trial, "the trial under way")
        _to_the_end(session)
        frame = session.step()
        expect_equal(int(frame.stages[0, 0]), FIRST, "the stage after LAST")
        expect_equal(float(frame.rewards[0, 0]), 0.0, "the reward of FIRST")


@group.check("The action of the step that restarts a lane is ignored.")
def _ignored_action(candidate: Candidate) -> None:
    session, twin = candidate.twins(NEXT_STEP, seed=41)
    for player in (session, twin):
        player.begin()
    for trial in range(3):
        _to_the_end(session)
        _to_the_end(twin)
        session.step(session.any_actions(trial))
        twin.step(twin.any_actions(trial, 1))
    for player in (session, twin):
        _to_the_end(player)
    expect_same_trials(
        session.referee.trials, twin.referee.trials, "restarts with different actions"
    )


@group.check("Every trial is the one that a fresh begin would have shown.")
def _same_trials(candidate: Candidate) -> None:
    restarted = candidate.open(NEXT_STEP, lane_count=candidate.lanes(3), seed=42)
    restarted.play_trials(3)
    begun = candidate.open(lane_count=restarted.lane_count, seed=42)
    begun.play_trials(3)
    expect_same_trials(
        restarted.referee.ended_trials, begun.referee.ended_trials, "NEXT_STEP and DISABLED"
    )


@group.check("A lane can be begun between its LAST and its restart.", "begin → frame")
def _begin_after_last(candidate: Candidate) -> None:
    session = candidate.open(NEXT_STEP, seed=43)
    session.begin()
    _to_the_end(session)
    session.begin(trials=[9])
    _to_the_end(session)
    session.step()
    expect_equal(session.referee.lanes[0].trial, 10, "the trial after trial 9")
