"""Which figures there are, by the names that `operant reproduce miconi2017` knows them by."""

from functools import partial

from operant.figures.miconi2017.arm_paths import arm_paths
from operant.figures.miconi2017.comparison import unified, variants
from operant.figures.miconi2017.decoding import decoding
from operant.figures.miconi2017.gradients import gradients
from operant.figures.miconi2017.learning import arm, learning
from operant.figures.miconi2017.relaxation import relaxation
from operant.figures.miconi2017.responses import responses
from operant.figures.miconi2017.scaling import scaling
from operant.figures.miconi2017.subspace import subspace
from operant.figures.reproduction.command import Draw

FIGURES: dict[str, Draw] = {
    "fig1": partial(learning, name="fig1", title="Delayed non-match to sample"),
    "long-delay": partial(learning, name="long-delay", title="A delay of 1 s"),
    "variable-delay": partial(
        learning, name="variable-delay", title="A delay that differs from trial to trial"
    ),
    "excitatory-inhibitory": partial(
        learning, name="excitatory-inhibitory", title="Excitatory and inhibitory units apart"
    ),
    "fig2": decoding,
    "fig3": scaling,
    "fig4a": partial(learning, name="fig4a", title="Selective integration"),
    "fig4b": responses,
    "fig5": subspace,
    "arm": arm,
    "arm-paths": arm_paths,
    "fig8": relaxation,
    "fig9": gradients,
    "variants": variants,
    "unified": partial(unified, name="unified"),
    "unified-selective": partial(unified, name="unified-selective"),
    "unified-motion": partial(
        unified, name="unified-motion", ordinate="Fraction not answered rightly", window=500
    ),
    "unified-economic": partial(
        unified, name="unified-economic", ordinate="Fraction not answered rightly", window=500
    ),
}
