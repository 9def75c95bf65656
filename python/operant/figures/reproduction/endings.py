"""After how many trials networks met a criterion, and which of them never did."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import ColorType

from operant.figures.style import INK

Ending = tuple[float, bool]
"""How many trials a network was trained on, and whether it met the criterion then."""


def median_trials(endings: Sequence[Ending]) -> float:
    """Take the median over networks; infinite if half of them failed or there is none.

    A network that failed would have taken more trials than any that learned. Leaving it out would
    make a way of learning the better, the more often it fails.
    """
    if not endings:
        return np.inf
    return float(np.median([trials if learned else np.inf for trials, learned in endings]))


def draw_endings(ax: Axes, place: int, endings: Sequence[Ending], color: ColorType) -> None:
    """Draw a dot for each network that learned, a cross for each other, and a bar at the median."""
    spread = np.linspace(-0.22, 0.22, len(endings)) if len(endings) > 1 else np.zeros(1)
    for did, marker in ((True, "o"), (False, "x")):
        chosen = [i for i, (_, learned) in enumerate(endings) if learned == did]
        ax.plot(
            [endings[i][0] for i in chosen],
            place + spread[chosen],
            marker,
            color=color if did else INK,
            ms=4,
            mec=INK,
            mew=0.4 if did else 0.9,
            clip_on=False,
        )
    middle = median_trials(endings)
    if np.isfinite(middle):
        ax.plot(middle, place, "|", color=INK, ms=13, mew=1.4, zorder=4)


def name_endings(ax: Axes) -> None:
    """Say over the panel what crosses and bars are."""
    ax.plot([], [], "x", color=INK, ms=4, label="not within the limit")
    ax.plot([], [], "|", color=INK, ms=9, mew=1.4, label="median")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
