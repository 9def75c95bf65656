"""The numbers behind the figures: intervals, fits, bins and bounds.

Nothing here draws or reads files. Shares lie between 0 and 1; units are those of the caller unless
a docstring names one.
"""

import math
import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.special import ndtr, ndtri

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


def wilson_interval(
    successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95
) -> tuple[Numbers, Numbers]:
    """Wilson's score interval of a proportion.

    With p̂ = k/n and z the normal quantile at (1 + confidence)/2::

        (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)

    It never leaves 0 to 1 and has a width even where all or no trials succeeded.

    Returns:
        The lower and the upper end, one each per proportion.

    """
    k = np.asarray(successes, dtype=float)
    n = np.asarray(trials, dtype=float)
    if np.any(n <= 0):
        raise ValueError("A proportion needs at least one trial.")
    z = float(ndtri((1 + confidence) / 2))
    p = k / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding may leave the ends a hair outside the proportion they enclose.
    return np.clip(centre - half, 0, p), np.clip(centre + half, p, 1)


@dataclass(frozen=True)
class CumulativeGaussian:
    """P(x) = Φ((x − μ)/σ), with Φ the standard normal distribution function."""

    mu: float
    """Where P = ½: the bias, in units of x."""
    sigma: float
    """How far from μ P reaches 0.84: the threshold, in units of x."""

    def __call__(self, x: ArrayLike) -> Numbers:
        """P at each x."""
        return _cumulative_gaussian(np.asarray(x, dtype=float), self.mu, self.sigma)


def fit_cumulative_gaussian(x: ArrayLike, p: ArrayLike) -> CumulativeGaussian | None:
    """Fit Φ((x − μ)/σ) to proportions by unweighted least squares.

    The search starts at μ = mean(x), σ = sd(x). There is no fit, and None is returned, where fewer
    than three points are given or where the points determine no μ and σ (as where all are alike).
    """
    x = np.asarray(x, dtype=float)
    p = np.asarray(p, dtype=float)
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(p) == 0:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            # Slopes are given, because a search that tries small steps relative to μ is stuck at
            # its start where that is 0, as it is for coherences balanced between left and right.
            (mu, sigma), _ = curve_fit(
                _cumulative_gaussian, x, p, p0=(np.mean(x), np.std(x)), jac=_slopes
            )
    except (RuntimeError, OptimizeWarning):
        return None
    if not (math.isfinite(mu) and math.isfinite(sigma)) or sigma == 0:
        return None
    return CumulativeGaussian(float(mu), float(sigma))


def _cumulative_gaussian(x: Numbers, mu: float, sigma: float) -> Numbers:
    return np.asarray(ndtr((x - mu) / sigma), dtype=float)


def _slopes(x: Numbers, mu: float, sigma: float) -> Numbers:
    """∂P/∂μ = −φ(z)/σ and ∂P/∂σ = −z φ(z)/σ, with z = (x − μ)/σ and φ the normal density."""
    z = (x - mu) / sigma
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.column_stack([-density / sigma, -z * density / sigma])


def equal_count_bins(x: ArrayLike, count: int = 10) -> list[NDArray[np.intp]]:
    """Sort by x and cut into bins that hold equally many.

    Each bin holds ⌊n / count⌋; the last also takes what remains. Ties keep their order.

    Returns:
        For each bin, the places in x of what it holds; fewer bins (of one each) where n < count.

    """
    order = np.argsort(np.asarray(x, dtype=float), kind="stable")
    if len(order) == 0:
        return []
    count = min(count, len(order))
    size = len(order) // count
    cuts = [i * size for i in range(count)] + [len(order)]
    return [order[a:b] for a, b in pairwise(cuts)]


NOISE = math.sqrt(2)
"""σ of each stream of evidence in the random-dot tasks, per √ms."""


def ideal_observer(coherence: float, duration: ArrayLike, *, noise: float = NOISE) -> Numbers:
    """Share of correct choices no subject can exceed, given the noise of the evidence.

    Each of two streams is drawn anew every step of Δt. Their means differ by c, and each has the
    standard deviation σ_step = noise/√Δt (0.447 at 10 ms). Deciding by the sign of their summed
    difference is optimal; after n = duration/Δt steps it is right with::

        P(correct) = Φ(c √n / (σ_step √2)) = Φ(c √duration / (noise √2))

    so that the step doesn't matter.

    Args:
        coherence: Strength of motion in percent; c = coherence/100.
        duration: How long the evidence is seen, in ms.
        noise: σ of each stream per √ms; √2 in the task as published.

    """
    seen = np.asarray(duration, dtype=float)
    return np.asarray(ndtr(coherence / 100 * np.sqrt(seen) / (noise * math.sqrt(2))), dtype=float)
