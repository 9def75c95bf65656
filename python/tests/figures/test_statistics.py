import numpy as np
import pytest
from scipy.special import ndtr

from operant.figures import (
    equal_count_bins,
    fit_cumulative_gaussian,
    ideal_observer,
    wilson_interval,
)

SIGNED = np.array([-51.2, -25.6, -12.8, -6.4, 0, 6.4, 12.8, 25.6, 51.2])


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_published(
    successes: int, trials: int, lower: float, upper: float
) -> None:
    found = wilson_interval(successes, trials)
    assert found == pytest.approx((lower, upper), abs=5e-5)


def test_wilson_intervals_enclose_their_proportion_and_stay_within_0_and_1() -> None:
    k = np.arange(21)
    lower, upper = wilson_interval(k, np.full(21, 20))
    assert np.all(lower >= 0)
    assert np.all(lower <= k / 20)
    assert np.all(k / 20 <= upper)
    assert np.all(upper <= 1)
    assert np.all(upper > lower)


def test_an_interval_of_no_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        wilson_interval([1, 0], [2, 0])


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 10.0), (3.4, 13.9), (-8.0, 5.0), (1.0, 30.0)])
def test_a_fit_finds_the_gaussian_that_made_the_points(mu: float, sigma: float) -> None:
    fit = fit_cumulative_gaussian(SIGNED, ndtr((SIGNED - mu) / sigma))
    assert fit is not None
    assert fit.mu == pytest.approx(mu, abs=1e-4)
    assert fit.sigma == pytest.approx(sigma, rel=1e-4)
    assert fit(mu) == pytest.approx(0.5, abs=1e-4)


def test_a_fit_leaves_its_start_where_the_mean_of_x_is_all_but_zero() -> None:
    # Balanced coherences average to rounding error, at which a relative step moves nothing.
    assert 0 < abs(np.mean(SIGNED)) < 1e-12
    fit = fit_cumulative_gaussian(SIGNED, ndtr((SIGNED - 4) / 12))
    assert fit is not None
    assert fit.mu == pytest.approx(4, abs=1e-4)


def test_a_fit_of_noisy_choices_is_near_the_truth() -> None:
    random = np.random.default_rng(1)
    p = random.binomial(1000, ndtr((SIGNED - 2) / 12)) / 1000
    fit = fit_cumulative_gaussian(SIGNED, p)
    assert fit is not None
    # With 1000 trials a point, the standard errors of μ and σ are 0.24 and 0.33.
    assert fit.mu == pytest.approx(2, abs=1.2)
    assert fit.sigma == pytest.approx(12, abs=1.2)


def test_points_that_determine_no_gaussian_have_no_fit() -> None:
    assert fit_cumulative_gaussian(SIGNED, np.full(9, 0.5)) is None
    assert fit_cumulative_gaussian([0, 1], [0.2, 0.8]) is None


def test_bins_hold_equally_many_and_the_last_takes_the_rest() -> None:
    x = np.random.default_rng(2).permutation(47).astype(float)
    bins = equal_count_bins(x, 10)
    assert [len(held) for held in bins] == [4] * 9 + [11]
    # 47 = 4 · 10 + 7: the last holds 4 + 7.
    assert np.concatenate([x[held] for held in bins]).tolist() == list(range(47))


def test_fewer_values_than_bins_get_a_bin_each() -> None:
    assert [held.tolist() for held in equal_count_bins([3.0, 1.0, 2.0], 10)] == [[1], [2], [0]]
    assert equal_count_bins([], 10) == []


# Φ(c √n / (0.44721 √2)) by hand, n = duration/10 ms.
@pytest.mark.parametrize(
    ("coherence", "duration", "correct"),
    [(6.4, 100, 0.626), (6.4, 200, 0.675), (6.4, 800, 0.817), (25.6, 100, 0.900), (0, 500, 0.5)],
)
def test_the_ideal_observer_is_right_this_often(
    coherence: float, duration: float, correct: float
) -> None:
    assert ideal_observer(coherence, duration) == pytest.approx(correct, abs=6e-4)


def test_the_ideal_observer_is_as_good_as_a_simulated_sum_of_the_evidence() -> None:
    random = np.random.default_rng(3)
    # 20 steps of 10 ms at 12.8 %: two streams 0.128 apart, each with σ = √2/√10.
    steps = random.normal(0.128, np.sqrt(2) * np.sqrt(2 / 10), size=(20_000, 20))
    # The standard error of the share is 0.003.
    assert ideal_observer(12.8, 200) == pytest.approx((steps.sum(axis=1) > 0).mean(), abs=0.012)


def test_half_the_noise_is_worth_four_times_the_viewing() -> None:
    quiet = ideal_observer(6.4, 100, noise=np.sqrt(2) / 2)
    assert quiet == pytest.approx(float(ideal_observer(6.4, 400)), abs=1e-12)
