"""Trials are a function of seed, lane and number, whatever else is played, and however."""

from operant.conformance import draws
from operant.conformance.candidate import Candidate
from operant.conformance.findings import Broken, Skipped, expect, expect_equal
from operant.conformance.frame import NEXT_STEP, SAME_STEP
from operant.conformance.referee import TrialRecord, expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session

group = Group("seeds", "Which trials are played")

_Trials = dict[tuple[int, int], TrialRecord]


def _play(candidate: Candidate, seed: int, lanes: int = 4, trials: int = 2) -> Session:
    session = candidate.open(lane_count=candidate.lanes(lanes), seed=seed)
    session.play_trials(trials)
    return session


def _look(record: TrialRecord) -> object:
    """Return what can be told of a trial before it has been answered."""
    assert record.ended is not None
    return (record.observations, record.ended.condition)


@group.check("The same seed gives the same trials, bit for bit.")
def _same_seed(candidate: Candidate) -> None:
    for seed in (1, (1 << 64) - 1):
        one, other = _play(candidate, seed), _play(candidate, seed)
        expect_same_trials(one.referee.trials, other.referee.trials, f"two sessions of seed {seed}")
        one.close()
        other.close()


@group.check("Another seed gives other trials.")
def _other_seed(candidate: Candidate) -> None:
    one, other = _play(candidate, 140), _play(candidate, 141)
    if all(
        _look(record) == _look(other.referee.trials[key])
        for key, record in one.referee.trials.items()
    ):
        looks = [_look(record) for record in one.referee.trials.values()]
        if all(look == looks[0] for look in looks):
            raise Skipped("all trials of the task look the same")
        raise Broken("the same trials under seeds 140 and 141", "others")


@group.check("Lanes of one seed play different trials, and so do trials of one lane.")
def _different_trials(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(4), seed=142)
    # The same actions everywhere, so that what differs was drawn.
    for _ in range(4):
        session.begin()
        step = 0
        while not session.is_idle:
            session.step([session.actions.any(142, step)] * session.lane_count)
            step += 1
    looks = {key: _look(record) for key, record in session.referee.ended_trials.items()}
    if all(look == looks[0, 0] for look in looks.values()):
        raise Skipped("all trials of the task look the same")
    for what, place in (("lanes", 0), ("trials", 1)):
        if what == "trials" or session.lane_count > 1:
            differ = any(
                look != looks[(0, key[1]) if place == 0 else (key[0], 0)]
                for key, look in looks.items()
            )
            expect(differ, f"the same trials for all {what}", "different ones")


@group.check("Conditions are drawn by Philox, as the protocol says every server draws them.")
def _documented_conditions(candidate: Candidate) -> None:
    for seed, first_lane in ((0, 0), (143, 1 << 40), ((1 << 64) - 1, 5)):
        session = candidate.open(lane_count=candidate.lanes(6), seed=seed, first_lane=first_lane)
        session.play_trials(2)
        far = [1 << 33] * session.lane_count
        session.play_trials(1, trials=far)
        session.close()
        count = len(session.opened.task.conditions)
        for (lane, trial), record in session.referee.ended_trials.items():
            assert record.ended is not None
            expect_equal(
                record.ended.condition,
                draws.condition(seed, lane, trial, count),
                f"the condition of trial {trial} of lane {lane} under seed {seed}",
            )


@group.check("One session of eight lanes plays what eight sessions of one lane play.")
def _single_lanes(candidate: Candidate) -> None:
    lanes = candidate.lanes(8, at_least=2)
    together = _play(candidate, 144, lanes=lanes, trials=1)
    for lane in range(lanes):
        alone = candidate.open(first_lane=lane, seed=144)
        alone.play_trials(1)
        alone.close()
        expect_same_trials(
            alone.referee.trials, together.referee.trials, "a lane alone and among others"
        )


