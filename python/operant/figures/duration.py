"""Percent correct against viewing duration: how long evidence is put to use."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from operant.figures.run import Trials
from operant.figures.statistics import NOISE, Numbers, equal_count_bins, ideal_observer
from operant.figures.style import QUIET, offset_axes, strength_colors
from operant.figures.table import ContentError


@dataclass(frozen=True)
class DurationCurve:
    """Accuracy at one coherence, in bins of equally many trials."""

    coherence: float
    """In percent."""
    duration: Numbers
    """Mean stimulus duration of each bin, in ms."""
    correct: Numbers
    """Share of correct choices in each bin, from 0 to 1."""
    trials: Numbers
    """How many decision trials each bin holds."""


def duration_curves(trials: Trials, bins: int = 10) -> list[DurationCurve]:
    """Bin decision trials of each coherence above 0 by stimulus duration.

    Raises:
        ContentError: No trial with coherent motion was decided.

    """
    used = trials.decided & (trials.coherence > 0) & np.isfinite(trials.duration)
    if not used.any():
        raise ContentError(
            "No trial with coherent motion ended with a decision: there is no duration curve."
        )
    curves = []
    for coherence in np.unique(trials.coherence[used]):
        chosen = used & (trials.coherence == coherence)
        duration = trials.duration[chosen]
        correct = trials.correct[chosen]
        held = equal_count_bins(duration, bins)
        curves.append(
            DurationCurve(
                coherence=float(coherence),
                duration=np.array([duration[held_].mean() for held_ in held]),
                correct=np.array([correct[held_].mean() for held_ in held]),
                trials=np.array([float(len(held_)) for held_ in held]),
            )
        )
    return curves


def duration(ax: Axes, trials: Trials, *, noise: float = NOISE) -> list[DurationCurve]:
    """Draw percent correct against stimulus duration (ms) for each coherence above 0.

    Thin lines are the ideal observer, Φ(c √duration / (noise √2)), with c the coherence as a share
    and `noise` the σ of each stream of evidence, per √ms.

    Returns:
        What was drawn, one curve per coherence, ascending.

    """
    curves = duration_curves(trials)
    draw_duration(ax, curves, shortest=float(np.nanmin(trials.duration)), noise=noise)
    return curves


def draw_duration(
    ax: Axes, curves: list[DurationCurve], *, shortest: float, noise: float = NOISE
) -> None:
    """Draw curves that are known already, and the ideal observer from the shortest duration on."""
    colors = strength_colors([curve.coherence for curve in curves])
    end = max(1200.0, *(100 * np.ceil(curve.duration.max() / 100) for curve in curves))
    x = np.linspace(shortest, end, 301)
    for curve in reversed(curves):
        color = colors[curve.coherence]
        ideal = ideal_observer(curve.coherence, x, noise=noise)
        ax.plot(x, 100 * ideal, color=color, lw=0.6, clip_on=False, zorder=1)
        ax.plot(
            curve.duration,
            100 * curve.correct,
            "o-",
            color=color,
            mec="white",
            mew=0.4,
            clip_on=False,
            zorder=2,
            label=f"{curve.coherence:g} %",
        )
    ax.plot([], [], color=QUIET, lw=0.6, label="ideal")
    lowest = min(100 * curve.correct.min() for curve in curves)
    bottom = 50 if lowest >= 50 else 10 * np.floor(lowest / 10)
    ax.set(
        xlim=(0, end),
        ylim=(bottom, 100),
        xlabel="Stimulus duration (ms)",
        ylabel="Correct (%)",
    )
    ax.set_xticks(np.arange(0, end + 1, 400 if end < 1600 else 500))
    ax.legend(loc="lower right", ncols=2, title="Coherence")
    offset_axes(ax)
