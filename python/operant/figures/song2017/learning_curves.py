"""How networks learned: reward and percent correct against trials, every network a line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from operant.figures.reproduction.sheet import count_axis, sheet, thousands
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.statistics import Numbers
from operant.figures.style import INK, QUIET, RED, offset_axes
from operant.figures.table import Row


@dataclass(frozen=True)
class Criterion:
    """What a network must reach."""

    correct: float | None = None
    """Share of correct among decided trials."""
    reward: float | None = None
    """Mean reward of recent trials."""
    sure: tuple[float, float] | None = None
    """Between which shares of the trials that offer a sure target it must be taken."""


CRITERIA = {
    "rdm_fixed": Criterion(0.80),
    "rdm_fixed_dt": Criterion(0.80),
    "rdm_rt": Criterion(0.80),
    "mante": Criterion(0.85),
    "multisensory": Criterion(0.82),
    "romo": Criterion(0.97),
    "postdecisionwager": Criterion(0.79, sure=(0.4, 0.5)),
    "padoaschioppa2006": Criterion(0.95),
    "padoaschioppa2006_1A3B": Criterion(0.95),
    "cartpole": Criterion(reward=0.975),
}
"""Of every task; where choices are judged, 99 % of trials must be decided besides."""

COLUMNS = ["run", "baseline", "seed", "trials", "reward", "decided", "correct", "opted_out"]


@dataclass(frozen=True)
class Learning:
    """The validations of one network."""

    run: str
    trials: Numbers
    reward: Numbers
    decided: Numbers
    correct: Numbers
    sure: Numbers

    def reached(self, criterion: Criterion) -> float | None:
        """After how many trials a validation first met the criterion; None if none did."""
        met = np.ones(len(self.trials), dtype=bool)
        if criterion.reward is not None:
            met &= self.reward >= criterion.reward
        if criterion.correct is not None:
            met &= (self.decided >= 0.99) & (self.correct >= criterion.correct)
        if criterion.sure is not None:
            met &= (self.sure > criterion.sure[0]) & (self.sure <= criterion.sure[1])
        return float(self.trials[met][0]) if met.any() else None


def read_learning(rows: list[Row]) -> list[Learning]:
    """Read networks, the main one first."""
    return [
        Learning(
            run,
            trials=column(some, "trials"),
            reward=column(some, "reward"),
            decided=column(some, "decided"),
            correct=column(some, "correct"),
            sure=column(some, "opted_out"),
        )
        for (run,), some in grouped(rows, "run").items()
    ]


def learning(tables: Tables, columns: Sequence[tuple[str, str, str]]) -> tuple[Figure, str]:
    """Draw how networks learned one task or several.

    Args:
        tables: Where the tables are.
        columns: For each task its table, its alias, and a heading.

    """
    read = [read_learning(tables.read(table, COLUMNS)) for table, _, _ in columns]
    criteria = [CRITERIA[alias] for _, alias, _ in columns]
    kinds = ["reward"]
    if any(criterion.correct is not None for criterion in criteria):
        kinds.append("correct")
    if any(criterion.sure is not None for criterion in criteria):
        kinds.append("sure")
    # Two quantities of one task stand side by side; three, and those of several, under each other.
    several = len(columns) > 1
    stacked = several or len(kinds) > 2
    grid = [[(kind, alias) for _, alias, _ in columns] for kind in kinds]
    if not stacked:
        grid = [[line[0] for line in grid]]
    letters = dict(zip((cell for line in grid for cell in line), "ABCDEFGH", strict=False))
    layout = [[letters[cell] for cell in line] for line in grid]
    figure, panels = sheet(layout, 40.0 * len(kinds) if stacked else 48.0)
    ends = [max(network.trials.max() for network in networks) for networks in read]
    in_thousands = max(ends) >= _FEW_TRIALS
    told = []
    for (_, alias, title), networks, criterion in zip(columns, read, criteria, strict=True):
        for kind in kinds:
            ax = panels[letters[kind, alias]]
            _draw(ax, networks, kind, criterion)
            if _is_long(networks):
                count_axis(ax, thousand=in_thousands)
            elif in_thousands:
                thousands(ax)
            offset_axes(ax)
            if kind != kinds[-1] and stacked and not several:
                ax.tick_params(labelbottom=False)
        if several:
            panels[letters[kinds[0], alias]].set_title(title)
        told.append(_told(alias, networks, criterion))
    if not several:
        figure.suptitle(columns[0][2], fontsize=7)
    figure.supxlabel("Trials (thousands)" if in_thousands else "Trials", fontsize=7)
    _key(panels["A"], others=any(len(networks) > 1 for networks in read))
    return figure, (
        "; ".join(told)
        + ". Bold: the main network, that of the other figures; red: the criterion; a "
        "dot: where a network met it, and its training ended."
    )


_FEW_TRIALS = 2000
"""Fewer than these are not counted in thousands."""

_MANY_VALIDATIONS = 500
"""Of a network that took so many, a linear axis would show nothing but the end."""


def _is_long(networks: list[Learning]) -> bool:
    return max(len(network.trials) for network in networks) > _MANY_VALIDATIONS


def _key(ax: Axes, *, others: bool) -> None:
    lines = [("main network", INK, 1.4)]
    if others:
        lines.append(("other networks", QUIET, 0.5))
    lines.append(("criterion", RED, 0.8))
    # Between −1, where all begin, and what they come to there is room.
    ax.legend(
        [Line2D([], [], color=color, lw=width) for _, color, width in lines],
        [label for label, _, _ in lines],
        loc="lower right",
        fontsize=6,
    )


def _draw(ax: Axes, networks: list[Learning], kind: str, criterion: Criterion) -> None:
    scale = 1.0 if kind == "reward" else 100.0
    if kind == "reward" and criterion.reward is not None:
        ax.axhline(criterion.reward, color=RED, lw=0.8, zorder=1)
    if kind == "correct" and criterion.correct is not None:
        ax.axhline(100 * criterion.correct, color=RED, lw=0.8, zorder=1)
    if kind == "sure" and criterion.sure is not None:
        low, high = criterion.sure
        ax.axhspan(100 * low, 100 * high, color=RED, alpha=0.18, lw=0, zorder=0)
    lowest = 0.0
    for number, network in reversed(list(enumerate(networks))):
        values = {"reward": network.reward, "correct": network.correct, "sure": network.sure}
        main = number == 0
        met = network.reached(criterion) is not None
        # On a logarithmic axis there is no place for what was before the first trial.
        shown = network.trials > (0 if _is_long(networks) else -1)
        lowest = min(lowest, network.reward[shown].min())
        # Many validations make a band of a line that is too thick.
        bold = 1.4 if len(network.trials) <= 60 else 0.7
        ax.plot(
            network.trials[shown],
            scale * values[kind][shown],
            color=INK if main else QUIET,
            lw=bold if main else 0.5,
            marker="o" if met else "",
            markevery=[-1],
            ms=3 if main else 2.2,
            mew=0,
            clip_on=False,
            zorder=3 if main else 2,
        )
    last = max(network.trials.max() for network in networks)
    if _is_long(networks):
        ax.set_xlim(min(network.trials[network.trials > 0].min() for network in networks), last)
    else:
        ax.set_xlim(0, max(last, 1.0))
    if kind == "reward":
        # The reward of the one task whose criterion is of reward is the share of its 200 steps.
        steps = "\n(1: 200 steps balanced)" if criterion.reward is not None else ""
        ax.set(ylim=(-1 if lowest < 0 else 0, 1), ylabel="Reward per trial" + steps)
    elif kind == "correct":
        correct_axis(ax, [100 * network.correct for network in networks])
    else:
        ax.set(
            ylim=(0, 100), yticks=[0, 25, 50, 75, 100], ylabel="Sure target taken\n(% of offers)"
        )


def correct_axis(ax: Axes, percents: list[Numbers]) -> None:
    """Show percents correct from just below chance (or the worst there is) to 100."""
    worst = min(
        (float(np.nanmin(some)) for some in percents if np.isfinite(some).any()), default=50
    )
    low = min(40.0, 10 * np.floor(worst / 10))
    ticks = [25, 50, 75, 100] if low <= 25 else [50, 75, 100]
    ax.set(ylim=(low, 100), yticks=ticks, ylabel="Correct (%)")


def _told(alias: str, networks: list[Learning], criterion: Criterion) -> str:
    reached = [network.reached(criterion) for network in networks]
    met = [trials for trials in reached if trials is not None]
    words = f"{alias}: {len(met)} of {len(networks)} networks met the criterion"
    if criterion.correct is not None:
        words += f" of {100 * criterion.correct:g} % correct"
    if reached[0] is not None:
        words += f", the main one after {reached[0]:,.0f} trials"
    if len(met) > 1:
        words += f", all after {np.mean(met):,.0f} ± {np.std(met, ddof=1):,.0f} (mean ± s.d.)"
    return words
