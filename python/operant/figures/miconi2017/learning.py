"""Figures 1 and 4A and their kin: how the error falls, and when the criterion is met."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from operant.figures.miconi2017.curves import (
    COLUMNS,
    Curve,
    block_length,
    read_curve,
    told_blocks,
)
from operant.figures.reproduction.sheet import sheet, thousands
from operant.figures.reproduction.tables import Tables, column
from operant.figures.statistics import Numbers
from operant.figures.style import INK, RED, offset_axes

_BAND = "#cdd1d8"
_DOTTED = (0, (1, 1.2))


def learning(tables: Tables, name: str, title: str) -> tuple[Figure, str]:
    """Draw the error against trials, and when runs met the criterion."""
    curve = read_curve(tables.read(name, COLUMNS))
    last = float(curve.trials[-1])
    reached = column(
        tables.read(f"{name}-criterion", ["run", "criterion_trial"]), "criterion_trial"
    )
    figure, panels = sheet(["a"], 60)
    ax = panels["a"]
    shown = _draw(ax, curve)
    ax.set(ylabel="Error, |response − target|", title=title)
    quartiles = criterion_quartiles(reached, last)
    for quartile, ls in zip(quartiles, (_DOTTED, "-", _DOTTED), strict=True):
        if quartile < last:
            ax.axvline(quartile, color=RED, lw=0.9, ls=ls, zorder=1.5)
    met, count = int(np.isfinite(reached).sum()), len(reached)
    lower, middle, upper = (
        f"{quartile:,.0f}" if quartile < last else "never" for quartile in quartiles
    )
    figure.legend(
        [
            Line2D([], [], color=INK),
            Patch(color=_BAND, lw=0),
            Line2D([], [], color=RED, lw=0.9),
            Line2D([], [], color=RED, lw=0.9, ls=_DOTTED),
        ],
        [
            f"median of {count} runs",
            "quartiles",
            f"criterion, met by {met} of {count}: median" + " never" * (middle == "never"),
            _named_quartiles(lower, upper),
        ],
        loc="outside lower center",
        ncols=2,
    )
    return figure, (
        f"{title}: {met} of {count} runs met the criterion within {len(curve.trials):,} trials; "
        f"median {middle}, quartiles {lower} and {upper}. {_told(curve)} {shown}"
    )


def criterion_quartiles(reached: Numbers, last: float) -> tuple[float, float, float]:
    """Take the quartiles of criterion times; a run that never met it counts as the last trial."""
    times = np.minimum(np.where(np.isfinite(reached), reached, last), last)
    lower, middle, upper = np.quantile(times, [0.25, 0.5, 0.75])
    return float(lower), float(middle), float(upper)


def arm(tables: Tables) -> tuple[Figure, str]:
    """Draw how the error of reaching falls: how far the hand is, and what the way took."""
    curve = read_curve(tables.read("arm", COLUMNS))
    figure, panels = sheet(["a"], 56)
    ax = panels["a"]
    shown = _draw(ax, curve)
    ax.set(ylabel="Error, distance and effort (m)", title="Reaching for two targets")
    ax.legend(
        [Line2D([], [], color=INK), Patch(color=_BAND, lw=0)],
        ["median of runs", "quartiles"],
        loc="upper right",
    )
    return figure, f"Reaching for two targets. {_told(curve)} {shown}"


def _draw(ax: Axes, curve: Curve) -> str:
    """Draw the median on a band from quartile to quartile, and say what a point of it is."""
    length = block_length(len(curve.trials), 500)
    some = curve.blocks(length)
    ax.fill_between(some.trials, some.lower, some.upper, color=_BAND, lw=0, zorder=1)
    ax.plot(some.trials, some.median, color=INK, zorder=2)
    ax.set(xlim=(0, curve.trials[-1] + 1), xlabel="Trials (thousands)")
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    thousands(ax, 6)
    offset_axes(ax)
    return f"Curve: {told_blocks(length)}."


def _named_quartiles(lower: str, upper: str) -> str:
    """Name the quartiles that are drawn, and say which are not."""
    if lower == "never":
        return "quartiles never"
    return "lower quartile, upper never" if upper == "never" else "quartiles"


def _told(curve: Curve) -> str:
    """Say how large errors are at first and at last."""
    some = min(100, len(curve.trials))
    return (
        f"The median error is {np.mean(curve.median[:some]):.2f} in the first and "
        f"{np.mean(curve.median[-some:]):.3f} in the last {some} trials."
    )
