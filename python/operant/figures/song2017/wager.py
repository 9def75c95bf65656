"""Figure 3: post-decision wagering."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import event, sheet, without_left
from operant.figures.reproduction.tables import Tables, column, grouped, numbers
from operant.figures.song2017.rates import COLUMNS, draw_rate
from operant.figures.style import BLUE, DASHED, RED, offset_axes, strength_colors
from operant.figures.table import Row

_DURATIONS = {"xlim": (100, 700), "xticks": [100, 300, 500, 700]}


def sure_choices(tables: Tables) -> tuple[Figure, str]:
    """Fig. 3B: how often the sure target is taken, and what waiving it tells."""
    rows = tables.read("fig3b", ["panel", "coherence", "duration_ms", "proportion", "trials"])
    figure, panels = sheet(["AB"], 56)
    coherences = numbers(rows, "coherence")
    colors = strength_colors(coherences)
    for (panel, coherence), some in grouped(rows, "panel", "coherence").items():
        waived = panel != "not offered"
        color = colors[float(coherence)]
        panels["A" if panel == "sure" else "B"].plot(
            column(some, "duration_ms"),
            100 * column(some, "proportion"),
            "o",
            ls="-" if waived else DASHED,
            lw=0.9,
            color=color,
            ms=2.4,
            mfc=color if waived else "white",
            mew=0.3 if waived else 0.7,
            mec="white" if waived else color,
            clip_on=False,
        )
    for name, label, low in (("A", "Sure target taken (%)", 0), ("B", "Correct (%)", 50)):
        ax = panels[name]
        judged = column([row for row in rows if row.values["panel"] != "sure"], "proportion")
        bottom = low if name == "A" else min(low, 10 * np.floor(10 * judged.min()))
        longest = max(700.0, column(rows, "duration_ms").max())
        ax.set(ylim=(bottom, 100), xlabel="Stimulus duration (ms)", ylabel=label)
        ax.set(xlim=(100, longest), xticks=_DURATIONS["xticks"])
        offset_axes(ax)
    handles = [panels["A"].plot([], [], "o-", color=colors[c], ms=2.8)[0] for c in coherences]
    handles += [
        panels["A"].plot([], [], "o-", color="black", ms=2.8, lw=0.9)[0],
        panels["A"].plot([], [], "o", ls=DASHED, color="black", ms=2.8, lw=0.9, mfc="white")[0],
    ]
    figure.legend(
        handles,
        [f"{c:g} %" for c in coherences] + ["offered, waived", "not offered"],
        loc="outside upper center",
        ncols=4,
    )
    taken = [row for row in rows if row.values["panel"] == "sure"]
    above = [row for row in rows if row.number("coherence") > 0]
    return figure, (
        f"The sure target is taken in {100 * _mean(taken):.0f} % of the trials that offer it "
        f"({_range(taken, coherences)}); judgements are right in "
        f"{100 * _mean([r for r in above if r.values['panel'] == 'waived']):.0f} % where it was "
        "offered and waived and in "
        f"{100 * _mean([r for r in above if r.values['panel'] == 'not offered']):.0f} % where it "
        "was not offered (coherences above 0 together)."
    )


def _mean(rows: list[Row]) -> float:
    trials = column(rows, "trials")
    return float(np.average(column(rows, "proportion"), weights=trials)) if len(rows) else np.nan


def _range(rows: list[Row], coherences: list[float]) -> str:
    first, last = coherences[0], coherences[-1]
    of = {c: 100 * _mean([r for r in rows if r.number("coherence") == c]) for c in (first, last)}
    return f"{of[first]:.0f} % at {first:g} %, {of[last]:.0f} % at {last:g} % coherence"


_ANSWERS = {"judged": "judged", "sure": "took the sure target"}


def unit(tables: Tables) -> tuple[Figure, str]:
    """Fig. 3C: a unit that tells how sure the network is."""
    rows = tables.read("fig3c", [*COLUMNS, "offer", "direction", "answer"])
    layout = [
        ["A", "choice 1", "key"],
        ["B", "sure", "choice 2"],
    ]
    figure, panels = sheet(layout, 82, widths=[8, 9, 5])
    shown = (
        ("A", "not offered", "stimulus"),
        ("choice 1", "not offered", "choice"),
        ("B", "offered", "stimulus"),
        ("sure", "offered", "sure target"),
        ("choice 2", "offered", "choice"),
    )
    high = 1.05 * column(rows, "mean").max()
    colors = {"right": BLUE, "left": RED}
    for name, offer, panel in shown:
        ax = panels[name]
        mine = [r for r in rows if r.values["offer"] == offer and r.values["panel"] == panel]
        for (direction, answer), some in grouped(mine, "direction", "answer").items():
            draw_rate(ax, some, color=colors[direction], dashed=answer == "sure")
        event(ax)
        ax.margins(x=0)
        ax.set(ylim=(0, high), xlabel=f"From {panel} (ms)")
        if panel == "choice":
            ax.set_xticks([-400, -200, 0] if name == "choice 1" else [-400, 0])
        if name in ("A", "B"):
            ax.set_ylabel("Rate (a.u.)")
            ax.set_title(f"sure target {offer}", loc="left")
            offset_axes(ax)
        else:
            without_left(ax)
    keys = panels["key"]
    keys.axis("off")
    for label, color, ls in (
        ("motion right", BLUE, "-"),
        ("motion left", RED, "-"),
        ("judged", "black", "-"),
        ("sure", "black", DASHED),
    ):
        keys.plot([], [], color=color, ls=ls, lw=1, label=label)
    keys.legend(loc="center", borderaxespad=0)
    before = {
        pair: column(some, "mean").mean()
        for pair, some in grouped(
            [
                r
                for r in rows
                if r.values["panel"] == "sure target" and -200 <= r.number("time_ms") <= 0
            ],
            "direction",
            "answer",
        ).items()
    }
    listed = ", ".join(
        f"{before[pair]:.2f} (motion {pair[0]}, {_ANSWERS[pair[1]]})" for pair in sorted(before)
    )
    return figure, (
        f"Unit {rows[0].values['unit']} of the decision network. Mean rate in the 200 ms before "
        f"the sure target appears: {listed}."
    )
