"""The learning curve: validation by validation until the criterion is met."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from operant.figures.run import Configuration, Progress
from operant.figures.style import BLUE, INK, QUIET, RED, offset_axes, trials_axis


@dataclass(frozen=True)
class LearningCurve:
    """What the learning curve shows beyond the table it is drawn from."""

    trials_to_criterion: int | None
    """After how many training trials a validation first met the criterion; None if none did."""


def learning(ax: Axes, progress: Progress, configuration: Configuration) -> LearningCurve:
    """Draw percent correct, percent decided and mean reward against training trials.

    Percent correct is of decided trials. Reward has an axis of its own on the right.

    Returns:
        When the criterion was met.

    """
    ax.plot(
        progress.trials, 100 * progress.decided, color=QUIET, lw=0.9, clip_on=False, label="decided"
    )
    ax.plot(
        progress.trials,
        100 * progress.correct,
        # Many validations would make one thick line of their points.
        "o-" if len(progress.trials) <= 40 else "-",
        color=INK,
        ms=2.4,
        label="correct",
        zorder=3,
    )
    reward_axis = ax.twinx()
    reward_axis.plot(progress.trials, progress.reward, color=RED, clip_on=False)
    ax.plot([], [], color=RED, label="reward")
    reached = progress.reached(configuration)
    if configuration.correct_to_reach is not None:
        ax.axhline(
            100 * configuration.correct_to_reach,
            color=INK,
            lw=0.6,
            ls=(0, (4, 3)),
            zorder=0,
            label=f"criterion, {100 * configuration.correct_to_reach:g} %",
        )
    if reached is not None:
        at = float(progress.trials[reached])
        ax.plot(
            at,
            100 * progress.correct[reached],
            "o",
            ms=5.5,
            mfc="white",
            mec=BLUE,
            mew=1.2,
            clip_on=False,
            zorder=4,
            label=f"met, {at:,.0f} trials",
        )
    worth = progress.reward
    bottom, top = min(-1.0, np.floor(worth.min())), max(1.0, np.ceil(worth.max()))
    reward_axis.set(ylim=(bottom, top), ylabel="Reward per trial")
    reward_axis.yaxis.set_major_locator(MaxNLocator(4))
    reward_axis.tick_params(axis="y", colors=RED)
    reward_axis.yaxis.label.set_color(RED)
    reward_axis.spines["right"].set(visible=True, color=RED, position=("outward", 3))
    reward_axis.spines["left"].set_visible(False)
    reward_axis.spines["bottom"].set_visible(False)
    ax.set(
        ylim=(0, 100),
        yticks=[0, 25, 50, 75, 100],
        ylabel="Trials (%)",
    )
    trials_axis(ax, float(progress.trials.max()))
    ax.legend(loc="lower right")
    # Curves of percent lie over that of reward.
    ax.set_zorder(reward_axis.get_zorder() + 1)
    ax.patch.set_visible(False)
    offset_axes(ax)
    return LearningCurve(None if reached is None else int(progress.trials[reached]))
