"""The psychometric curve: how choices follow the strength of motion."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from operant.figures.run import Trials
from operant.figures.statistics import (
    CumulativeGaussian,
    Numbers,
    fit_cumulative_gaussian,
    wilson_interval,
)
from operant.figures.style import BLUE, INK, QUIET, offset_axes
from operant.figures.table import ContentError


@dataclass(frozen=True)
class PsychometricCurve:
    """Choices to the right at each signed coherence."""

    coherence: Numbers
    """In percent, negative to the left, ascending."""
    right: Numbers
    """Share of choices to the right, from 0 to 1."""
    lower: Numbers
    """Lower end of the 95 % Wilson interval of `right`."""
    upper: Numbers
    """Its upper end."""
    trials: Numbers
    """How many decision trials each point rests on."""
    fit: CumulativeGaussian | None
    """μ and σ in percent coherence; None where the points determine none."""


def psychometric_curve(trials: Trials) -> PsychometricCurve:
    """Count choices by signed coherence, over decision trials, and fit Φ((x − μ)/σ).

    The two conditions of no coherence have the same stimulus and make one point. The fit is of the
    points, by unweighted least squares.

    Raises:
        ContentError: No trial was decided.

    """
    if not trials.decided.any():
        raise ContentError("No trial ended with a decision: there is no psychometric curve.")
    signed = trials.signed_coherence[trials.decided]
    chose_right = trials.right[trials.decided]
    x, place, n = np.unique(signed, return_inverse=True, return_counts=True)
    k = np.bincount(place, weights=chose_right)
    lower, upper = wilson_interval(k, n)
    return PsychometricCurve(
        coherence=x,
        right=k / n,
        lower=lower,
        upper=upper,
        trials=n.astype(float),
        fit=fit_cumulative_gaussian(x, k / n),
    )


def psychometric(ax: Axes, trials: Trials) -> PsychometricCurve:
    """Draw P(right) against signed coherence (%), with 95 % Wilson intervals and the fit.

    Returns:
        What was drawn; `fit.mu` and `fit.sigma` are in percent coherence.

    """
    curve = psychometric_curve(trials)
    draw_psychometric(ax, curve)
    return curve


def draw_psychometric(ax: Axes, curve: PsychometricCurve) -> None:
    """Draw a curve that is known already."""
    reach = max(float(np.abs(curve.coherence).max()), 1.0)
    ax.axhline(50, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
    ax.axvline(0, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
    if curve.fit:
        x = np.linspace(-1.06 * reach, 1.06 * reach, 401)
        ax.plot(x, 100 * curve.fit(x), color=BLUE, clip_on=False, zorder=2)
        text = f"μ = {_signed(curve.fit.mu)} %\nσ = {_signed(curve.fit.sigma)} %"
    else:
        text = "no fit"
    # The corner that a bias leaves free.
    if curve.fit and curve.fit.mu < 0:
        ax.text(0.97, 0.03, text, transform=ax.transAxes, va="bottom", ha="right", linespacing=1.4)
    else:
        ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top", linespacing=1.4)
    percent = 100 * curve.right
    ax.errorbar(
        curve.coherence,
        percent,
        yerr=[percent - 100 * curve.lower, 100 * curve.upper - percent],
        fmt="o",
        color=INK,
        mew=0,
        elinewidth=0.8,
        clip_on=False,
        zorder=3,
    )
    ax.set(
        xlim=(-1.06 * reach, 1.06 * reach),
        ylim=(0, 100),
        yticks=[0, 25, 50, 75, 100],
        xlabel="Coherence to the right (%)",
        ylabel="Choices to the right (%)",
    )
    if 50 <= reach < 75:
        ax.set_xticks([-50, -25, 0, 25, 50])
    offset_axes(ax)


def _signed(value: float) -> str:
    """Write with one decimal, a true minus sign and no −0."""
    return f"{round(value, 1) + 0.0:.1f}".replace("-", "−")
