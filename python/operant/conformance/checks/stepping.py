"""Stepping: how trials go on and end, and which actions can't be taken."""

import numpy as np

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import (
    IDLE,
    LAST,
    NEXT_STEP,
    TERMINATED,
    TRUNCATED,
    name_stage,
)
from operant.conformance.playing import Action
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("step", "step → frame")

_BAD = "BAD_ACTION"


def _played(candidate: Candidate, trials: int = 3, seed: int = 20) -> Session:
    """Return a session in which trials have ended on several lanes."""
    session = candidate.open(NEXT_STEP, lane_count=candidate.lanes(4), seed=seed)
    session.play_trials(trials)
    return session


@group.check("A step before any trial has begun is refused with NOTHING_BEGUN.")
def _before_begin(candidate: Candidate) -> None:
    session = candidate.open()
    session.refused(session.step_request(), gym_pb2.CODE_NOTHING_BEGUN)
    session.begin()
    session.step()


@group.check("A trial under way shows MIDDLE after each action, and LAST after its last.", "Frames")
def _stages(candidate: Candidate) -> None:
    session = candidate.open(seed=21)
    session.begin()
    steps = 0
    while not session.is_idle:
        frame = session.step()
        steps += 1
        stage = int(frame.stages[0, 0])
        expect(bool(stage & LAST) == session.is_idle, name_stage(stage), "MIDDLE until LAST")
    expect(steps <= session.opened.step_limit, f"{steps} steps in a trial", "the step limit")


@group.check("LAST comes with TERMINATED or TRUNCATED, and an ending that agrees.", "Frames")
def _ended_stage(candidate: Candidate) -> None:
    for record in _played(candidate).referee.ended_trials.values():
        assert record.ended is not None
        wanted = TRUNCATED if record.ended.ending == 5 else TERMINATED
        expect_equal(record.last_stage, wanted, f"the stage beside LAST of {record.ended}")


@group.check("An ended trial tells how many actions were taken in it.", "Frames")
def _step_counts(candidate: Candidate) -> None:
    ended = _played(candidate, 4).referee.ended_trials
    for record in ended.values():
        assert record.ended is not None
        expect_equal(record.ended.step_count, len(record.rewards), "'ended.step_counts'")
    longest = max(len(record.rewards) for record in ended.values())
    if longest == 1:
        raise Skipped("all trials ended with their first action")


@group.check("An ended trial tells which action has ended it, or 255.", "Frames")
def _choices(candidate: Candidate) -> None:
    session = _played(candidate, seed=23)
    for (lane, trial), record in session.referee.ended_trials.items():
        assert record.ended is not None
        told = record.ended
        last = session.actions.choose(lane, trial, told.step_count - 1, session.referee.step_limit)
        wanted = (last, 255) if session.actions.is_discrete else (255,)
        expect(told.choice in wanted, f"choice {told.choice}", " or ".join(map(str, wanted)))


@group.check("Facts named as the conditions' factors have the condition's values.", "Frames")
def _facts_of_condition(candidate: Candidate) -> None:
    session = _played(candidate, 6)
    task = session.opened.task
    names = [fact.name for fact in task.facts]
    shared = {name for c in task.conditions for name in (f.name for f in c.factors)} & set(names)
    if not shared:
        raise Skipped("no fact is named as a factor of the conditions")
    for record in session.referee.ended_trials.values():
        assert record.ended is not None
        for factor in task.conditions[record.ended.condition].factors:
            if factor.name not in shared:
                continue
            told = record.ended.fact_values[names.index(factor.name)]
            expect(
                told == np.float32(factor.value),
                f"'{factor.name}' is {told:g} of trial {record.trial} of lane {record.lane}, "
                f"of condition {record.ended.condition}",
                f"{factor.value:g}, that condition's",
            )


