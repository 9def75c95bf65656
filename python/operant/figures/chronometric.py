"""The chronometric curve: how reaction times follow the strength of motion."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator, NullLocator

from operant.figures.run import Trials
from operant.figures.statistics import Flags, Numbers
from operant.figures.style import INK, RED, offset_axes
from operant.figures.table import ContentError

FEWEST = 11
"""A mean of fewer reaction times isn't shown."""


@dataclass(frozen=True)
class ReactionTimes:
    """Mean reaction time at each coherence that has enough trials."""

    coherence: Numbers
    """In percent, ascending."""
    mean: Numbers
    """In ms."""
    sem: Numbers
    """Standard error of the mean, sd/√n with n − 1 in sd, in ms."""
    trials: Numbers
    """How many trials each mean rests on."""


@dataclass(frozen=True)
class ChronometricCurve:
    """Reaction times of correct choices and of errors."""

    correct: ReactionTimes
    error: ReactionTimes


def chronometric_curve(trials: Trials) -> ChronometricCurve:
    """Average reaction times by coherence over decision trials, errors apart.

    Motion of no coherence is left out: there is no being right about it, and it has no place on a
    logarithmic axis.

    Raises:
        ContentError: No coherence has enough trials.

    """
    curve = ChronometricCurve(
        correct=_reaction_times(trials, trials.correct),
        error=_reaction_times(trials, ~trials.correct),
    )
    if not len(curve.correct.mean) and not len(curve.error.mean):
        raise ContentError(
            f"No coherence above 0 has {FEWEST} reaction times: there is no chronometric curve."
        )
    return curve


def chronometric(ax: Axes, trials: Trials) -> ChronometricCurve:
    """Draw mean reaction time (ms) ± s.e.m. against coherence (%, logarithmic).

    Returns:
        What was drawn.

    """
    curve = chronometric_curve(trials)
    draw_chronometric(ax, curve)
    return curve


def draw_chronometric(ax: Axes, curve: ChronometricCurve) -> None:
    """Draw curves that are known already."""
    low, high = 200.0, 1000.0
    for times, label, color, filled in (
        (curve.correct, "correct", INK, True),
        (curve.error, "error", RED, False),
    ):
        if not len(times.mean):
            continue
        low = min(low, 100 * np.floor((times.mean - times.sem).min() / 100))
        high = max(high, 100 * np.ceil((times.mean + times.sem).max() / 100))
        ax.errorbar(
            times.coherence,
            times.mean,
            yerr=times.sem,
            fmt="o-" if filled else "o--",
            color=color,
            mfc=color if filled else "white",
            mec="white" if filled else color,
            mew=0.4 if filled else 0.8,
            elinewidth=0.8,
            clip_on=False,
            label=label,
        )
    coherences = np.unique(np.concatenate([curve.correct.coherence, curve.error.coherence]))
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(coherences, [f"{c:g}" for c in coherences])
    ax.set(
        xlim=(coherences[0] / 1.2, coherences[-1] * 1.2),
        ylim=(low, high),
        xlabel="Coherence (%)",
        ylabel="Reaction time (ms)",
    )
    ax.yaxis.set_major_locator(MultipleLocator(200))
    ax.legend(loc="upper right")
    offset_axes(ax)


def _reaction_times(trials: Trials, outcome: Flags) -> ReactionTimes:
    used = trials.decided & outcome & (trials.coherence > 0) & np.isfinite(trials.reaction_time)
    points = []
    for coherence in np.unique(trials.coherence[used]):
        times = trials.reaction_time[used & (trials.coherence == coherence)]
        if len(times) >= FEWEST:
            sem = times.std(ddof=1) / np.sqrt(len(times))
            points.append((coherence, times.mean(), sem, len(times)))
    columns = np.array(points, dtype=float).reshape(-1, 4)
    return ReactionTimes(*columns.T)
