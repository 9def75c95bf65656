from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from simulation import simulate_fixed, simulate_reaction_time

from operant.figures import (
    Configuration,
    ContentError,
    Progress,
    Trials,
    chronometric,
    duration,
    ideal_observer,
    learning,
    psychometric,
    read_configuration,
    read_progress,
    read_trials,
)


def make_trials(
    coherence: Sequence[float],
    direction: list[int],
    right: list[int],
    *,
    decided: list[int] | None = None,
    reaction_time: list[float] | None = None,
) -> Trials:
    count = len(coherence)
    chose_right = np.array(right, dtype=bool)
    return Trials(
        coherence=np.array(coherence, dtype=float),
        direction=np.array(direction, dtype=float),
        decided=np.array([1] * count if decided is None else decided, dtype=bool),
        right=chose_right,
        correct=chose_right == (np.array(direction) > 0),
        reaction_time=np.array([500.0] * count if reaction_time is None else reaction_time),
        duration=np.full(count, np.nan),
    )


def test_no_coherence_is_one_point_whichever_way_it_was_called() -> None:
    trials = make_trials([0, 0, 0, 0, 10, 10], [-1, 1, -1, 1, -1, 1], [1, 0, 1, 1, 0, 1])
    curve = psychometric(Figure().add_subplot(), trials)
    assert curve.coherence.tolist() == [-10, 0, 10]
    assert curve.trials.tolist() == [1, 4, 1]
    assert curve.right.tolist() == [0, 0.75, 1]


def test_undecided_trials_count_for_nothing() -> None:
    trials = make_trials([10] * 4, [1] * 4, [1, 1, 0, 0], decided=[1, 1, 1, 0])
    curve = psychometric(Figure().add_subplot(), trials)
    assert curve.trials.tolist() == [3]
    assert curve.right.tolist() == pytest.approx([2 / 3])
    assert curve.fit is None


def test_a_subject_that_never_decides_has_no_curves() -> None:
    trials = make_trials([10], [1], [0], decided=[0])
    for draw in (psychometric, duration, chronometric):
        with pytest.raises(ContentError, match="there is no"):
            draw(Figure().add_subplot(), trials)


def test_an_ideal_observer_is_unbiased_and_on_its_bound(tmp_path: Path) -> None:
    run = simulate_fixed(tmp_path / "run", count=10_000)
    trials = read_trials(run, times=("stimulus_duration",))
    fit = psychometric(Figure().add_subplot(), trials).fit
    assert fit is not None
    assert fit.mu == pytest.approx(0, abs=1)

    curves = duration(Figure().add_subplot(), trials)
    assert [curve.coherence for curve in curves] == [6.4, 12.8, 25.6, 51.2]
    for curve in curves:
        assert len(curve.duration) == 10
        assert np.all(np.diff(curve.duration) > 0)
        ideal = ideal_observer(curve.coherence, curve.duration)
        # About 200 trials a bin: a standard error of at most 0.035. The last bin is wide, and the
        # bound at its mean is a little above the mean of the bound.
        assert curve.correct == pytest.approx(ideal, abs=0.12)
        assert float((curve.correct - ideal).mean()) == pytest.approx(0, abs=0.035)


def test_a_point_of_the_chronometric_curve_needs_more_than_ten_trials() -> None:
    times = [400.0, 600.0] * 5 + [500.0]
    trials = make_trials(
        [10] * 11 + [20] * 10,
        [1] * 21,
        [1] * 21,
        reaction_time=times + [300.0] * 10,
    )
    curve = chronometric(Figure().add_subplot(), trials)
    assert curve.correct.coherence.tolist() == [10]
    assert curve.correct.mean.tolist() == pytest.approx([500])
    # Ten deviations of 100 ms: sd = √(10 · 100²/10) = 100, and 100/√11 = 30.15.
    assert curve.correct.sem.tolist() == pytest.approx([30.15], abs=0.01)
    assert curve.error.coherence.tolist() == []


def test_strong_motion_is_answered_sooner_and_no_coherence_is_left_out(tmp_path: Path) -> None:
    run = simulate_reaction_time(tmp_path / "run")
    curve = chronometric(Figure().add_subplot(), read_trials(run, times=("reaction_time",)))
    assert curve.correct.coherence.tolist() == [3.2, 6.4, 12.8, 25.6, 51.2]
    assert curve.correct.mean[0] > curve.correct.mean[-1] + 100
    assert len(curve.error.coherence) > 0


def test_axes_grow_to_hold_what_exceeds_them() -> None:
    ax = Figure().add_subplot()
    times = [1180.0, 1200.0] * 6
    chronometric(ax, make_trials([10] * 12, [1] * 12, [1] * 12, reaction_time=times))
    assert ax.get_ylim() == (200, 1200)


def test_the_criterion_is_met_where_both_its_parts_are(tmp_path: Path) -> None:
    run = simulate_fixed(tmp_path / "run", count=20)
    configuration, progress = read_configuration(run), read_progress(run)
    # After 1000 trials 81 % are correct, but only 98 % decided.
    curve = learning(Figure().add_subplot(), progress, configuration)
    assert curve.trials_to_criterion == 1500


def test_a_criterion_may_not_be_met() -> None:
    configuration = Configuration("T", "t", decisions_to_reach=0.99, correct_to_reach=0.8)
    progress = Progress(*np.array([[0, 100], [-1, 0.2], [0, 0.99], [np.nan, 0.79]], dtype=float))
    curve = learning(Figure().add_subplot(), progress, configuration)
    assert curve.trials_to_criterion is None
