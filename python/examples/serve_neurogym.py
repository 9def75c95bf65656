"""Serve a neurogym task to Operant's agent, which knows neither Python nor neurogym.

python serve_neurogym.py tcp://127.0.0.1:5555
operant train PerceptualDecisionMaking --seed 1 --connect tcp://127.0.0.1:5555
"""

import sys
from statistics import NormalDist, mean

from neurogym.envs.native.perceptualdecisionmaking import PerceptualDecisionMaking

import operant
from operant.serving import Training

COHERENCES, DURATION = [6.4, 12.8, 25.6, 51.2], 500

if __name__ == "__main__":
    operant.serve(
        lambda: PerceptualDecisionMaking(dt=20, cohs=COHERENCES, timing={"stimulus": DURATION}),
        *sys.argv[1:],
        conditions=[{"ground_truth": g, "coh": c} for g in (0, 1) for c in COHERENCES],
        chance=0.5,
        oracle_reward=1,
        # The two inputs differ by coh % of 1, each with noise of 1/√ms, for the whole duration.
        ideal_observer=mean(NormalDist().cdf(c / 100 * (DURATION / 2) ** 0.5) for c in COHERENCES),
        training=Training(trials_per_update=20, validation_trials=400, correct_to_reach=0.94),
    )
