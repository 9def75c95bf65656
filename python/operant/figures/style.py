"""How figures look: sizes in mm, a sans-serif face at 7 pt, few colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import ColorType

INK = "#1f2430"
"""Axes, text, and whatever is the figure's subject."""
QUIET = "#9aa1ac"
"""What gives the subject its setting: bounds, criteria, shares of decided trials."""
# They differ in lightness as well as in hue, for readers who tell few hues apart.
BLUE = "#2b6a99"
RED = "#c4573a"
OCHRE = "#d99a2b"
TEAL = "#3f9c8f"

DASHED = (0, (3, 1.5))
"""Of lines that stand beside full ones of their colour."""

_STRENGTH = LinearSegmentedColormap.from_list(
    "operant.strength", ["#8fccb5", "#4ba3a8", "#2b6a99", "#1b2a5c"]
)

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.3,
    "legend.columnspacing": 1.0,
    "legend.borderaxespad": 0.2,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.labelpad": 3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.6,
    # Letters stay letters that a journal's staff can edit.
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
    "figure.constrained_layout.use": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in Operant's style within the block, whatever the user's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # The names of parameters became literal types in some versions of Matplotlib.
        parameters: Any = matplotlib.rcParams
        parameters.update(_STYLE)
        yield


def inches(mm: float) -> float:
    """Matplotlib's unit of length."""
    return mm / 25.4


def strength_colors(coherences: list[float]) -> dict[float, ColorType]:
    """Give each strength of motion a colour, from weak and light to strong and dark."""
    last = max(len(coherences) - 1, 1)
    return {c: _STRENGTH(i / last) for i, c in enumerate(sorted(coherences))}


def offset_axes(ax: Axes) -> None:
    """Set the axes a little off the data, so that points at a limit are whole."""
    for side in ("left", "bottom"):
        ax.spines[side].set_position(("outward", 3))


def trials_axis(ax: Axes, trials: float) -> None:
    """Have training trials along an axis, up to so many."""
    end = max(trials, 1.0)
    ax.set_xlim(0, end)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if end < 2000:
        ax.set_xlabel("Training trials")
    else:
        ax.set_xlabel("Training trials (thousands)")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))
