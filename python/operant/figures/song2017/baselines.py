"""What is subtracted from returns, and what that is good for."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.endings import (
    Ending,
    draw_endings,
    median_trials,
    name_endings,
)
from operant.figures.reproduction.sheet import count_axis, sheet, thousands
from operant.figures.reproduction.tables import Tables, grouped
from operant.figures.song2017.learning_curves import (
    COLUMNS,
    CRITERIA,
    Learning,
    correct_axis,
    read_learning,
)
from operant.figures.song2017.palette import BASELINES
from operant.figures.statistics import Numbers
from operant.figures.style import RED, offset_axes
from operant.figures.table import ContentError, Row

_TASK = "rdm_fixed"
_ORDER = ["valueNetwork", "linear", "constant", "none"]
_LINES = {"valueNetwork": "-", "linear": (0, (5, 1)), "constant": (0, (3, 1, 1, 1)), "none": "-"}


def learning(tables: Tables) -> tuple[Figure, str]:
    """Draw how networks learned with each of four baselines, and after how many trials."""
    rows = tables.read("baselines", COLUMNS)
    networks = {name: read_learning(some) for (name,), some in grouped(rows, "baseline").items()}
    ledger = {row.values["run"]: row for row in tables.read_trainings(["run", "learned", "trials"])}
    names = [name for name in _ORDER if name in networks]
    figure, panels = sheet(["AB", "CC"], 88, heights=[1, 0.8])
    told: list[str] = []
    for name in reversed(names):
        label, color = BASELINES[name]
        for letter, kind, scale in (("A", "reward", 1), ("B", "correct", 100)):
            trials, low, median, high = quartiles(networks[name], kind)
            ax = panels[letter]
            ax.fill_between(trials, scale * low, scale * high, color=color, alpha=0.22, lw=0)
            ax.plot(trials, scale * median, color=color, ls=_LINES[name], label=label)
    for name, ylabel in (("A", "Reward per trial"), ("B", "Correct (%)")):
        ax = panels[name]
        ax.set(xlabel="Trials (thousands)", ylabel=ylabel)
        ax.set_xlim(0, _shown(list(networks.values())))
        thousands(ax)
        offset_axes(ax)
    target = CRITERIA[_TASK].correct
    if target is not None:
        panels["B"].axhline(100 * target, color=RED, lw=0.8, zorder=1)
        panels["B"].annotate(
            "criterion",
            xy=(1, 100 * target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            color=RED,
            fontsize=6,
        )
    correct_axis(panels["B"], [100 * n.correct for some in networks.values() for n in some])
    handles, labels = panels["A"].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside upper center", ncols=len(names))

    ax = panels["C"]
    for place, name in enumerate(reversed(names)):
        endings = [_ending(ledger, network, tables) for network in networks[name]]
        draw_endings(ax, place, endings, BASELINES[name][1])
        failures = sum(not learned for _, learned in endings)
        middle = median_trials(endings)
        words = f"median {middle:,.0f} trials" if np.isfinite(middle) else "no median"
        told.insert(0, f"{BASELINES[name][0]}: {words}, {failures} of {len(endings)} failed")
    ax.set_yticks(range(len(names)), [BASELINES[name][0] for name in reversed(names)])
    ax.set(ylim=(-0.6, len(names) - 0.4), xlabel="Trials to criterion (thousands)")
    count_axis(ax, thousand=True)
    name_endings(ax)
    offset_axes(ax)
    return figure, (
        f"{_TASK} with four baselines. {'; '.join(told)}. Medians count a failure as "
        "never. Curves: medians and quartiles over networks; one that has met the criterion keeps "
        "its last validation."
    )


def _shown(groups: list[list[Learning]]) -> float:
    """Until when curves are shown: three quarters of the networks of every group have ended."""
    ends = (float(np.quantile([n.trials[-1] for n in some], 0.75)) for some in groups)
    return max(1.0, *ends)


def quartiles(networks: list[Learning], kind: str) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Take quartiles over networks at every number of trials at which any was validated.

    Training ends when the criterion is met. From there on a network counts with its last value: if
    it were left out, the median would fall as soon as the best had finished. Between validations it
    counts with the one before; where a value is missing (no trial was decided), it doesn't count.

    Returns:
        Trials; first quartile, median, third quartile.

    """
    trials = np.unique(np.concatenate([network.trials for network in networks]))
    held = []
    for network in networks:
        values = network.reward if kind == "reward" else network.correct
        last = np.searchsorted(network.trials, trials, side="right") - 1
        held.append(np.where(last >= 0, values[np.maximum(last, 0)], np.nan))
    table = np.array(held)
    some = np.isfinite(table).any(axis=0)
    low, middle, high = np.nanpercentile(table[:, some], [25, 50, 75], axis=0)
    return trials[some], low, middle, high


def _ending(ledger: dict[str, Row], network: Learning, tables: Tables) -> Ending:
    row = ledger.get(network.run)
    if row is None:
        raise ContentError(f"trainings.csv has no {network.run}. '{tables.command}' adds it.")
    return row.number("trials", at_least=1), row.flag("learned")
