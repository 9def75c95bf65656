"""Psychometric curves of which several share a panel, with their fits, from tables."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import ColorType

from operant.figures.psychometric import PsychometricCurve
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.statistics import CumulativeGaussian
from operant.figures.table import Row

_NO_SPREAD = 1e-3
"""As wide as a step is drawn."""


@dataclass(frozen=True)
class Fit:
    """A cumulative Gaussian and the 95 % intervals of its numbers, by bootstrap."""

    curve: CumulativeGaussian
    sigma_low: float
    sigma_high: float


@dataclass(frozen=True)
class Choices:
    """A psychometric curve and how certain its fit is."""

    points: PsychometricCurve
    fit: Fit | None


def cumulative_gaussian(mu: float, sigma: float) -> CumulativeGaussian:
    """Make a cumulative Gaussian; one of no spread is drawn as a step."""
    return CumulativeGaussian(mu, sigma if sigma != 0 else _NO_SPREAD)


def read_choices(tables: Tables, name: str) -> dict[str, Choices]:
    """Read `NAME.csv` and `NAME-fits.csv`: every curve by its name."""
    points = tables.read(name, ["curve", "stimulus", "trials", "proportion", "low", "high"])
    fits = tables.read(f"{name}-fits", ["curve", "mu", "sigma", "sigma_low", "sigma_high"])
    fitted = {row.values["curve"]: _fit(row) for row in fits}
    curves = {}
    for (curve,), rows in grouped(points, "curve").items():
        fit = fitted.get(curve)
        curves[curve] = Choices(
            PsychometricCurve(
                coherence=column(rows, "stimulus"),
                right=column(rows, "proportion"),
                lower=column(rows, "low"),
                upper=column(rows, "high"),
                trials=column(rows, "trials"),
                fit=fit.curve if fit else None,
            ),
            fit,
        )
    return curves


def _fit(row: Row) -> Fit | None:
    mu, sigma = row.number_or_nan("mu"), row.number_or_nan("sigma")
    if not (np.isfinite(mu) and np.isfinite(sigma)):
        return None
    return Fit(
        cumulative_gaussian(mu, sigma),
        row.number_or_nan("sigma_low"),
        row.number_or_nan("sigma_high"),
    )


def draw_choices(
    ax: Axes,
    curve: PsychometricCurve,
    *,
    color: ColorType,
    marker: str = "o",
    filled: bool = True,
    label: str | None = None,
    margin: float = 0.0,
) -> None:
    """Draw points in percent with their intervals, and the fit as a curve."""
    if curve.fit:
        low, high = curve.coherence.min() - margin, curve.coherence.max() + margin
        x = np.linspace(low, high, 401)
        ax.plot(
            x, 100 * curve.fit(x), color=color, ls="-" if filled else (0, (3, 1.5)), clip_on=False
        )
    percent = 100 * curve.right
    ax.errorbar(
        curve.coherence,
        percent,
        yerr=[percent - 100 * curve.lower, 100 * curve.upper - percent],
        fmt=marker,
        color=color,
        mfc=color if filled else "white",
        mec="white" if filled else color,
        mew=0.3 if filled else 0.8,
        elinewidth=0.8,
        clip_on=False,
        label=label,
        zorder=3,
    )
    ax.set(ylim=(0, 100), yticks=[0, 25, 50, 75, 100])
