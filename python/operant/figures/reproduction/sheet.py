"""A sheet of panels, by default as wide as one column of a journal."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from operant.figures.style import QUIET, inches, offset_axes

COLUMN = 89
"""How wide a column is, in mm."""
PAGE = 183
"""How wide two columns are together."""


def sheet(
    layout: Sequence[Sequence[str]],
    height: float,
    *,
    width: float = COLUMN,
    widths: Sequence[float] | None = None,
    heights: Sequence[float] | None = None,
) -> tuple[Figure, dict[str, Axes]]:
    """Make a figure of panels.

    Args:
        layout: The panels' names, row by row; "." for none. Those of one capital are lettered.
        height: Of the sheet, in mm.
        width: Of the sheet, in mm.
        widths: Of the columns, relative to each other.
        heights: Of the rows, relative to each other.

    """
    engine = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.05, hspace=0.05)
    figure = Figure(figsize=(inches(width), inches(height)), layout=engine)
    panels: dict[str, Axes] = figure.subplot_mosaic(
        [list(row) for row in layout], width_ratios=widths, height_ratios=heights
    )
    for name, ax in panels.items():
        if len(name) == 1 and name.isupper():
            letter(ax, name)
    return figure, panels


def letter(ax: Axes, name: str) -> None:
    """Write a panel's letter over its upper left corner."""
    ax.annotate(
        name,
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(-24, 5),
        textcoords="offset points",
        fontsize=9,
        fontweight="bold",
    )


def thousands(ax: Axes, intervals: int = 4) -> None:
    """Count trials along the axis below in thousands, with so many intervals at most."""
    ax.xaxis.set_major_locator(MaxNLocator(intervals, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))


def count_axis(ax: Axes, *, thousand: bool) -> None:
    """Make the axis below logarithmic, with as many round numbers as there is room for."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ax.set_xlim(low / 1.15, high * 1.15)
    low, high = ax.get_xlim()
    steps = (1, 2, 5) if high / low < 20 else (1,)
    ticks = [
        step * 10.0**power
        for power in range(-3, 10)
        for step in steps
        if low <= step * 10.0**power <= high
    ]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(LogLocator(subs=range(2, 10)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=1.5, width=0.5)
    scale = 1000 if thousand else 1
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / scale:g}"))


def event(ax: Axes, at: float = 0.0) -> None:
    """Mark a moment by a dotted line."""
    ax.axvline(at, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)


def without_left(ax: Axes) -> None:
    """Take away the axis on the left, of panels that share that of their neighbour."""
    offset_axes(ax)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", left=False, labelleft=False)
