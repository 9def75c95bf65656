"""Ideal actions: what a subject does that knows the truth."""

import math

import numpy as np

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import ABORT, ERROR, FIRST, MIDDLE, NO_ACTION, SAME_STEP, Frame
from operant.conformance.playing import Action
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("ideal-actions", "Ideal actions")


def _open(candidate: Candidate, lanes: int, seed: int) -> Session:
    """Open with ideal actions, where there are any."""
    reply = candidate.ask(candidate.open_request(with_ideal_actions=True))
    if reply.WhichOneof("body") == "refusal":
        candidate.expect_refusal(reply, gym_pb2.CODE_UNSUPPORTED)
        raise Skipped("the server does not tell ideal actions of this task")
    return candidate.open(with_ideal_actions=True, lane_count=candidate.lanes(lanes), seed=seed)


@group.check("Ideal actions are told if asked for, or refused with UNSUPPORTED.", "open → opened")
def _offered(candidate: Candidate) -> None:
    request = candidate.open_request(with_ideal_actions=True)
    reply = candidate.ask(request)
    if reply.WhichOneof("body") == "refusal":
        candidate.expect_refusal(reply, gym_pb2.CODE_UNSUPPORTED)
        return
    candidate.expect_body(reply, "opened")
    expect(
        reply.opened.options.with_ideal_actions,
        "a session opened without the ideal actions that were asked for",
        "them, or a refusal UNSUPPORTED",
    )


@group.check("Frames tell no ideal actions unless they are asked for.")
def _unasked(candidate: Candidate) -> None:
    session = candidate.open(seed=80)
    for frame in (session.begin(), session.step()):
        expect_equal(frame.message.ideal_actions, b"", "'ideal_actions'")


@group.check("Every ideal action is one of the task's, or 255; without a trial it is 255.")
def _range(candidate: Candidate) -> None:
    session = _open(candidate, 3, seed=81)
    session.begin()
    for frame in [session.step() for _ in range(min(100, session.opened.step_limit))]:
        for lane, ideal in enumerate(frame.ideal_actions[0].tolist()):
            stage = int(frame.stages[0, lane])
            expect(
                ideal == NO_ACTION or ideal < session.actions.count,
                f"ideal action {ideal}",
                f"one of {session.actions.count}, or {NO_ACTION}",
            )
            if not stage & (FIRST | MIDDLE):
                expect_equal(ideal, NO_ACTION, f"the ideal action of lane {lane}, stage {stage}")


@group.check("Under SAME_STEP the ideal action beside LAST is that of the next trial.")
def _same_step(candidate: Candidate) -> None:
    fresh = _open(candidate, 1, seed=85)
    wanted = fresh.begin(trials=[1]).ideal_actions[0, 0]
    session = candidate.open(SAME_STEP, with_ideal_actions=True, seed=85)
    session.begin()
    while not (frame := session.step()).ended:
        pass
    expect_equal(int(frame.ideal_actions[0, 0]), int(wanted), "the ideal action beside LAST")


@group.check("Asking for ideal actions changes nothing about the trials.")
def _change_nothing(candidate: Candidate) -> None:
    told = _open(candidate, 3, seed=82)
    plain = candidate.open(lane_count=told.lane_count, seed=82)
    for session in (told, plain):
        session.play_trials(3)
    expect_same_trials(
        told.referee.ended_trials, plain.referee.ended_trials, "with and without ideal actions"
    )


def _ideal(frame: Frame) -> list[Action]:
    """Return the ideal action of every lane; any where none makes a difference."""
    return [0 if ideal == NO_ACTION else ideal for ideal in frame.ideal_actions[0].tolist()]


def _play_ideally(session: Session, rounds: int) -> None:
    """Play every condition so many times, on a lane each."""
    count = len(session.opened.task.conditions)
    lanes = session.lane_count
    for start in range(0, count * rounds, lanes):
        frame = session.begin(conditions=[(start + lane) % count for lane in range(lanes)])
        while not session.is_idle:
            frame = session.step(_ideal(frame))


@group.check("Who takes the ideal actions makes no error and no abort.", "describe → task")
def _no_error(candidate: Candidate) -> None:
    count = len(candidate.task.conditions)
    session = _open(candidate, min(count, 64), seed=83)
    _play_ideally(session, 1)
    for record in session.referee.ended_trials.values():
        assert record.ended is not None
        expect(record.ended.ending not in (ERROR, ABORT), str(record.ended), "a better ending")


@group.check("Who takes the ideal actions earns the oracle's reward.", "describe → task")
def _oracle(candidate: Candidate) -> None:
    count = len(candidate.task.conditions)
    session = _open(candidate, min(count, 64), seed=84)
    if not session.opened.task.HasField("oracle_reward"):
        raise Skipped("the oracle's reward is not known")
    wanted = session.opened.task.oracle_reward.value
    _play_ideally(session, max(2, 16 // count))
    earned = np.array(
        [
            sum(float(np.frombuffer(reward, "<f4")[0]) for reward in record.rewards)
            for record in session.referee.ended_trials.values()
        ]
    )
    error = earned.std() / math.sqrt(len(earned))
    # Four standard errors, for tasks that pay by chance.
    expect(
        abs(earned.mean() - wanted) <= 4 * error + 1e-4 * max(1.0, abs(wanted)),
        f"a mean reward of {earned.mean():g} over {len(earned)} trials of ideal actions",
        f"{wanted:g}, the task's 'oracle_reward'",
    )
