"""Ways of learning beside each other: other eligibilities, and other things to expect."""

import re
from collections.abc import Iterable
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from operant.figures.miconi2017.curves import (
    COLUMNS,
    Curve,
    block_length,
    read_curve,
    told_blocks,
)
from operant.figures.reproduction.endings import Ending, draw_endings, median_trials, name_endings
from operant.figures.reproduction.sheet import PAGE, count_axis, sheet, thousands
from operant.figures.reproduction.tables import Tables, grouped
from operant.figures.style import BLUE, INK, OCHRE, QUIET, RED, TEAL, offset_axes

_COLORS = (
    *(INK, BLUE, RED, OCHRE, TEAL, "#7d5a96", "#6b8f2a", "#c0649a", "#4a4a9c", QUIET),
    *("#8a5a2b", "#7fb3d5"),
)

_EXPECTATIONS = {
    "nothing": "nothing",
    "overall": "mean of all trials",
    "byCondition": "mean of each condition",
    "inputs": "read-out of inputs",
    "rates": "read-out of rates",
    "reservoirOfInputs": "reservoir of inputs",
    "reservoirOfRates": "reservoir of inputs and rates",
    "secondNetwork": "second network that learns",
}
"""What a trial's error is held against, as tables call it and as figures do."""


_FEW_CURVES = 7
"""Of more than these, bars from quartile to quartile would be a thicket."""


def variants(tables: Tables) -> tuple[Figure, str]:
    """Draw learning curves of the rule and of its variants."""
    rows = tables.read("variants", ["variant", *COLUMNS])
    curves = {_words(name): read_curve(some) for (name,), some in grouped(rows, "variant").items()}
    figure, panels = sheet(["a"], 66)
    shown = _draw_curves(panels["a"], curves, _colors(curves))
    figure.legend(loc="outside upper center", ncols=2)
    told = "; ".join(f"{name} {np.mean(curve.median[-100:]):.2f}" for name, curve in curves.items())
    return figure, f"Median error of the last 100 trials: {told}. {shown}."


def unified(
    tables: Tables, *, name: str, ordinate: str = "Error, |response − target|", window: int = 1
) -> tuple[Figure, str]:
    """Draw when runs met the criterion by what errors were held against, and how they learned.

    Args:
        tables: Where the tables are.
        name: Which.
        ordinate: What the curves show.
        window: Of how many trials a row of the curves is.

    """
    rows = tables.read(name, ["expectation", "run", "criterion_trial", "limit"])
    endings: dict[str, list[Ending]] = {}
    for (kind,), some in grouped(rows, "expectation").items():
        endings[kind] = []
        for row in some:
            met = row.number_or_nan("criterion_trial")
            learned = bool(np.isfinite(met))
            endings[kind].append((met if learned else row.number("limit"), learned))
    curve_rows = tables.read(f"{name}-curves", ["expectation", *COLUMNS])
    curves = {
        kind: read_curve(some) for (kind,), some in grouped(curve_rows, "expectation").items()
    }
    names = list(endings)
    colors = _colors([*names, *curves])
    figure, panels = sheet(["AB"], 26 + 6.5 * len(names), width=PAGE)
    ax = panels["A"]
    told: list[str] = []
    for place, kind in enumerate(reversed(names)):
        draw_endings(ax, place, endings[kind], colors[kind])
        met = sum(learned for _, learned in endings[kind])
        middle = median_trials(endings[kind])
        words = f"median {middle:,.0f} trials" if np.isfinite(middle) else "no median"
        told.insert(0, f"{_expectation(kind)}: {words}, {met} of {len(endings[kind])} met it")
    ax.set_yticks(range(len(names)), [_expectation(kind) for kind in reversed(names)])
    ax.set(ylim=(-0.6, len(names) - 0.4), xlabel="Trials to criterion (thousands)")
    count_axis(ax, thousand=True)
    name_endings(ax)
    offset_axes(ax)
    shown = _draw_curves(panels["B"], curves, colors, ordinate=ordinate, window=window)
    return figure, (
        f"Trials to criterion by what errors are held against. {'; '.join(told)}. Medians count a "
        f"failure as never. {shown}; colours as on the left."
    )


def _colors(names: Iterable[str]) -> dict[str, str]:
    """Give each name a colour; there are as many as can be told apart."""
    return dict(zip(dict.fromkeys(names), cycle(_COLORS), strict=False))


def _draw_curves(
    ax: Axes,
    curves: dict[str, Curve],
    colors: dict[str, str],
    *,
    ordinate: str = "Error, |response − target|",
    window: int = 1,
) -> str:
    """Draw medians, with bars from quartile to quartile, and say what a point of them is."""
    length = block_length(max(len(curve.trials) for curve in curves.values()), 100)
    for number, (name, curve) in enumerate(curves.items()):
        some = curve.blocks(length)
        ax.plot(some.trials, some.median, color=colors[name], label=name, zorder=3)
        if len(curves) > _FEW_CURVES:
            continue
        # Bands would cover one another; bars of different curves stand at different trials.
        spacing = max(len(some.trials) // 6, 1)
        barred = slice(number * spacing // len(curves), None, spacing)
        ax.vlines(
            some.trials[barred],
            some.lower[barred],
            some.upper[barred],
            color=colors[name],
            lw=0.8,
            alpha=0.75,
            zorder=2,
        )
    ax.set_xlim(0, max(curve.trials[-1] for curve in curves.values()) + 1)
    ax.set_ylim(bottom=0)
    ax.set(xlabel="Trials (thousands)", ylabel=ordinate)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    thousands(ax, 6)
    offset_axes(ax)
    bars = "" if len(curves) > _FEW_CURVES else "; bars: quartiles"
    return f"Curves: medians over runs, {told_blocks(length * window)}{bars}"


def _expectation(name: str) -> str:
    return _EXPECTATIONS.get(name, _words(name))


def _words(name: str) -> str:
    """Part a name like `signedSquare` into words; words stay what they are."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() if " " not in name else name
