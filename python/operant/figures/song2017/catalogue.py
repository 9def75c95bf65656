"""Which figures there are, by the names that `operant reproduce song2017` knows them by."""

from functools import partial

from operant.figures.reproduction.command import Draw
from operant.figures.song2017 import (
    baselines,
    context,
    economic,
    memory,
    multisensory,
    random_dots,
    wager,
)
from operant.figures.song2017.gradient_variance import gradient_variance
from operant.figures.song2017.learning_curves import learning
from operant.figures.song2017.trainings import trainings


def _learning(*columns: tuple[str, str, str]) -> Draw:
    return partial(learning, columns=columns)


FIGURES: dict[str, Draw] = {
    "fig1c": random_dots.accuracy,
    "fig1d": random_dots.decision_unit,
    "fig1e": random_dots.value,
    "fig1-s1": _learning(("fig1-s1-rdm_fixed", "rdm_fixed", "Random dots, fixed duration")),
    "fig1-s2": random_dots.reaction_times,
    "fig1-s3": _learning(("fig1-s3-rdm_rt", "rdm_rt", "Random dots, reaction time")),
    "fig1-s4": _learning(
        ("fig1-s4", "rdm_fixed", "Random dots, fixed duration; a linear read-out for baseline")
    ),
    "fig2a": context.choices,
    "fig2a-units": context.units,
    "state-space": context.state_space,
    "fig2b": multisensory.choices,
    "table2": multisensory.combination,
    "fig2c": memory.comparisons,
    "fig2-s1": _learning(("fig2-s1-mante", "mante", "Context-dependent integration")),
    "fig2-s2": _learning(("fig2-s2-multisensory", "multisensory", "Multisensory integration")),
    "fig2-s3": _learning(("fig2-s3-romo", "romo", "Parametric working memory")),
    "fig3b": wager.sure_choices,
    "fig3c": wager.unit,
    "fig3-s1": _learning(
        ("fig3-s1-postdecisionwager", "postdecisionwager", "Post-decision wagering")
    ),
    "fig4a": economic.choices,
    "fig4b": economic.value_units,
    "fig4-s3": _learning(
        ("fig4-s3-padoaschioppa2006", "padoaschioppa2006", "1A = 2.2B"),
        ("fig4-s3-padoaschioppa2006_1A3B", "padoaschioppa2006_1A3B", "1A = 4.1B"),
    ),
    "rdm-fixed-dt": _learning(
        ("rdm-fixed-dt-rdm_fixed_dt", "rdm_fixed_dt", "Random dots in steps of 1 ms")
    ),
    "cartpole": _learning(("cartpole-cartpole", "cartpole", "Cart and pole")),
    "trainings": trainings,
    "baselines": baselines.learning,
    "gradient-variance": gradient_variance,
}
