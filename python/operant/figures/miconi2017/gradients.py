"""Figure 9: which rules find the gradient that node perturbation finds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.statistics import Numbers
from operant.figures.style import BLUE, QUIET, offset_axes
from operant.figures.table import ContentError

_RULES = {
    "cubic": "cubed fluctuations",
    "fluctuation": "fluctuations",
    "fluctuationFor10ms": "fluctuations for 10 ms",
    "exploratory": "exploratory",
    "signedSquare": "signed squares",
    "signedRoot": "signed roots",
}
_WIDTH = 140


def gradients(tables: Tables) -> tuple[Figure, str]:
    """Fig. 9: what six rules make of one perturbation, against node perturbation."""
    rows = tables.read("fig9", ["rule", "node_perturbation", "gradient"])
    pairs = {rule: some for (rule,), some in grouped(rows, "rule").items()}
    figure, panels = sheet(["ABC", "DEF"], 94, width=_WIDTH)
    told = []
    for letter, (rule, title) in zip("ABCDEF", _RULES.items(), strict=True):
        if len(pairs.get(rule, [])) < 2:
            raise ContentError(
                f"fig9.csv has no pairs of the rule '{rule}'. '{tables.command}' makes it again."
            )
        some = pairs[rule]
        wanted, found = column(some, "node_perturbation"), column(some, "gradient")
        correlation = float(np.corrcoef(wanted, found)[0, 1])
        ax = panels[letter]
        _draw(ax, wanted, found, correlation)
        ax.set_title(title)
        if letter in "ABC":
            ax.set_xlabel("")
        told.append(f"{title} {correlation:.2f}")
    figure.align_ylabels()
    return figure, (
        f"Correlation with the gradient by node perturbation: {'; '.join(told)} "
        f"({len(pairs['cubic'])} pairs of trials)."
    ).replace(" -", " −")


def _draw(ax: Axes, wanted: Numbers, found: Numbers, correlation: float) -> None:
    ax.axhline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
    ax.axvline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
    (x, x_power), (y, y_power) = _scaled(wanted), _scaled(found)
    ax.plot(x, y, "o", color=BLUE, ms=2.2, mew=0, alpha=0.55)
    ax.set(xlabel=f"Node perturbation{x_power}", ylabel=f"Gradient{y_power}")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.margins(0.08)
    # In the corner that points leave free.
    rises = correlation >= 0
    ax.text(
        0.03 if rises else 0.97,
        0.97,
        f"r = {correlation:.2f}".replace("-", "−"),
        transform=ax.transAxes,
        ha="left" if rises else "right",
        va="top",
    )
    offset_axes(ax)


def _scaled(values: Numbers) -> tuple[Numbers, str]:
    """Take a power of ten out, to be written once at the axis."""
    largest = float(np.abs(values).max())
    power = int(np.floor(np.log10(largest))) if largest > 0 else 0
    if -2 < power < 3:
        return values, ""
    digits = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return values / 10.0**power, f" (×10{digits})"
