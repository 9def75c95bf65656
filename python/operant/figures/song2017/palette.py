"""Colours that this paper's figures need beside those of every figure."""

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.typing import ColorType

from operant.figures.style import BLUE, INK, OCHRE, QUIET, RED, TEAL, strength_colors

BASELINES: dict[str, tuple[str, ColorType]] = {
    "none": ("nothing", QUIET),
    "constant": ("constant", OCHRE),
    "runningMean": ("running mean", RED),
    "linear": ("linear read-out", TEAL),
    "varianceOptimal": ("best constant of each parameter", INK),
    "valueNetwork": ("value network", BLUE),
}
"""What is subtracted from returns: how tables call it, how figures do, and its colour."""

_LEFTWARD = LinearSegmentedColormap.from_list(
    "operant.leftward", ["#f0b98a", "#d9774f", "#b0452f", "#5e1a1a"]
)


def signed_colors(values: list[float]) -> dict[float, ColorType]:
    """Give strengths of two signs two families of colours, from weak and light to strong and dark.

    Zero, if it is there, counts as the weakest of the positive ones.
    """
    colors = dict(strength_colors([value for value in values if value >= 0]))
    negative = sorted((value for value in values if value < 0), reverse=True)
    last = max(len(negative) - 1, 1)
    return colors | {value: _LEFTWARD(i / last) for i, value in enumerate(negative)}
