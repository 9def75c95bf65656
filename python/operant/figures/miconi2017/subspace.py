"""Figure 5: the population's way through a space of choice and evidence."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.style import DASHED, INK, QUIET, offset_axes

_BIAS = LinearSegmentedColormap.from_list(
    "operant.bias",
    ["#8e2216", "#cf5a3f", "#eda98c", "#d8d2b0", "#9ccf9f", "#3f9a63", "#0f5132"],
)
"""From red to green; weak bias is light."""

_PANELS = {"A": (1, 1), "B": (2, 1), "C": (1, 2), "D": (2, 2)}
"""Which modality is attended to, and by whose bias trials are sorted."""


def subspace(tables: Tables) -> tuple[Figure, str]:
    """Fig. 5: trajectories by bias and choice, after orthogonal regression."""
    rows = tables.read(
        "fig5",
        [
            "context",
            "grouping",
            "bias",
            "choice",
            "time_ms",
            "choice_position",
            "modality_position",
        ],
    )
    figure, panels = sheet(["AB", "CD"], 100)
    strongest = float(np.abs(column(rows, "bias")).max())
    scale = Normalize(-strongest, strongest)
    ends: dict[bool, list[float]] = {True: [], False: []}
    for (context, grouping, bias, choice), way in grouped(
        rows, "context", "grouping", "bias", "choice"
    ).items():
        way = sorted(way, key=lambda row: row.number("time_ms"))
        right = float(choice) > 0
        for letter, panel in _PANELS.items():
            if panel == (float(context), float(grouping)):
                x, y = column(way, "choice_position"), column(way, "modality_position")
                color = _BIAS(scale(float(bias)))
                _draw(panels[letter], x, y, color, solid=right)
                ends[right].append(float(x[-1]))
    for letter, (attended, sorted_by) in _PANELS.items():
        ax = panels[letter]
        ax.axhline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
        ax.axvline(0, color=QUIET, lw=0.4, ls=(0, (1, 2)), zorder=0)
        ax.sharex(panels["A"])
        ax.sharey(panels["A" if letter in "AB" else "C"])
        ax.margins(0.05)
        offset_axes(ax)
        if letter in "AB":
            ax.set_title(f"attending to modality {attended}")
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel("Choice axis (s.d.)")
        if letter in "AC":
            ax.set_ylabel(f"Axis of modality {sorted_by} (s.d.)")
        else:
            ax.tick_params(labelleft=False)
    figure.legend(
        [
            Line2D([], [], color=INK, lw=0.8),
            Line2D([], [], color=INK, lw=0.8, ls=DASHED),
            Line2D([], [], color=INK, marker="o", ls="", ms=2.6),
        ],
        ["chose positive", "chose negative", "end of trial"],
        loc="outside upper center",
        ncols=3,
    )
    bar = figure.colorbar(
        ScalarMappable(scale, _BIAS),
        ax=list(panels.values()),
        location="bottom",
        aspect=40,
        shrink=0.7,
        pad=0.03,
    )
    bar.set_label("Bias of the modality on the vertical axis")
    bar.set_ticks([-strongest, 0, strongest], labels=[f"−{strongest:g}", "0", f"{strongest:g}"])
    bar.outline.set_visible(False)
    told = " and at ".join(f"{np.mean(ends[right]):.1f}" for right in (True, False) if ends[right])
    return figure, (
        "The population's way, trials sorted by the bias of modality 1 (above) and of modality 2 "
        "(below), attending to modality 1 (left) and to modality 2 (right); correct trials. Along "
        f"the axis of choice it ends at {told}, on average over positive and over negative choices."
    ).replace(" -", " −")


def _draw(ax: Axes, x: np.ndarray, y: np.ndarray, color: object, *, solid: bool) -> None:
    ax.plot(x, y, color=color, lw=0.8, ls="-" if solid else DASHED)
    ax.plot(x[-1], y[-1], "o", color=color, ms=2.6, mew=0, zorder=3)
