"""Where the hand goes when the arm reaches for each of two targets."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.style import BLUE, INK, RED, offset_axes
from operant.figures.table import Row

_SHOULDER = (-0.018, 0.17)
_TARGETS = {"right": ((0.4, 0.2), RED), "left": ((0.4, -0.2), BLUE)}
"""Forward and to the right of the middle of the body, in m."""


def arm_paths(tables: Tables) -> tuple[Figure, str]:
    """Draw the hand's ways from above, with a dot every 100 ms."""
    rows = tables.read("arm-paths", ["target", "time_ms", "x", "z"])
    for row in rows:
        if row.values["target"] not in _TARGETS:
            raise row.error("target", " or ".join(_TARGETS))
    figure, panels = sheet(["a"], 78)
    ax = panels["a"]
    ways = {target: _ways(some) for (target,), some in grouped(rows, "target").items()}
    told = []
    for target, ((forward, across), color) in _TARGETS.items():
        label = f"{target} target"
        ax.plot(across, forward, "+", color=color, ms=7, mew=1.6, zorder=4, label=label)
        distances = []
        for way in ways.get(target, []):
            x, z, time = column(way, "x"), column(way, "z"), column(way, "time_ms")
            ax.plot(z, x, color=color, lw=0.9)
            marked = [
                int(np.abs(time - moment).argmin())
                for moment in np.arange(np.ceil(time[0] / 100), np.floor(time[-1] / 100) + 1) * 100
            ]
            ax.plot(z[marked], x[marked], "o", color=color, ms=2.2, mew=0)
            ax.plot(z[0], x[0], "o", color="white", mec=INK, ms=4, mew=0.8, zorder=3)
            distances.append(np.hypot(x[-1] - forward, z[-1] - across))
        if distances:
            told.append(f"{np.median(distances):.3f} m from the {target} target")
    ax.plot(_SHOULDER[1], _SHOULDER[0], "s", color=INK, ms=4, label="shoulder")
    ax.plot([], [], "o", color="white", mec=INK, ms=4, mew=0.8, label="hand at the start")
    ax.plot([], [], "o", color=INK, ms=2.2, mew=0, label="every 100 ms")
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.08)
    ax.set(xlabel="To the right (m)", ylabel="Forward (m)")
    figure.legend(loc="outside lower center", ncols=3)
    offset_axes(ax)
    return figure, f"The hand, seen from above, ends {' and '.join(told)}."


def _ways(rows: list[Row]) -> list[list[Row]]:
    """Begin a new way wherever time goes back."""
    ways: list[list[Row]] = []
    for row in rows:
        if not ways or row.number("time_ms") <= ways[-1][-1].number("time_ms"):
            ways.append([])
        ways[-1].append(row)
    return ways