@group.check("Lanes shared out among sessions play what one session of all plays.")
def _lane_groups(candidate: Candidate) -> None:
    lanes = candidate.lanes(8, at_least=2)
    together = candidate.open(NEXT_STEP, lane_count=lanes, seed=145)
    together.play_trials(2)
    parts: _Trials = {}
    first = 0
    for count in (min(3, lanes - 1), lanes - min(3, lanes - 1)):
        part = candidate.open(NEXT_STEP, lane_count=count, first_lane=first, seed=145)
        part.play_trials(2)
        part.close()
        parts |= part.referee.trials
        first += count
    expect_same_trials(parts, together.referee.trials, "two groups of lanes and one session")


@group.check("Trials are the same under every restart rule.")
def _rules(candidate: Candidate) -> None:
    disabled = _play(candidate, 146)
    for rule in (NEXT_STEP, SAME_STEP):
        session = candidate.open(rule, lane_count=disabled.lane_count, seed=146)
        session.play_trials(2)
        session.close()
        expect_same_trials(
            session.referee.ended_trials, disabled.referee.ended_trials, "two restart rules"
        )


@group.check("A trial is the same whatever was played before it.")
def _any_order(candidate: Candidate) -> None:
    straight = _play(candidate, 147, lanes=2, trials=4)
    wanted = dict(straight.referee.ended_trials)
    backwards = candidate.open(lane_count=straight.lane_count, seed=147)
    for trial in (3, 1, 2, 1, 0, 3):
        order = [trial] * backwards.lane_count
        backwards.play_trials(1, trials=order)
        expect_same_trials(backwards.referee.ended_trials, wanted, "trials in two orders")


@group.check("A trial is the same whatever was done in the trials before it.")
def _other_actions(candidate: Candidate) -> None:
    session, other = candidate.twins(lane_count=candidate.lanes(3), seed=148)
    session.play_trials(1)
    other.begin()
    step = 0
    while not other.is_idle:
        step += 1
        other.step(other.any_actions(148, step))
    session.play_trials(1)
    other.play_trials(1)
    for key in [key for key in other.referee.trials if key[1] == 0]:
        del other.referee.trials[key]
    expect_same_trials(other.referee.trials, session.referee.trials, "trial 1 after two trials 0")


@group.check("Asking for the condition that would be drawn changes nothing.")
def _asked_as_drawn(candidate: Candidate) -> None:
    drawn = _play(candidate, 149)
    asked = candidate.open(lane_count=drawn.lane_count, seed=149)
    for trial in range(2):
        conditions = []
        for lane in range(drawn.lane_count):
            told = drawn.referee.trials[lane, trial].ended
            assert told is not None
            conditions.append(told.condition)
        asked.play_trials(1, conditions=conditions)
    expect_same_trials(asked.referee.trials, drawn.referee.trials, "conditions drawn and asked for")


@group.check("Trials are the same after the agent has come back over other sockets.")
def _reconnects(candidate: Candidate) -> None:
    steady, roaming = candidate.twins(NEXT_STEP, lane_count=candidate.lanes(2), seed=150)
    for session in (steady, roaming):
        session.begin()
    for _ in range(15):
        wire = candidate.connect()
        roaming.wire = wire
        roaming.play_steps(1)
        candidate.hang_up(wire)
        steady.play_steps(1)
    expect_same_trials(roaming.referee.trials, steady.referee.trials, "one socket and many")


@group.check("A lost session's trials come again in another, of that seed.", "Lost sessions")
def _replayed(candidate: Candidate) -> None:
    lost = candidate.open(lane_count=candidate.lanes(2), seed=151)
    lost.play_trials(2)
    lost.begin()
    lost.play_steps(1)
    trials = [state.trial for state in lost.referee.lanes]
    lost.close()
    found = candidate.open(lane_count=lost.lane_count, seed=151)
    found.begin(trials=trials)
    while not found.is_idle:
        found.step()
    expect_same_trials(found.referee.trials, lost.referee.trials, "a lost session and another")
