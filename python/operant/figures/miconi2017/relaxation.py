"""Figure 8: a perturbation moves a current at once, and its relaxation moves it back slowly."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import event, sheet
from operant.figures.reproduction.tables import Tables, column
from operant.figures.style import BLUE, DASHED, INK, QUIET, RED, offset_axes

_PERTURBED = 200.0
"""In ms."""


def relaxation(tables: Tables) -> tuple[Figure, str]:
    """Fig. 8: a current with its running mean, and how it differs from that."""
    rows = tables.read("fig8", ["time_ms", "current", "average", "fluctuation"])
    time, fluctuation = column(rows, "time_ms"), column(rows, "fluctuation")
    figure, panels = sheet(["A", "B"], 84)
    ax = panels["A"]
    ax.plot(time, column(rows, "current"), color=INK, label="current, x")
    ax.plot(time, column(rows, "average"), color=BLUE, ls=DASHED, label="running mean, x̄")
    ax.set_ylabel("Current (a.u.)")
    ax.tick_params(labelbottom=False)
    ax.legend(loc="upper left")
    ax = panels["B"]
    ax.axhline(0, color=QUIET, lw=0.5, zorder=0)
    ax.fill_between(time, 0, np.maximum(fluctuation, 0), color=RED, alpha=0.35, lw=0)
    ax.fill_between(time, 0, np.minimum(fluctuation, 0), color=BLUE, alpha=0.35, lw=0)
    ax.plot(time, fluctuation, color=INK)
    ax.set(ylabel="Fluctuation, x − x̄ (a.u.)", xlabel="Time (ms)")
    for ax in panels.values():
        ax.set_xlim(time[0], time[-1] + 1)
        event(ax, _PERTURBED)
        offset_axes(ax)
    figure.align_ylabels()
    above, below = np.maximum(fluctuation, 0).sum(), -np.minimum(fluctuation, 0).sum()
    return figure, (
        f"A current that is perturbed at {_PERTURBED:g} ms (dotted). The sum of its fluctuations "
        f"is {above:.2f} above zero and {below:.2f} below it."
    )
