"""Runs of the local rule: how errors fall, and how large they are in each condition."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from operant.figures.run import Configuration
from operant.figures.statistics import Numbers
from operant.figures.style import BLUE, INK, QUIET, offset_axes, trials_axis
from operant.figures.table import ContentError, MissingError, Row, read_rows

CRITERION = 95.0
"""Percent of a hundred trials; a task counts as learned when more than these are good."""

_NAMED = 8
"""As many conditions can be named by their facts along an axis."""


@dataclass(frozen=True)
class LocalProgress:
    """One entry per hundred trials of training."""

    trials: Numbers
    """Trials trained on so far."""
    median: Numbers
    """Median error of the last hundred."""
    upper: Numbers
    """Their upper quartile."""
    good: Numbers
    """Which share of them was good, from 0 to 1; NaN where no error counts as good."""


@dataclass(frozen=True)
class ConditionErrors:
    """Errors of test trials, one entry per condition that was tested, ascending."""

    factors: list[str]
    """The facts that tell conditions apart; none where facts don't."""
    names: list[str]
    """Each condition's values of the factors with commas between, or else its number."""
    trials: Numbers
    """How many trials it was tested in."""
    mean: Numbers
    """Mean error."""
    spread: Numbers
    """Standard deviation of the error; NaN of a single trial."""


def read_local_progress(run: Path) -> LocalProgress:
    """Read progress.csv of a run of the local rule.

    Raises:
        MissingError: There is no such file.
        ContentError: It lacks columns or rows, or a number can't be read.

    """
    path = run / "progress.csv"
    if not path.is_file():
        raise MissingError(f"There is no {path}. 'operant train' writes it every hundred trials.")
    rows = list(read_rows(path, ["trials", "median_error", "upper_quartile_error", "good"]))
    if not rows:
        raise ContentError(f"{path} has no rows: there were no hundred trials yet.")
    return LocalProgress(
        trials=np.array([row.number("trials") for row in rows]),
        median=np.array([row.number("median_error", at_least=0) for row in rows]),
        upper=np.array([row.number("upper_quartile_error", at_least=0) for row in rows]),
        good=np.array([row.number_or_nan("good") for row in rows]),
    )


def read_condition_errors(
    run: Path, *, of: Callable[[Row], float] = lambda row: -row.number("reward")
) -> ConditionErrors:
    """Read trials.csv of a run of the local rule.

    Args:
        run: Its folder.
        of: What counts as a trial's error; what it earned with a minus, if not said.

    Raises:
        ContentError: It lacks columns or rows, or a number can't be read.

    """
    path = run / "trials.csv"
    groups: dict[float, list[Row]] = {}
    for row in read_rows(path, ["condition", "ending", "correct", "reward"]):
        groups.setdefault(row.number("condition", at_least=0), []).append(row)
    if not groups:
        raise ContentError(f"{path} has no rows. Run 'operant evaluate {run}' again.")
    tested = [groups[condition] for condition in sorted(groups)]
    errors = [np.array([of(row) for row in rows]) for rows in tested]
    factors = _factors(tested)
    return ConditionErrors(
        factors=factors,
        names=[
            ", ".join(_short(rows[0].values[factor]) for factor in factors) or f"{condition:g}"
            for condition, rows in zip(sorted(groups), tested, strict=True)
        ],
        trials=np.array([float(len(some)) for some in errors]),
        mean=np.array([some.mean() for some in errors]),
        spread=np.array([some.std(ddof=1) if len(some) > 1 else np.nan for some in errors]),
    )


