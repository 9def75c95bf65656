"""The restart rule DISABLED: a lane is idle after its trial until it is begun again."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import IDLE
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session

group = Group("disabled", "Restart rules")


@group.check("After its LAST a lane shows IDLE, no reward and zeros, however long.")
def _idle(candidate: Candidate) -> None:
    session = candidate.open(seed=60)
    session.play_trials(1)
    for step in range(3):
        frame = session.step(session.any_actions(step))
        expect_equal(int(frame.stages[0, 0]), IDLE, "the stage after LAST")
        expect_equal(float(frame.rewards[0, 0]), 0.0, "the reward of an idle lane")
        expect(not frame.observations.any(), "an observation of an idle lane", "zeros")
        expect(not frame.ended, "an 'ended' while all lanes are idle", "none")


@group.check("A lane that was idle goes on with its next trial when it is begun.")
def _begin_again(candidate: Candidate) -> None:
    lazy, brisk = candidate.twins(seed=61)
    for _ in range(3):
        lazy.play_trials(1)
        lazy.step()
        lazy.step()
        brisk.play_trials(1)
    expect_same_trials(
        lazy.referee.ended_trials, brisk.referee.ended_trials, "with and without idling"
    )
    expect_equal([trial for _, trial in lazy.referee.trials], [0, 1, 2], "the trials played")


def _begin_one_by_one(session: Session) -> None:
    """Begin the lanes a step apart, so that their trials end at different times."""
    for lane in range(session.lane_count):
        session.begin(lanes=[lane])
        session.step()


@group.check("Lanes whose trials go on do not mind those that are idle.")
def _others(candidate: Candidate) -> None:
    lanes = candidate.lanes(4, at_least=2)
    together = candidate.open(lane_count=lanes, seed=62)
    for _ in range(2):
        _begin_one_by_one(together)
        while not together.is_idle:
            together.step()
    for lane in range(lanes):
        alone = candidate.open(first_lane=lane, seed=62)
        alone.play_trials(2)
        alone.close()
        expect_same_trials(
            together.referee.ended_trials, alone.referee.ended_trials, "lanes together and alone"
        )


@group.check("A lane is begun again while others are in mid-trial.", "begin → frame")
def _begin_one(candidate: Candidate) -> None:
    lanes = candidate.lanes(3, at_least=2)
    session = candidate.open(lane_count=lanes, seed=63)
    for _ in range(10):
        _begin_one_by_one(session)
        while not session.is_idle:
            idle = [
                place for place, lane in enumerate(session.referee.lanes) if not lane.is_playing
            ]
            if idle:
                session.begin(lanes=idle)
                stages = session.step().stages[0].tolist()
                expect(IDLE not in stages, f"stages {stages}", f"no {IDLE}: all lanes had trials")
                return
            session.step()
    raise Skipped("trials are so short that no two lanes had one at a time")
