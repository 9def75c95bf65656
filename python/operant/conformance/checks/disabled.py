"""The restart rule DISABLED: a lane is idle after its trial until it is begun again."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import IDLE
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group

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


@group.check("Lanes whose trials go on do not mind one that is idle.")
def _others(candidate: Candidate) -> None:
    lanes = candidate.lanes(4, at_least=2)
    together = candidate.open(lane_count=lanes, seed=62)
    together.play_trials(3)
    for lane in range(lanes):
        alone = candidate.open(first_lane=lane, seed=62)
        alone.play_trials(3)
        expect_same_trials(
            together.referee.ended_trials, alone.referee.ended_trials, "lanes together and alone"
        )
    lengths = [len(record.rewards) for record in together.referee.ended_trials.values()]
    if len(set(lengths)) == 1:
        raise Skipped("all trials were of one length, so that no lane had to wait")


@group.check("A lane is begun again while others are in mid-trial.", "begin → frame")
def _begin_one(candidate: Candidate) -> None:
    lanes = candidate.lanes(3, at_least=2)
    session = candidate.open(lane_count=lanes, seed=63)
    session.begin()
    for _ in range(2 * session.opened.step_limit):
        session.step()
        idle = [lane for lane, state in enumerate(session.referee.lanes) if not state.is_playing]
        if idle and len(idle) < lanes:
            session.begin(lanes=idle)
            stages = session.step().stages[0].tolist()
            expect(IDLE not in stages, f"stages {stages}", f"no {IDLE}: every lane has a trial")
            return
        if len(idle) == lanes:
            session.begin()
    raise Skipped("all trials ended together, so that no lane had to wait")