@group.check("Trials that end in one frame are told of in the order of their lanes.", "Frames")
def _order_of_ended(candidate: Candidate) -> None:
    lanes = candidate.lanes(8, at_least=2)
    session = candidate.open(NEXT_STEP, lane_count=lanes, seed=25)
    session.begin()
    most = 0
    for _ in range(3 * session.opened.step_limit + 3):
        told = [trial.lane for trial in session.step().ended]
        expect_equal(told, sorted(told), "'ended.lanes'")
        most = max(most, len(told))
        if most > 1:
            return
    raise Skipped("no two trials ended together")


@group.check("A trial takes as many actions as the step limit says, and no more.")
def _step_limit(candidate: Candidate) -> None:
    probe = candidate.open()
    kinds = min(probe.actions.count, 8) if probe.actions.is_discrete else 1
    session = candidate.open(lane_count=candidate.lanes(kinds), seed=26)
    # A lane for each action, which is held for the whole trial: whoever waits runs out of time.
    held = [
        lane if session.actions.is_discrete else session.actions.any(lane)
        for lane in range(session.lane_count)
    ]
    session.begin()
    for _ in range(session.opened.step_limit):
        if not session.is_idle:
            session.step(held)
    expect(
        session.is_idle,
        f"a trial under way after {session.opened.step_limit} actions",
        f"its end, opened.step_limit being {session.opened.step_limit}",
    )


@group.check("A lane that has never begun is idle, whatever the others do.")
def _never_begun(candidate: Candidate) -> None:
    for rule in (1, 2, 3):
        session = candidate.open(rule, lane_count=candidate.lanes(2, at_least=2))  # type: ignore[arg-type]
        session.begin(lanes=[0])
        for _ in range(3):
            stage = int(session.step().stages[0, 1])
            expect_equal(stage, IDLE, "the stage of a lane that was never begun")


def _discrete(session: Session) -> int:
    """Return how many actions there are, if they are discrete."""
    if not session.actions.is_discrete:
        raise Skipped("the task's actions are continuous")
    return session.actions.count


@group.check("An action that the task has not is refused with BAD_ACTION, on whatever lane.", _BAD)
def _action_out_of_range(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(3))
    count = _discrete(session)
    session.begin()
    for stray in {count, 255}:
        for lane in range(session.lane_count):
            actions: list[Action] = [0] * session.lane_count
            actions[lane] = stray
            session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("An action must be one of the task's even where it is ignored.", _BAD)
def _ignored_action_out_of_range(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2, at_least=2))
    count = _discrete(session)
    session.begin(lanes=[0])
    session.refused(session.step_request([0, count]), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("Too few actions, too many or none are refused with BAD_ACTION.", _BAD)
def _action_count(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2))
    session.begin()
    lanes = session.lane_count
    for count in {0, lanes - 1, lanes + 1, 2 * lanes}:
        actions = [session.actions.any(0)] * count
        session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("Choices for a task that takes amounts, and amounts for choices, are refused.", _BAD)
def _wrong_kind(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    amounts = np.zeros(max(1, session.actions.width), "<f4").tobytes()
    step = (
        gym_pb2.Step(amounts=amounts)
        if session.actions.is_discrete
        else gym_pb2.Step(choices=b"\0")
    )
    session.refused(session.request(step=step), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("A step with choices and amounts is refused as malformed.")
def _both_kinds(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    step = gym_pb2.Step(choices=b"\0", amounts=np.zeros(1, "<f4").tobytes())
    session.refused(session.request(step=step), gym_pb2.CODE_MALFORMED)
    session.step()


@group.check("Amounts that are no finite numbers are refused with BAD_ACTION.", _BAD)
def _not_finite(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    for stray in (np.nan, np.inf, -np.inf):
        amounts = np.zeros(max(1, session.actions.width), "<f4")
        amounts[-1] = stray
        step = gym_pb2.Step(amounts=amounts.tobytes())
        session.refused(session.request(step=step), gym_pb2.CODE_BAD_ACTION)
    session.step()


@group.check("A step without a session is refused with UNKNOWN_SESSION.", "Lost sessions")
def _no_session(candidate: Candidate) -> None:
    request = gym_pb2.Request(sequence=1, step=gym_pb2.Step(choices=b"\0"))
    candidate.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
