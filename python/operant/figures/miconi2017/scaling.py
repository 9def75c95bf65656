"""Figure 3: states of the network in two dimensions, by condition, at four times."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, numbers
from operant.figures.style import BLUE, OCHRE, QUIET, RED, TEAL, offset_axes
from operant.figures.table import ContentError

_LIMIT = 10

_CONDITIONS = {
    "AA": (BLUE, "o", "same"),
    "BB": (TEAL, "s", "same"),
    "AB": (RED, "o", "different"),
    "BA": (OCHRE, "s", "different"),
}
"""Cold where the stimuli are the same; round where the first of them is A."""

_TIMES = {
    200: "end of first stimulus",
    600: "end of second stimulus",
    800: "end of delay",
    1000: "end of response",
}


def scaling(tables: Tables) -> tuple[Figure, str]:
    """Fig. 3: multidimensional scaling of the network's states."""
    rows = tables.read("fig3", ["time_ms", "condition", "x", "y"])
    times = numbers(rows, "time_ms")
    if len(times) != 4:
        raise ContentError(
            f"fig3.csv has {len(times)} times; there should be 4. '{tables.command}' makes it "
            "again."
        )
    figure, panels = sheet(["AB", "CD"], 102)
    outside = 0
    for letter, time in zip("ABCD", times, strict=True):
        ax = panels[letter]
        ax.axhline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
        ax.axvline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
        for condition, (color, marker, answer) in _CONDITIONS.items():
            mine = [
                row
                for row in rows
                if row.number("time_ms") == time and row.values["condition"] == condition
            ]
            x, y = column(mine, "x"), column(mine, "y")
            inside = (np.abs(x) <= _LIMIT) & (np.abs(y) <= _LIMIT)
            outside += int((~inside).sum())
            ax.plot(
                x[inside],
                y[inside],
                marker,
                color=color,
                ms=3.2,
                mec="white",
                mew=0.3,
                alpha=0.9,
                # Whole at the edge.
                clip_on=False,
                label=f"{condition} ({answer})",
            )
        ax.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT))
        ax.set(xticks=[-10, -5, 0, 5, 10], yticks=[-10, -5, 0, 5, 10])
        ax.set_aspect("equal")
        ax.set_title(_title(time))
        if letter in "CD":
            ax.set_xlabel("First dimension (a.u.)")
        else:
            ax.tick_params(labelbottom=False)
        if letter in "AC":
            ax.set_ylabel("Second dimension (a.u.)")
        else:
            ax.tick_params(labelleft=False)
        offset_axes(ax)
    handles, labels = panels["A"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, handletextpad=0.1)
    words = f" {outside} {'lies' if outside == 1 else 'lie'} outside the panels." if outside else ""
    return figure, (
        "States of the network in two dimensions that keep their distances as well as two can, "
        f"a mark for each trial, scaled at each time by itself.{words}"
    )


def _title(time: float) -> str:
    told = _TIMES.get(round(time))
    return f"{time:g} ms\n{told}" if told else f"{time:g} ms"
