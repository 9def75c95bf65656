"""The restart rule SAME_STEP: a trial's last frame carries the next trial's first observation."""

from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.frame import FIRST, LAST, SAME_STEP, name_stage, show_numbers
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.conformance.session import Session

group = Group("same-step", "Restart rules")


def _pair(candidate: Candidate, seed: int) -> tuple[Session, Session]:
    """Return the same trials, played under SAME_STEP and under DISABLED."""
    same = candidate.open(SAME_STEP, lane_count=candidate.lanes(3), seed=seed)
    disabled = candidate.open(lane_count=same.lane_count, seed=seed)
    for session in (same, disabled):
        session.play_trials(3)
    return same, disabled


@group.check("The frame of a lane's LAST shows FIRST of its next trial too.")
def _restart(candidate: Candidate) -> None:
    session = candidate.open(SAME_STEP, seed=50)
    session.begin()
    ends = 0
    for _ in range(3 * session.opened.step_limit):
        stage = int(session.step().stages[0, 0])
        expect(
            bool(stage & LAST) == bool(stage & FIRST), name_stage(stage), "FIRST with every LAST"
        )
        ends += bool(stage & LAST)
        if ends == 3:
            break
    expect_equal(session.referee.lanes[0].trial, 3, "the trial under way after three ends")


@group.check("What an ended trial showed last comes as its final observation.", "Frames")
def _final_observation(candidate: Candidate) -> None:
    same, disabled = _pair(candidate, 51)
    for key, record in same.referee.ended_trials.items():
        if key not in disabled.referee.ended_trials:
            continue
        came = record.observations[-1]
        wanted = disabled.referee.trials[key].observations[-1]
        expect(
            came == wanted,
            f"the final observation of trial {key[1]} of lane {key[0]} is {show_numbers(came)}",
            f"{show_numbers(wanted)}, as under DISABLED",
        )


@group.check("The observation beside LAST is the next trial's first.")
def _next_observation(candidate: Candidate) -> None:
    same, disabled = _pair(candidate, 52)
    for key, record in same.referee.trials.items():
        if key[1] == 0 or key not in disabled.referee.trials:
            continue
        came = record.observations[0]
        wanted = disabled.referee.trials[key].observations[0]
        expect(
            came == wanted,
            f"after trial {key[1] - 1} lane {key[0]} shows {show_numbers(came)}",
            f"{show_numbers(wanted)}, the first of trial {key[1]}",
        )


@group.check("What is told of an ended trial is of that trial, and not of the next.", "Frames")
def _facts(candidate: Candidate) -> None:
    same, disabled = _pair(candidate, 53)
    for key, record in same.referee.ended_trials.items():
        if key not in disabled.referee.ended_trials:
            continue
        wanted = disabled.referee.trials[key]
        expect(record.facts == wanted.facts, f"'ended' tells of {record.ended}", str(wanted.ended))


@group.check("Every trial is the one that a fresh begin would have shown.")
def _same_trials(candidate: Candidate) -> None:
    same, disabled = _pair(candidate, 54)
    expect_same_trials(
        same.referee.ended_trials, disabled.referee.ended_trials, "SAME_STEP and DISABLED"
    )


@group.check("Final observations come under SAME_STEP only.", "Frames")
def _only_here(candidate: Candidate) -> None:
    for rule in (1, 3):
        session = candidate.open(rule, seed=55)  # type: ignore[arg-type]
        session.begin()
        while not (frame := session.step()).ended:
            pass
        expect_equal(frame.message.ended.final_observations, b"", "'ended.final_observations'")
