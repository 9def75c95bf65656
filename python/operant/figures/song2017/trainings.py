"""Every task, every network: trials to criterion, and how long that took."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.endings import median_trials
from operant.figures.reproduction.sheet import count_axis, sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.style import BLUE, INK, QUIET, offset_axes
from operant.figures.table import ContentError


def trainings(tables: Tables) -> tuple[Figure, str]:
    """Draw trials to criterion and wall time of every network, task by task."""
    rows = [
        row
        for row in tables.read_trainings(
            ["run", "task", "baseline", "update_limit", "seed", "learned", "trials", "wall_seconds"]
        )
        # As the paper trains: with a value network, and until the criterion is met.
        if row.values["baseline"] == "valueNetwork" and not row.values["update_limit"]
    ]
    if not rows:
        raise ContentError(
            f"trainings.csv has no network of the paper's. '{tables.command}' adds them."
        )
    tasks = grouped(rows, "task")
    middle = {
        task: {
            # Of a training that was interrupted no time is known.
            name: median_trials(
                [
                    (row.number(name), row.flag("learned"))
                    for row in some
                    if np.isfinite(row.number_or_nan(name))
                ]
            )
            for name in ("trials", "wall_seconds")
        }
        for task, some in tasks.items()
    }
    order = sorted(tasks, key=lambda task: middle[task]["trials"], reverse=True)
    figure, panels = sheet(["AB"], 22 + 5 * len(order))
    told: list[str] = []
    for place, task in enumerate(order):
        some = tasks[task]
        spread = np.linspace(-0.2, 0.2, len(some)) if len(some) > 1 else np.zeros(1)
        for letter, name in (("A", "trials"), ("B", "wall_seconds")):
            values = column(some, name)
            for number, (value, row) in enumerate(zip(values, some, strict=True)):
                learned = row.flag("learned")
                panels[letter].plot(
                    value,
                    place + spread[number],
                    "o" if learned else "x",
                    color=BLUE if learned else INK,
                    ms=3.6,
                    mew=0 if learned else 0.9,
                    alpha=0.8,
                    zorder=3,
                )
            if np.isfinite(middle[task][name]):
                panels[letter].plot(
                    middle[task][name], place, "|", color=INK, ms=12, mew=1.3, zorder=4
                )
        trials = middle[task]["trials"]
        words = f"{task[0]} {trials:,.0f}" if np.isfinite(trials) else f"{task[0]} none"
        failures = sum(not row.flag("learned") for row in some)
        if failures:
            words += f" ({failures} of {len(some)} failed)"
        told.insert(0, words)
    for letter, label in (("A", "Trials (thousands)"), ("B", "Wall time (s)")):
        ax = panels[letter]
        ax.set(ylim=(-0.6, len(order) - 0.4), xlabel=label)
        ax.grid(axis="y", color=QUIET, lw=0.3, alpha=0.6)
        ax.set_axisbelow(True)
        count_axis(ax, thousand=letter == "A")
        offset_axes(ax)
        ax.tick_params(axis="x", labelsize=6)
    panels["A"].set_yticks(range(len(order)), [task for (task,) in order])
    panels["B"].set_yticks(range(len(order)), [""] * len(order))
    handles = [
        panels["A"].plot([], [], "o", color=BLUE, mew=0, alpha=0.8)[0],
        panels["A"].plot([], [], "|", color=INK, ms=9, mew=1.3)[0],
        panels["A"].plot([], [], "x", color=INK, mew=0.9)[0],
    ]
    figure.legend(
        handles,
        ["a network", "median", "not learned"],
        loc="outside upper center",
        ncols=3,
    )
    return figure, f"Median trials to criterion: {'; '.join(told)}."
