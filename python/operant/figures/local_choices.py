"""Runs of the local rule where actions are choices: how many of them were right."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from operant.figures.local_rule import (
    ConditionErrors,
    LocalProgress,
    conditions_axis,
    read_condition_errors,
)
from operant.figures.run import Configuration
from operant.figures.style import BLUE, INK, QUIET, offset_axes, trials_axis

_WINDOW = 5
"""Rows of a hundred trials to a point: as many trials as the criterion is of."""


def rights(ax: Axes, progress: LocalProgress, configuration: Configuration) -> None:
    """Draw percent answered rightly against training trials, and what is to be reached."""
    ax.plot(progress.trials, 100 * progress.good, color=QUIET, lw=0.7, label="of a hundred trials")
    if len(progress.trials) >= _WINDOW:
        means = np.convolve(progress.good, np.ones(_WINDOW) / _WINDOW, mode="valid")
        ax.plot(progress.trials[_WINDOW - 1 :], 100 * means, color=INK, label="of five hundred")
    if configuration.right_to_reach is not None:
        goal = 100 * configuration.right_to_reach
        ax.axhline(
            goal, color=BLUE, lw=0.6, ls=(0, (4, 3)), zorder=0, label=f"criterion, {goal:.3g} %"
        )
    trials_axis(ax, float(progress.trials.max()))
    ax.set(ylim=(0, 100), ylabel="Right (%)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=2)
    offset_axes(ax)


def read_condition_rights(run: Path) -> ConditionErrors:
    """Read of trials.csv which share of each condition was not answered rightly."""
    return read_condition_errors(run, of=lambda row: 1 - row.number("correct"))


def condition_rights(ax: Axes, tested: ConditionErrors) -> None:
    """Draw percent answered rightly of each condition, ± the standard error of a proportion."""
    right = 1 - tested.mean
    ax.errorbar(
        np.arange(len(right)),
        100 * right,
        yerr=100 * np.sqrt(right * (1 - right) / tested.trials),
        fmt="o",
        color=INK,
        elinewidth=0.8,
        capsize=0,
        label="right ± s.e.m.",
        clip_on=False,
    )
    ax.set(ylim=(0, 100), ylabel="Right (%)")
    conditions_axis(ax, tested)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.02))
    offset_axes(ax)
