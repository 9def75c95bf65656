"""Figure 2: what can be read from the network at one time with what was learned at another."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from operant.figures.miconi2017.periods import FIRST, RESPONSE, SECOND
from operant.figures.reproduction.sheet import PAGE, sheet
from operant.figures.reproduction.tables import Tables, column
from operant.figures.statistics import Numbers
from operant.figures.style import INK, QUIET, RED
from operant.figures.table import ContentError, Row

_LABELS = {"first": "First stimulus", "second": "Second stimulus", "response": "Response"}

_ACCURACY = LinearSegmentedColormap.from_list(
    "operant.accuracy",
    ["#12304d", "#2b6a99", "#9fc3d9", "#f7f6f2", "#eeb393", "#c4573a", "#6e1f14"],
)
"""From 0 to 1, with chance, ½, in the middle."""

_PERIODS = (("S₁", FIRST, QUIET), ("S₂", SECOND, QUIET), ("response", RESPONSE, RED))


def decoding(tables: Tables) -> tuple[Figure, str]:
    """Fig. 2: accuracy of a decoder against when it was trained and when it is tested."""
    rows = tables.read("fig2", ["label", "train_ms", "test_ms", "accuracy"])
    figure, panels = sheet(["ABC"], 60, width=PAGE)
    told = []
    for letter, (label, title) in zip("ABC", _LABELS.items(), strict=True):
        times, accuracy = _square(rows, label, tables)
        ax = panels[letter]
        _draw(ax, times, accuracy)
        ax.set_title(title, pad=16)
        ax.set_xlabel("Tested at (ms)")
        if letter == "A":
            ax.set_ylabel("Trained at (ms)")
        told.append(f"{label} {np.mean(np.diag(accuracy)):.2f}")
        if label == "first":
            crossed = _crossed(times, accuracy)
    bar = figure.colorbar(
        panels["A"].images[0], ax=list(panels.values()), aspect=24, pad=0.025, shrink=0.74
    )
    bar.set_label("Accuracy (chance: 0.5)")
    bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "", "0.5", "", "1"])
    bar.outline.set_visible(False)
    return figure, (
        f"Accuracy on the diagonal, mean over the trial: {', '.join(told)}. Of the first stimulus "
        f"while the second is there with what was learned from the first, and the other way round: "
        f"{crossed:.2f}. Bars: stimuli and response."
    )


def _square(rows: list[Row], label: str, tables: Tables) -> tuple[Numbers, Numbers]:
    """Read accuracy as a square of training times (down) and test times (across)."""
    mine = [row for row in rows if row.values["label"] == label]
    train, test = column(mine, "train_ms"), column(mine, "test_ms")
    times = np.unique(train)
    if len(times) < 2 or len(mine) != len(times) ** 2 or not np.isin(test, times).all():
        raise ContentError(
            f"fig2.csv has {len(mine)} rows of '{label}'; there should be one for each pair of "
            f"times. '{tables.command}' makes it again."
        )
    accuracy = np.full((len(times), len(times)), np.nan)
    accuracy[np.searchsorted(times, train), np.searchsorted(times, test)] = column(mine, "accuracy")
    return times, accuracy


def _crossed(times: Numbers, accuracy: Numbers) -> float:
    """Mean accuracy of what was learned during one stimulus and tested during the other."""
    early, late = ((times >= on) & (times < off) for on, off in (FIRST, SECOND))
    pairs = np.outer(early, late) | np.outer(late, early)
    return float(accuracy[pairs].mean()) if pairs.any() else np.nan


def _draw(ax: Axes, times: Numbers, accuracy: Numbers) -> None:
    half = (times[1] - times[0]) / 2
    low, high = times[0] - half, times[-1] + half
    ax.imshow(
        accuracy,
        cmap=_ACCURACY,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=(low, high, low, high),
        interpolation="nearest",
    )
    for name, (on, off), color in _PERIODS:
        for edge in (on, off):
            if low < edge < high:
                ax.axvline(edge, color=INK, lw=0.4, ls=(0, (1, 2)), alpha=0.7)
                ax.axhline(edge, color=INK, lw=0.4, ls=(0, (1, 2)), alpha=0.7)
        start, length = max(on, low), min(off, high) - max(on, low)
        # Above and to the right of the square, by the axes' own measure across.
        ax.add_patch(
            Rectangle(
                (start, 1.02),
                length,
                0.022,
                transform=ax.get_xaxis_transform(),
                color=color,
                lw=0,
                clip_on=False,
            )
        )
        ax.add_patch(
            Rectangle(
                (1.02, start),
                0.022,
                length,
                transform=ax.get_yaxis_transform(),
                color=color,
                lw=0,
                clip_on=False,
            )
        )
        ax.annotate(
            name,
            (start + length / 2, 1.042),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=6,
        )
    ticks = [time for time in range(0, 1001, 200) if low <= time <= high]
    ax.set(xticks=ticks, yticks=ticks)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
