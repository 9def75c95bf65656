"""Figures of a run: how training went, and how the trained subject decides.

From a shell: ``python -m operant.figures RUN``. From a notebook::

    import matplotlib.pyplot as plt
    from pathlib import Path
    from operant.figures import psychometric, read_trials, style

    with style():
        figure, ax = plt.subplots()
        curve = psychometric(ax, read_trials(Path("runs/demo")))
    print(curve.fit.mu, curve.fit.sigma)  # percent coherence
"""

from operant.figures.chronometric import ChronometricCurve, ReactionTimes, chronometric
from operant.figures.duration import DurationCurve, duration
from operant.figures.learning import LearningCurve, learning
from operant.figures.psychometric import PsychometricCurve, psychometric
from operant.figures.run import (
    Configuration,
    Progress,
    Trials,
    read_configuration,
    read_progress,
    read_trials,
)
from operant.figures.statistics import (
    CumulativeGaussian,
    equal_count_bins,
    fit_cumulative_gaussian,
    ideal_observer,
    wilson_interval,
)
from operant.figures.style import style
from operant.figures.table import ContentError, MissingError

__all__ = [
    "ChronometricCurve",
    "Configuration",
    "ContentError",
    "CumulativeGaussian",
    "DurationCurve",
    "LearningCurve",
    "MissingError",
    "Progress",
    "PsychometricCurve",
    "ReactionTimes",
    "Trials",
    "chronometric",
    "duration",
    "equal_count_bins",
    "fit_cumulative_gaussian",
    "ideal_observer",
    "learning",
    "psychometric",
    "read_configuration",
    "read_progress",
    "read_trials",
    "style",
    "wilson_interval",
]
