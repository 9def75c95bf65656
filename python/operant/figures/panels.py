"""Which panels a run has, each of which draws itself and says in a line what it shows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from operant.figures.chronometric import chronometric
from operant.figures.duration import duration
from operant.figures.learning import learning
from operant.figures.local_choices import condition_rights, rights
from operant.figures.local_rule import ConditionErrors, LocalProgress, conditions, errors
from operant.figures.psychometric import psychometric
from operant.figures.run import Configuration, Progress, Trials


@dataclass(frozen=True)
class Panel:
    """A part of a figure."""

    name: str
    """Names its file."""
    draw: Callable[[Axes], str]
    """Draws it and returns its caption."""


CHOICE_TIMES: dict[str, str] = {
    "PerceptualDecisionMaking": "stimulus_duration",
    "PerceptualDecisionMakingReactionTime": "reaction_time",
}
"""The tasks whose choices can be drawn, and the time that matters in each."""


def choice_panels(trials: Trials, configuration: Configuration) -> list[Panel]:
    """How the trained subject decides: against strength of motion, and against time."""

    def draw_psychometric(ax: Axes) -> str:
        fit = psychometric(ax, trials).fit
        count = f"{int(trials.decided.sum()):,} decision trials"
        if fit is None:
            return f"Psychometric curve of {count}; no cumulative Gaussian fits."
        return (
            f"Psychometric curve of {count}; cumulative Gaussian with "
            f"μ = {fit.mu:.2f} %, σ = {fit.sigma:.2f} % coherence."
        )

    def draw_duration(ax: Axes) -> str:
        duration(ax, trials, noise=configuration.noise)
        return "Percent correct against stimulus duration, beside the ideal observer."

    def draw_chronometric(ax: Axes) -> str:
        chronometric(ax, trials)
        return "Mean reaction time ± s.e.m. against coherence, for correct choices and errors."

    timed = (
        Panel("duration", draw_duration)
        if CHOICE_TIMES[configuration.task] == "stimulus_duration"
        else Panel("chronometric", draw_chronometric)
    )
    return [Panel("psychometric", draw_psychometric), timed]


def learning_panel(progress: Progress, configuration: Configuration) -> Panel:
    """How training went."""

    def draw(ax: Axes) -> str:
        met = learning(ax, progress, configuration).trials_to_criterion
        if met is None:
            return "Learning curve; the criterion was not met."
        return f"Learning curve; the criterion was met after {met:,} training trials."

    return Panel("learning", draw)


def errors_panel(progress: LocalProgress, configuration: Configuration) -> Panel:
    """How training by the local rule went."""

    def draw(ax: Axes) -> str:
        if configuration.right_to_reach is not None:
            rights(ax, progress, configuration)
            return (
                f"Learning curve of {int(progress.trials[-1]):,} trials; "
                f"{100 * progress.good[0]:.0f} % were right of the first and "
                f"{100 * progress.good[-1]:.0f} % of the last hundred."
            )
        bound = errors(ax, progress, configuration)
        told = (
            f"Learning curve of {int(progress.trials[-1]):,} trials; the median error is "
            f"{progress.median[0]:.2f} in the first and {progress.median[-1]:.2f} in the last "
            "hundred"
        )
        return (
            f"{told}, of which {100 * progress.good[-1]:.0f} % are below {bound:g}."
            if bound
            else f"{told}."
        )

    return Panel("learning", draw)


def conditions_panel(tested: ConditionErrors, configuration: Configuration) -> Panel:
    """How well the trained subject answers, condition by condition."""

    def draw(ax: Axes) -> str:
        if configuration.right_to_reach is not None:
            condition_rights(ax, tested)
            return (
                f"Percent right ± s.e.m. of {int(tested.trials.sum()):,} test trials by condition; "
                f"{100 * (1 - np.average(tested.mean, weights=tested.trials)):.1f} % of all."
            )
        conditions(ax, tested, configuration)
        worst = int(tested.mean.argmax())
        return (
            f"Mean error ± s.d. of {int(tested.trials.sum()):,} test trials by condition; "
            f"the largest mean is {tested.mean[worst]:.2f}, of condition {tested.names[worst]}."
        )

    return Panel("conditions", draw)
