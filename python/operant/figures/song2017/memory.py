"""Figure 2C: parametric working memory."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column, grouped, numbers
from operant.figures.song2017.rates import COLUMNS, draw_rate, key
from operant.figures.style import QUIET, offset_axes, strength_colors

_FIRST, _SECOND = (0.0, 0.5), (3.5, 4.0)
"""When the two stimuli are there, in s."""


def comparisons(tables: Tables) -> tuple[Figure, str]:
    """Fig. 2C: percent correct of every pair, and three units in the delay."""
    cells = tables.read("fig2c", ["f1", "f2", "trials", "correct"])
    rows = tables.read("fig2c-units", [*COLUMNS, "f1", "f2"])
    figure, panels = sheet(["AB", "CD"], 88)
    frequencies = sorted({*numbers(cells, "f1"), *numbers(cells, "f2")})
    place = {frequency: i for i, frequency in enumerate(frequencies)}
    ax = panels["A"]
    ax.plot([-0.5, len(place) - 0.5], [-0.5, len(place) - 0.5], color=QUIET, lw=0.5, ls=(0, (1, 2)))
    colors = strength_colors(numbers(cells, "f1"))
    for cell in cells:
        x, y = place[cell.number("f1")], place[cell.number("f2")]
        # The colour of a first frequency is that of its curves.
        ax.plot(x, y, "s", ms=11, color=colors[cell.number("f1")], alpha=0.25, mew=0)
        ax.text(
            x,
            y,
            # As the paper gives it: the integer part.
            f"{int(100 * cell.number('correct') + 1e-9)}",
            ha="center",
            va="center",
            fontsize=6,
        )
    ticks = range(len(frequencies))
    labels = [f"{frequency:g}" for frequency in frequencies]
    ax.set_xticks(ticks, labels)
    ax.set_yticks(ticks, labels)
    ax.set(
        xlim=(-0.6, len(place) - 0.4),
        ylim=(-0.6, len(place) - 0.4),
        xlabel="f₁ (Hz)",
        ylabel="f₂ (Hz)",
        title="correct (%)",
    )
    ax.set_aspect("equal")
    offset_axes(ax)
    described = []
    for letter, ((panel, unit), mine) in zip(
        "BCD", grouped(rows, "panel", "unit").items(), strict=True
    ):
        ax = panels[letter]
        for on, off in (_FIRST, _SECOND):
            ax.axvspan(on, off, color=QUIET, alpha=0.18, lw=0)
        for (f1, f2), some in grouped(mine, "f1", "f2").items():
            draw_rate(ax, some, color=colors[float(f1)], dashed=float(f2) > float(f1), scale=1000)
        ax.set_title(f"unit {unit}: {_TUNED[panel]} f₁")
        ax.set(xlabel="Time from f₁ onset (s)" if letter in "CD" else "", ylabel="Rate (a.u.)")
        ax.set_xticks(range(5))
        ax.margins(x=0)
        ax.set_ylim(bottom=0)
        offset_axes(ax)
        described.append(f"unit {unit} {_TUNED[panel]} f₁")
    firsts = numbers(cells, "f1")
    shown = [firsts[0], firsts[len(firsts) // 2], firsts[-1]]
    key(
        panels["B"],
        {f"f₁ = {f:g}": colors[f] for f in shown},
        [("f₁ > f₂", False), ("f₁ < f₂", True)],
        loc="upper center",
        ncols=2,
        columnspacing=0.8,
    )
    low, high = panels["B"].get_ylim()
    panels["B"].set_ylim(low, low + 1.45 * (high - low))
    correct = column(cells, "correct")
    overall = float(np.average(correct, weights=column(cells, "trials")))
    return figure, (
        f"{100 * overall:.1f} % of comparisons are right after a delay of 3 s, "
        f"{100 * correct.min():.1f} % of the pair that is hardest; {', '.join(described)} "
        "(grey: stimuli)."
    )


_TUNED = {"positive": "grows with", "negative": "falls with"}
