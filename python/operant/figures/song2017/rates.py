"""Rates of units against time, aligned to an event."""

from collections.abc import Iterable, Mapping

from matplotlib.axes import Axes
from matplotlib.typing import ColorType

from operant.figures.reproduction.tables import column
from operant.figures.style import DASHED
from operant.figures.table import Row

FEWEST = 10
"""A mean of fewer trials isn't shown: late in a trial few are left."""

COLUMNS = ["panel", "unit", "time_ms", "mean", "trials"]
"""What such tables have beside what tells groups apart."""


def draw_rate(
    ax: Axes, rows: list[Row], *, color: ColorType, dashed: bool = False, scale: float = 1.0
) -> None:
    """Draw a group's mean rate against time, in ms over `scale`."""
    rows = [row for row in rows if row.number("trials") >= FEWEST]
    ax.plot(
        column(rows, "time_ms") / scale,
        column(rows, "mean"),
        color=color,
        lw=0.9,
        ls=DASHED if dashed else "-",
    )


def key(
    ax: Axes, colors: Mapping[str, ColorType], lines: Iterable[tuple[str, bool]], **legend: object
) -> None:
    """Say what colours, and full and dashed lines mean."""
    for label, color in colors.items():
        ax.plot([], [], color=color, lw=1.1, label=label)
    for label, dashed in lines:
        ax.plot([], [], color="black", lw=0.9, ls=DASHED if dashed else "-", label=label)
    options: dict[str, object] = {"loc": "best", "fontsize": 6, "handlelength": 1.8} | legend
    ax.legend(**options)