def errors(ax: Axes, progress: LocalProgress, configuration: Configuration) -> float | None:
    """Draw median and upper quartile of the error, and percent good, against training trials.

    Percent good has an axis of its own on the right.

    Returns:
        Below which error trials are good; None if none are.

    """
    # Many rows would make one thick line of their points, and a single one no line.
    some = "o-" if len(progress.trials) <= 40 else "-"
    ax.plot(
        progress.trials, progress.upper, color=QUIET, lw=0.7, clip_on=False, label="upper quartile"
    )
    ax.plot(
        progress.trials,
        progress.median,
        some,
        color=INK,
        ms=2.4,
        clip_on=False,
        zorder=3,
        label="median error",
    )
    bound = configuration.error_to_reach or None
    if bound is not None:
        good_axis = ax.twinx()
        good_axis.plot(
            progress.trials, 100 * progress.good, some, color=BLUE, ms=2.4, clip_on=False
        )
        good_axis.axhline(CRITERION, color=BLUE, lw=0.6, ls=(0, (4, 3)), zorder=0)
        ax.plot([], [], color=BLUE, label=f"good: error below {bound:g}")
        ax.plot([], [], color=BLUE, lw=0.6, ls=(0, (4, 3)), label=f"criterion, {CRITERION:g} %")
        good_axis.set(ylim=(0, 100), yticks=[0, 25, 50, 75, 100], ylabel="Good trials (%)")
        good_axis.tick_params(axis="y", colors=BLUE)
        good_axis.yaxis.label.set_color(BLUE)
        good_axis.spines["right"].set(visible=True, color=BLUE, position=("outward", 3))
        good_axis.spines["left"].set_visible(False)
        good_axis.spines["bottom"].set_visible(False)
        # Errors lie over the percentage.
        ax.set_zorder(good_axis.get_zorder() + 1)
        ax.patch.set_visible(False)
    trials_axis(ax, float(progress.trials.max()))
    ax.set(ylabel="Error")
    ax.set_ylim(0, 1.05 * max(float(progress.upper.max()), 1e-9))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=2)
    offset_axes(ax)
    return bound


def conditions(ax: Axes, tested: ConditionErrors, configuration: Configuration) -> None:
    """Draw mean error ± s.d. of each condition, and the error that trials must stay below."""
    ax.errorbar(
        np.arange(len(tested.names)),
        tested.mean,
        yerr=np.nan_to_num(tested.spread),
        fmt="o",
        color=INK,
        elinewidth=0.8,
        capsize=0,
        label="mean ± s.d.",
    )
    top = float((tested.mean + np.nan_to_num(tested.spread)).max())
    if configuration.error_to_reach:
        bound = configuration.error_to_reach
        ax.axhline(
            bound, color=BLUE, lw=0.6, ls=(0, (4, 3)), zorder=0, label=f"good: below {bound:g}"
        )
        top = max(top, bound)
    ax.set(ylim=(0, 1.05 * max(top, 1e-9)), ylabel="Error")
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    conditions_axis(ax, tested)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=2)
    offset_axes(ax)


def conditions_axis(ax: Axes, tested: ConditionErrors) -> None:
    """Have conditions along an axis, by their facts' values where there is room for them."""
    places = np.arange(len(tested.names))
    ax.set_xlim(-0.5, len(places) - 0.5)
    if len(places) > _NAMED:
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel("Condition, in order")
    else:
        ax.set_xticks(places, [name.replace(", ", "\n") for name in tested.names])
        ax.set_xlabel(
            "\n".join(factor.replace("_", " ") for factor in tested.factors) or "Condition"
        )


def _factors(tested: list[list[Row]]) -> list[str]:
    """Tell which facts tell conditions apart, the fewest as they come; none if they don't.

    Facts stand between a row's condition and its ending. One that differs between trials of a
    condition is no factor.
    """
    columns = list(tested[0][0].values)
    facts = columns[columns.index("condition") + 1 : columns.index("ending")]
    factors: list[str] = []
    told = 1
    for fact in facts:
        if any(len({row.values[fact] for row in rows}) > 1 for rows in tested):
            continue
        more = [*factors, fact]
        apart = len({tuple(rows[0].values[factor] for factor in more) for rows in tested})
        if apart > told:
            factors, told = more, apart
    return factors if told == len(tested) else []


def _short(value: str) -> str:
    """Write a number without zeros that say nothing; other values stay as they are."""
    try:
        return f"{float(value):g}".replace("-", "−")
    except ValueError:
        return value
