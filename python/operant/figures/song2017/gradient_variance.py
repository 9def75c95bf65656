"""How much the gradient varies under each baseline, as a network learns."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.song2017.palette import BASELINES
from operant.figures.statistics import Numbers
from operant.figures.style import QUIET, offset_axes
from operant.figures.table import ContentError, Row

_ORDER = ["none", "constant", "runningMean", "varianceOptimal", "valueNetwork"]

_GROUP = 0.9
"""How wide the bars of a network are together; networks are 1 apart."""


def gradient_variance(tables: Tables) -> tuple[Figure, str]:
    """Draw the variance of a trial's gradient, and how many trials it takes to see the mean."""
    rows = tables.read(
        "gradient-variance",
        ["network", "baseline", "variance", "squared_mean", "trials_for_unit_ratio"],
    )
    networks = {name: some for (name,), some in grouped(rows, "network").items()}
    figure, panels = sheet(["A", "B"], 104)
    _draw_bars(panels["A"], list(networks.values()), "variance")
    _draw_bars(panels["B"], list(networks.values()), "trials_for_unit_ratio")
    panels["A"].set_ylabel("Variance of gradient")
    panels["B"].set_ylabel("Trials until signal = noise")
    panels["A"].set_xticks(range(len(networks)), list(networks))
    # Every baseline leaves the mean as it is, so that each row estimates the same.
    means = [
        f"{name}\n|mean|² = {_short(float(np.nanmedian(column(some, 'squared_mean'))))}"
        for name, some in networks.items()
    ]
    panels["B"].set_xticks(range(len(networks)), means)
    handles, labels = panels["A"].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=3, title="Subtracted from the return"
    )
    told = []
    for name, some in networks.items():
        of = {row.values["baseline"]: row.number("variance") for row in some}
        if "none" in of and "valueNetwork" in of:
            told.append(
                f"{name}: {_short(of['none'])} without a baseline and "
                f"{_short(of['valueNetwork'])} with the value network "
                f"(a factor of {of['none'] / of['valueNetwork']:.1f})"
            )
    return figure, (
        f"Variance of a trial's policy gradient, summed over parameters. {'; '.join(told)}. "
        "B: trials to average until the mean is as long as its error, variance over squared mean "
        "(–: the squared mean is not above 0 in the sample)."
    )


def _draw_bars(ax: Axes, networks: list[list[Row]], quantity: str) -> None:
    ax.set_yscale("log")
    every = [row for rows in networks for row in rows]
    known = column(every, quantity)
    known = known[np.isfinite(known)]
    if not len(known):
        raise ContentError(f"{every[0].path} has no {quantity} in any row.")
    floor, ceiling = _ends(known)
    names = [name for name in _ORDER if any(row.values["baseline"] == name for row in every)]
    width = _GROUP / len(names)
    named = set()
    for place, rows in enumerate(networks):
        heights = {row.values["baseline"]: row.number_or_nan(quantity) for row in rows}
        for number, name in enumerate(names):
            if name not in heights:
                continue
            label, color = BASELINES[name]
            x, height = place + (number - (len(names) - 1) / 2) * width, heights[name]
            if np.isfinite(height):
                ax.bar(
                    x,
                    height - floor,
                    0.9 * width,
                    bottom=floor,
                    color=color,
                    # Once in the legend.
                    label="_" if name in named else label,
                )
                named.add(name)
                _write_over(ax, x, height, _short(height))
            else:
                _write_over(ax, x, floor, "–")
        unsubtracted = heights.get("none", np.nan)
        if np.isfinite(unsubtracted):
            # Carries the height of the first bar over to the others.
            half = _GROUP / 2
            ax.hlines(
                unsubtracted,
                place - half,
                place + half,
                color=QUIET,
                lw=0.7,
                ls=(0, (1, 1.5)),
                zorder=0,
            )
    ax.set(xlim=(-0.5, len(networks) - 0.5), ylim=(floor, ceiling))
    ax.xaxis.set_ticks_position("none")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    offset_axes(ax)


def _write_over(ax: Axes, x: float, y: float, text: str) -> None:
    ax.annotate(
        text,
        (x, y),
        xytext=(0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=5.5,
    )


def _ends(values: Numbers) -> tuple[float, float]:
    """Where a logarithmic axis begins and ends, with room for what is written over bars."""
    step = values.min() / 1.5
    decade = 10.0 ** np.floor(np.log10(step))
    floor = max(number * decade for number in (1, 2, 5) if number * decade <= step)
    return float(floor), float(values.max() * (values.max() / floor) ** 0.1)


def _short(value: float) -> str:
    """Write with two digits: 0.31, 3.9, 75, 1.8k."""
    if value == 0:
        return "0"
    if abs(value) >= 995:
        return f"{_short(value / 1000)}k"
    digits = 1 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, digits):.{max(digits, 0)}f}".replace("-", "−")
