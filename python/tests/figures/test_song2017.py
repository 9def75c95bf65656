import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from small_tables import Cell, lettered, points, write_table

from operant.figures import ContentError, MissingError, style
from operant.figures.reproduction.endings import median_trials
from operant.figures.reproduction.tables import Tables
from operant.figures.song2017.baselines import quartiles
from operant.figures.song2017.catalogue import FIGURES
from operant.figures.song2017.command import main
from operant.figures.song2017.learning_curves import CRITERIA, Learning
from operant.figures.style import INK, RED

LEARNING = "run,baseline,seed,trials,reward,decided,correct,opted_out"
CURVES = "curve,stimulus,trials,chosen,proportion,low,high"
FITS = "curve,mu,mu_low,mu_high,sigma,sigma_low,sigma_high,slope"
SPREADS = "network,baseline,variance,squared_mean,trials_for_unit_ratio"
TRAININGS = "run,task,baseline,update_limit,seed,learned,trials,wall_seconds,trials_per_second"


def draw(folder: Path, name: str) -> tuple[dict[str, Axes], str]:
    """Draw a figure; its panels by their letters."""
    with style():
        figure, caption = FIGURES[name](Tables(folder, "song2017", name))
    return lettered(figure), caption


def heights(line: Line2D) -> list[float]:
    return [y for _, y in points(line)]


def write_learning(folder: Path, name: str, runs: dict[str, list[tuple[float, float]]]) -> None:
    """Write validations: trials and the share of correct among decided trials."""
    rows: list[list[Cell]] = []
    for seed, (run, validations) in enumerate(runs.items()):
        baseline = run.split("-")[1] if "-" in run else "valueNetwork"
        for trials, correct in validations:
            rows.append([run, baseline, seed, trials, 2 * correct - 1, 1, correct, ""])
    write_table(folder / f"tables/{name}.csv", LEARNING, rows)


# The command.


def test_a_figure_that_isnt_there_is_met_with_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "fig1c", "fig9z"]) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "operant.figures.song2017: there is no figure 'fig9z'; there are "
        + ", ".join(FIGURES)
        + "\n"
    )


def test_a_table_that_isnt_there_is_named_with_its_command_and_the_others_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_learning(tmp_path, "fig1-s3-rdm_rt", {"rdm_rt": [(0, 0.5), (600, 0.81)]})
    assert main([str(tmp_path), "fig1d", "fig1-s3"]) == 66
    out, err = capsys.readouterr()
    assert f"There is no {tmp_path}/tables/fig1d.csv." in err
    assert f"'operant reproduce song2017 fig1d --folder {tmp_path}' makes it." in err
    assert out.startswith(f"{tmp_path}/figures/fig1-s3.png  rdm_rt: 1 of 1 networks")
    assert len(out.splitlines()) == 1
    assert {file.name for file in (tmp_path / "figures").iterdir()} == {
        "fig1-s3.png",
        "fig1-s3.pdf",
    }


def test_a_table_that_cant_be_read_is_told_by_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_learning(tmp_path, "fig1-s3-rdm_rt", {"rdm_rt": [(0, 0.5)]})
    path = tmp_path / "tables/fig1-s3-rdm_rt.csv"
    path.write_text(path.read_text().replace(",0.5,", ",half,"))
    assert main([str(tmp_path), "fig1-s3"]) == 65
    assert "row 1 (line 2): correct is 'half'; it should be a number." in capsys.readouterr().err


def test_a_folder_that_isnt_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 66
    assert f"There is no folder {tmp_path}/nowhere." in capsys.readouterr().err


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_learning(tmp_path / place, "fig1-s3-rdm_rt", {"rdm_rt": [(0, 0.5), (600, 0.8)]})
        assert main([str(tmp_path / place), "fig1-s3"]) == 0
    for ending in ("png", "pdf"):
        one, two = (tmp_path / place / f"figures/fig1-s3.{ending}" for place in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_every_figure_needs_a_table(tmp_path: Path) -> None:
    for name in FIGURES:
        with pytest.raises(MissingError, match=f"operant reproduce song2017 {name} --folder"):
            draw(tmp_path, name)


# Learning.


def test_the_main_network_is_bold_the_others_are_thin_and_the_criterion_is_red(
    tmp_path: Path,
) -> None:
    write_learning(
        tmp_path,
        "fig2-s1-mante",
        {"main": [(0, 0.5), (3600, 0.9)], "other": [(0, 0.4), (3600, 0.6), (7200, 0.86)]},
    )
    panels, caption = draw(tmp_path, "fig2-s1")
    criterion, other, main_line = panels["B"].get_lines()
    assert to_hex(criterion.get_color()) == RED
    assert heights(criterion) == [85, 85]  # § 3.0: mante stops at 85 %
    assert points(main_line) == [(0, 50), (3600, 90)]
    assert points(other) == [(0, 40), (3600, 60), (7200, 86)]
    assert to_hex(main_line.get_color()) == INK
    assert main_line.get_linewidth() > 2 * other.get_linewidth()
    # Both met the criterion in their last validation, and a dot tells.
    assert [line.get_marker() for line in (other, main_line)] == ["o", "o"]
    legend = panels["A"].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "main network",
        "other networks",
        "criterion",
    ]
    # 3600 and 7200: a mean of 5400, and √((1800² + 1800²)/1) around it.
    assert "main one after 3,600 trials, all after 5,400 ± 2,546 (mean ± s.d.)" in caption


def test_the_axis_of_correct_begins_below_chance_or_below_the_worst(tmp_path: Path) -> None:
    for worst, low in ((0.48, 40), (0.23, 20)):
        write_learning(tmp_path, "fig2-s3-romo", {"romo": [(0, worst), (500, 0.9)]})
        panels, _ = draw(tmp_path, "fig2-s3")
        assert panels["B"].get_ylim() == (low, 100)
        # It has not met the criterion of 97 %: no dot.
        assert panels["B"].get_lines()[-1].get_marker() == ""


def test_few_trials_are_counted_one_by_one_and_a_very_long_training_on_a_logarithmic_axis(
    tmp_path: Path,
) -> None:
    short = [(0.0, 0.5), (300.0, 0.9)]
    write_learning(tmp_path, "cartpole-cartpole", {"cartpole": short})
    panels, _ = draw(tmp_path, "cartpole")
    assert panels["A"].get_xlim() == (0, 300)
    assert panels["A"].get_xscale() == "linear"

    long = [(1000.0 * number, 0.5 if number else 0.0) for number in range(502)]
    write_learning(tmp_path, "fig1-s3-rdm_rt", {"rdm_rt": long})
    panels, _ = draw(tmp_path, "fig1-s3")
    assert panels["A"].get_xscale() == "log"
    # The validation before the first trial, of reward −1, has no place there.
    assert points(panels["A"].get_lines()[0])[0] == (1000, 0)
    assert panels["A"].get_ylim() == (0, 1)


def test_the_wager_is_learned_only_where_the_sure_target_is_taken_often_enough() -> None:
    def network(sure: list[float]) -> Learning:
        two = np.array([1.0, 1.0])
        return Learning("w", np.array([1200.0, 2400.0]), two, two, 0.8 * two, np.array(sure))

    criterion = CRITERIA["postdecisionwager"]
    assert network([0.6, 0.45]).reached(criterion) == 2400
    assert network([0.4, 0.5]).reached(criterion) == 2400  # above 0.4, and 0.5 at most
    assert network([0.6, 0.51]).reached(criterion) is None


def test_a_network_that_has_learned_keeps_its_last_value_in_the_quartiles() -> None:
    def network(trials: list[float], correct: list[float]) -> Learning:
        some, values = np.array(trials), np.array(correct)
        return Learning("n", some, values, np.ones(len(some)), values, np.full(len(some), np.nan))

    trials, low, middle, high = quartiles(
        [
            network([0, 10], [math.nan, 0.8]),
            network([0, 10, 20], [math.nan, 0.4, 0.6]),
            network([0, 20], [0.0, 0.2]),
        ],
        "correct",
    )
    assert trials.tolist() == [0, 10, 20]
    # 0; 0, 0.4, 0.8; 0.2, 0.6, 0.8.
    assert middle.tolist() == pytest.approx([0, 0.4, 0.6])
    assert low.tolist() == pytest.approx([0, 0.2, 0.4])
    assert high.tolist() == pytest.approx([0, 0.6, 0.7])


def test_a_failure_counts_as_never_in_a_median() -> None:
    assert median_trials([(5, True), (9, True), (50, False)]) == 9
    assert median_trials([(5, True), (50, False), (50, False)]) == math.inf


# Baselines.


def test_trials_to_criterion_are_dots_and_failures_crosses(tmp_path: Path) -> None:
    runs = {
        f"{seed}-{name}": [(0.0, 0.5), (500.0, 0.7)]
        for name in ("none", "linear")
        for seed in (1, 2, 3)
    }
    write_learning(tmp_path, "baselines", runs)
    write_table(
        tmp_path / "trainings.csv",
        TRAININGS,
        [
            [run, "rdm_fixed", run[2:], 50, run[0], int(run != "2-none"), 1000 * int(run[0]), 1, 1]
            for run in runs
        ],
    )
    panels, caption = draw(tmp_path, "baselines")
    marks = [(line.get_marker(), points(line)) for line in panels["C"].get_lines()]
    places = {
        marker: sorted(x for kind, some in marks if kind == marker for x, _ in some)
        for marker in ("o", "x", "|")
    }
    assert places == {
        "o": [1000, 1000, 2000, 3000, 3000],
        "x": [2000],
        # Of 1000, 2000, 3000; of 1000, never, 3000.
        "|": [2000, 3000],
    }
    assert "nothing: median 3,000 trials, 1 of 3 failed" in caption


def test_a_network_without_a_record_is_named(tmp_path: Path) -> None:
    write_learning(tmp_path, "baselines", {"1-none": [(0, 0.5)]})
    write_table(tmp_path / "trainings.csv", TRAININGS, [["x", "y", "none", "", 1, 1, 1, 1, 1]])
    with pytest.raises(ContentError, match=r"trainings\.csv has no 1-none"):
        draw(tmp_path, "baselines")


def test_bars_of_variance_reach_the_variance_on_a_logarithmic_axis(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/gradient-variance.csv",
        SPREADS,
        [
            ["untrained", "none", 40, 2, 20],
            ["untrained", "valueNetwork", 10, 2, 5],
            ["trained", "none", 80, -0.01, ""],
            ["trained", "valueNetwork", 20, 0.5, 40],
        ],
    )
    panels, caption = draw(tmp_path, "gradient-variance")
    tops = {
        name: sorted(
            bar.get_y() + bar.get_height()
            for bar in panels[name].patches
            if isinstance(bar, Rectangle)
        )
        for name in "AB"
    }
    assert tops["A"] == pytest.approx([10, 20, 40, 80])
    assert tops["B"] == pytest.approx([5, 20, 40])
    assert panels["A"].get_yscale() == "log"
    written = [text.get_text() for text in panels["B"].texts]
    assert "–" in written  # a squared mean that isn't above 0 has no ratio
    assert [label.get_text() for label in panels["B"].get_xticklabels()] == [
        "untrained\n|mean|² = 2.0",
        # The median of −0.01 and 0.5.
        "trained\n|mean|² = 0.24",
    ]
    assert "40 without a baseline and 10 with the value network (a factor of 4.0)" in caption


def test_trainings_show_the_papers_networks_and_no_others(tmp_path: Path) -> None:
    write_table(
        tmp_path / "trainings.csv",
        TRAININGS,
        [
            ["a", "romo", "valueNetwork", "", 100, 1, 4000, 8, 500],
            ["b", "romo", "valueNetwork", "", 101, 1, 6000, "", ""],
            ["c", "romo", "valueNetwork", "", 102, 0, 9000, 20, 450],
            ["d", "romo", "linear", 5000, 100, 1, 100, 1, 100],
            ["e", "romo", "valueNetwork", 60, 100, 0, 600, 1, 600],
        ],
    )
    panels, caption = draw(tmp_path, "trainings")
    dots = [
        points(line)[0][0]
        for line in panels["A"].get_lines()
        if line.get_marker() == "o" and len(points(line))
    ]
    assert dots == [4000, 6000]
    assert "romo 6,000 (1 of 3 failed)" in caption


# Behaviour.


def write_choices(folder: Path, name: str, curves: dict[str, tuple[float, float]]) -> None:
    """Write curves of five points, and what μ and σ fits them."""
    counts: list[list[Cell]] = []
    fits: list[list[Cell]] = []
    for curve, (mu, sigma) in curves.items():
        for x in (-50, -15, 0, 15, 50):
            p = 0.5 * (1 + math.erf((x - mu) / sigma / math.sqrt(2)))
            counts.append([curve, x, 100, round(100 * p), p, max(0, p - 0.1), min(1, p + 0.1)])
        fits.append([curve, mu, mu - 1, mu + 1, sigma, sigma - 1, sigma + 1, 0.4 / sigma])
    write_table(folder / f"tables/{name}.csv", CURVES, counts)
    write_table(folder / f"tables/{name}-fits.csv", FITS, fits)


CONTEXTS = {
    "motion context, motion": (0.0, 10.0),
    "motion context, colour": (0.0, 1000.0),
    "colour context, motion": (0.0, -800.0),
    "colour context, colour": (5.0, 20.0),
}


def test_four_curves_of_the_context_task_are_drawn_with_their_fits(tmp_path: Path) -> None:
    write_choices(tmp_path, "fig2a", CONTEXTS)
    panels, caption = draw(tmp_path, "fig2a")
    for letter, evidence in (("A", "motion"), ("B", "colour")):
        fits = [line for line in panels[letter].get_lines() if len(points(line)) == 401]
        assert len(fits) == 2
        for line, context in zip(fits, ("motion", "colour"), strict=True):
            mu, sigma = CONTEXTS[f"{context} context, {evidence}"]
            for x, y in points(line)[::50]:
                p = 0.5 * (1 + math.erf((x - mu) / sigma / math.sqrt(2)))
                assert y == pytest.approx(100 * p, abs=1e-6)
    # φ(0)/σ = 0.399/10 at its steepest.
    assert "3.99 in the motion and −0.05 in the colour context" in caption


def test_a_curve_of_the_context_task_that_is_missing_is_named(tmp_path: Path) -> None:
    write_choices(tmp_path, "fig2a", {"motion context, motion": (0, 10)})
    with pytest.raises(ContentError, match="no curve 'colour context, motion'"):
        draw(tmp_path, "fig2a")


def test_accuracy_is_drawn_from_half_to_all_against_viewing_time(tmp_path: Path) -> None:
    write_choices(tmp_path, "fig1c-psychometric", {"": (1.5, 14.0)})
    write_table(
        tmp_path / "tables/fig1c.csv",
        "coherence,duration_ms,correct,trials",
        [[51.2, 100, 0.9, 100], [51.2, 900, 1, 100], [6.4, 100, 0.55, 100], [6.4, 900, 0.75, 100]],
    )
    panels, caption = draw(tmp_path, "fig1c")
    dotted = [line for line in panels["A"].get_lines() if line.get_marker() == "o"]
    # Strong motion is drawn first, so that the curves of weak motion lie over it.
    assert points(dotted[0]) == [(100, 90), (900, 100)]
    assert heights(dotted[1]) == pytest.approx([55, 75])
    assert panels["A"].get_xlim() == (0, 1200)
    assert panels["A"].get_ylim() == (50, 100)
    assert "55 to 75 % at 6.4 %" in caption
    assert "μ = 1.5 %, σ = 14.0 %" in caption


def test_where_the_sure_target_isnt_offered_points_are_open_and_lines_dashed(
    tmp_path: Path,
) -> None:
    write_table(
        tmp_path / "tables/fig3b.csv",
        "panel,coherence,duration_ms,proportion,trials",
        [
            ["sure", 0, 150, 0.6, 100],
            ["sure", 51.2, 150, 0.2, 300],
            ["not offered", 51.2, 150, 0.8, 100],
            ["waived", 51.2, 150, 0.9, 100],
        ],
    )
    panels, caption = draw(tmp_path, "fig3b")
    closed, dashed = panels["B"].get_lines()[1], panels["B"].get_lines()[0]
    assert points(closed) == [(150, 90)]
    assert points(dashed) == [(150, 80)]
    assert dashed.get_markerfacecolor() == "white"
    assert closed.get_markerfacecolor() == closed.get_color()
    assert dashed.is_dashed()
    assert not closed.is_dashed()
    # (0.6 · 100 + 0.2 · 300)/400.
    assert "taken in 30 % of the trials" in caption
    assert "90 % where it was offered and waived and in 80 %" in caption


def test_a_fit_without_spread_is_a_step_at_indifference(tmp_path: Path) -> None:
    header = "task,seed,amount_b,amount_a,contrast,trials,chose_b"
    offers = [(0, 1, -1, 0), (1, 1, 0, 0), (4, 1, 0.6, 50), (6, 1, 5 / 7, 100), (3, 0, 1, 98)]
    write_table(
        tmp_path / "tables/fig4a.csv",
        header,
        [["economic", 100, b, a, x, 100, chose] for b, a, x, chose in offers],
    )
    write_table(
        tmp_path / "tables/fig4a-fits.csv",
        "task,seed,trained_ratio,mu,sigma,ratio",
        [["economic", 100, 4.1, 0.6, 0, 4]],
    )
    panels, caption = draw(tmp_path, "fig4a")
    (fit,) = [line for line in panels["B"].get_lines() if len(points(line)) == 801]
    assert {round(y) for x, y in points(fit) if x < 0.59} == {0}
    assert {round(y) for x, y in points(fit) if x > 0.61} == {100}
    labels = [label.get_text() for label in panels["A"].get_xticklabels()]
    assert labels == ["0:1", "1:1", "4:1", "6:1", "3:0"]
    assert "trained with 1A = 4.1B, indifferent at 1A = 4.00B" in caption


def test_the_ratio_of_reliabilities_stands_on_its_band(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/table2.csv",
        "seed,sigma_visual,sigma_auditory,sigma_both,optimal_reliability,reliability,ratio",
        [[99, 2, 2, math.sqrt(2), 0.5, 0.5, 1.0], [101, 2, 2, 1.6, 0.5, 0.39, 0.78]],
    )
    panels, caption = draw(tmp_path, "table2")
    (band,) = panels["B"].patches
    assert band.get_extents().transformed(panels["B"].transData.inverted()).y0 == pytest.approx(
        0.85
    )
    here, published = (line for line in panels["B"].get_lines() if line.get_marker() == "o")
    assert points(here) == [(0, 1.0), (1, 0.78)]
    # The paper's Table 2.
    assert heights(published) == [1.06, 1.05, 1.00, 1.00, 0.90, 1.02]
    # Two equal senses: σ_both = σ/√2.
    (optimum,) = panels["A"].collections
    assert {
        round(float(y), 3) for path in optimum.get_paths() for y in np.asarray(path.vertices)[:, 1]
    } == {1.414}
    assert "1 of 2 within 0.85–1.10" in caption


def test_comparisons_are_told_by_their_integer_part(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig2c.csv",
        "f1,f2,trials,correct",
        [[10, 18, 100, 0.989], [18, 10, 300, 1.0]],
    )
    write_table(
        tmp_path / "tables/fig2c-units.csv",
        "panel,unit,f1,f2,time_ms,mean,trials",
        [
            [panel, unit, f1, f2, time, f1 / 10, 50]
            for panel, unit in (("positive", 3), ("positive", 4), ("negative", 5))
            for f1, f2 in ((10, 18), (18, 10))
            for time in (-500, 0, 500)
        ],
    )
    panels, caption = draw(tmp_path, "fig2c")
    written = {(*text.get_position(), text.get_text()) for text in panels["A"].texts[1:]}
    assert written == {(0, 1, "98"), (1, 0, "100")}
    assert points(panels["B"].get_lines()[0]) == [(-0.5, 1), (0, 1), (0.5, 1)]
    # (98.9 · 100 + 100 · 300)/400.
    assert "99.7 % of comparisons" in caption


def test_a_mean_of_few_trials_isnt_drawn(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig1d.csv",
        "panel,unit,coherence,choice,time_ms,mean,trials",
        [
            ["stimulus", 7, 0, "right", 0, 0.5, 50],
            ["stimulus", 7, 0, "right", 10, 0.6, 10],
            ["stimulus", 7, 0, "right", 20, 9.0, 9],
        ],
    )
    with style():
        figure, _ = FIGURES["fig1d"](Tables(tmp_path, "song2017", "fig1d"))
    (ax,) = figure.axes
    assert points(ax.get_lines()[0]) == [(0, 0.5), (10, 0.6)]


def test_ways_through_state_space_are_sorted_by_context_and_evidence(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/state-space.csv",
        "panel,context,stimulus,choice_side,time_ms,choice,motion,colour,context_axis",
        [
            [panel, context, side, side, time, side * time / 50, context, 7 * side, 0]
            for panel in ("motion", "colour")
            for context in (-1, 1)
            for side in (-1, 1)
            for time in (0, 50)
        ],
    )
    panels, caption = draw(tmp_path, "state-space")
    assert points(panels["A"].get_lines()[0]) == [(0, 1), (-1, 1)]  # motion context, by motion
    assert points(panels["C"].get_lines()[1]) == [(0, -1), (1, -1)]  # colour context, by motion
    assert points(panels["D"].get_lines()[1]) == [(0, 7), (1, 7)]  # colour context, by colour
    assert "ends at 1.0 where the preferred side is chosen and at −1.0" in caption


def rates(groups: Sequence[Sequence[Cell]], times: Sequence[int]) -> list[list[Cell]]:
    """Write a constant rate, a number more for each group, at some times, of 50 trials."""
    return [[*group, time, number, 50] for number, group in enumerate(groups) for time in times]


def test_the_predicted_return_is_dashed_where_left_is_chosen(tmp_path: Path) -> None:
    header = "panel,unit,coherence,choice,time_ms,mean,trials"
    groups: list[list[Cell]] = [
        ["stimulus", "value", 0, "left"],
        ["stimulus", "value", 51.2, "right"],
        ["choice", "value", 51.2, "right"],
    ]
    write_table(tmp_path / "tables/fig1e.csv", header, rates(groups, (-100, 0, 400)))
    panels, caption = draw(tmp_path, "fig1e")
    left, right = panels["A"].get_lines()[:2]
    assert left.is_dashed()
    assert not right.is_dashed()
    assert heights(left) == [0, 0, 0]
    assert heights(panels["B"].get_lines()[0]) == [2, 2, 2]
    # Before the stimulus 0 and 1; 400 ms after its onset 0 at 0 %, 1 at 51.2 %.
    assert "0.50 is predicted before" in caption
    assert "0.00 at 0 % and 1.00 at 51.2 %" in caption


def test_reaction_times_carry_their_standard_errors(tmp_path: Path) -> None:
    write_choices(tmp_path, "fig1-s2-psychometric", {"": (0.0, 8.0)})
    write_table(
        tmp_path / "tables/fig1-s2.csv",
        "outcome,coherence,reaction_time_ms,standard_error_ms,trials",
        [
            ["correct", 3.2, 900, 10, 100],
            ["correct", 51.2, 400, 5, 100],
            ["error", 3.2, 950, 20, 50],
            ["error", 51.2, 300, 90, 2],
        ],
    )
    panels, caption = draw(tmp_path, "fig1-s2")
    drawn = [points(line) for line in panels["A"].get_lines() if line.get_marker() == "o"]
    # Two errors are too few for a mean.
    assert drawn == [[(3.2, 900), (51.2, 400)], [(3.2, 950)]]
    bars = np.array(panels["A"].containers[0][2][0].get_segments())
    assert bars[:, :, 1].tolist() == [[890, 910], [395, 405]]
    assert "from 900 ms at 3.2 % to 400 ms at 51.2 %" in caption


def test_units_of_two_senses_stand_beside_the_curves(tmp_path: Path) -> None:
    write_choices(tmp_path, "fig2b", {"visual": (0, 20), "auditory": (0, 20), "both": (0, 14)})
    header = "panel,unit,modality,choice,time_ms,mean,trials"
    groups: list[list[Cell]] = [
        [panel, unit, sense, choice]
        for panel, unit in (("choice", 4), ("modality", 5), ("both", 6))
        for sense in ("visual", "auditory")
        for choice in ("high", "low")
    ]
    write_table(tmp_path / "tables/fig2b-units.csv", header, rates(groups, (-300, 1000)))
    panels, caption = draw(tmp_path, "fig2b")
    assert [panels[letter].get_title() for letter in "BCD"] == [
        "unit 4: choice",
        "unit 5: sense",
        "unit 6: both",
    ]
    assert [heights(line)[0] for line in panels["C"].get_lines()[:4]] == [4, 5, 6, 7]
    assert "both σ = 14.00 (13.00–15.00)" in caption


def test_units_of_the_context_task_are_drawn_by_motion_by_colour_and_by_context(
    tmp_path: Path,
) -> None:
    header = "panel,unit,context,stimulus,choice,time_ms,mean,trials"
    groups: list[list[Cell]] = [
        ["motion", "7 (choice)", "motion", 50, "preferred"],
        ["motion", "7 (choice)", "motion", -50, "other"],
        ["colour", "7 (choice)", "colour", 5, "preferred"],
        ["context", "7 (choice)", "colour", "all", "other"],
    ]
    write_table(tmp_path / "tables/fig2a-units.csv", header, rates(groups, (0, 750)))
    panels, caption = draw(tmp_path, "fig2a-units")
    preferred, other = panels["A"].get_lines()
    # As strong the one way as the other: one colour, told apart by dashes.
    assert preferred.get_color() == other.get_color()
    assert [preferred.is_dashed(), other.is_dashed()] == [False, True]
    assert panels["A"].get_ylim()[0] == 0
    assert "7 (choice)" in caption


def test_rates_in_the_wager_are_apart_by_whether_the_sure_target_was_offered(
    tmp_path: Path,
) -> None:
    header = "panel,unit,offer,direction,answer,time_ms,mean,trials"
    groups: list[list[Cell]] = [
        ["stimulus", 9, "not offered", "left", "judged"],
        ["choice", 9, "not offered", "left", "judged"],
        ["stimulus", 9, "offered", "left", "sure"],
        ["sure target", 9, "offered", "left", "sure"],
        ["choice", 9, "offered", "left", "sure"],
    ]
    write_table(tmp_path / "tables/fig3c.csv", header, rates(groups, (-100, 0, 100)))
    panels, caption = draw(tmp_path, "fig3c")
    assert heights(panels["A"].get_lines()[0]) == [0, 0, 0]
    assert heights(panels["B"].get_lines()[0]) == [2, 2, 2]
    assert panels["B"].get_lines()[0].is_dashed()
    assert "before the sure target appears: 3.00 (motion left, took the sure target)" in caption


def test_units_of_the_value_network_are_drawn_offer_by_offer(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig4b.csv",
        "class,unit,amount_b,amount_a,choice,mean,standard_error,before_offer,trials",
        [
            # As the program writes them; the axis has them by what they are worth.
            ["chosenValue", 3, 0, 1, "A", 1, 0.1, 0.5, 500],
            ["chosenValue", 3, 2, 1, "B", 3, 0.1, 0.7, 500],
            ["chosenValue", 3, 1, 3, "A", 2, 0.1, 0.6, 500],
        ],
    )
    write_table(
        tmp_path / "tables/fig4b-classes.csv",
        "unit,class,r_chosenValue,r_offerValueA,r_offerValueB,r_choice",
        [
            [0, "chosenValue", 0.9, 0, 0, 0],
            [1, "", "", "", "", ""],
            [2, "offerValueA", 0, 0.9, 0, 0],
            [3, "offerValueB", 0, 0, 0.9, 0],
            [4, "offerValueB", 0, 0, 0.9, 0],
        ],
    )
    panels, caption = draw(tmp_path, "fig4b")
    labels = [label.get_text() for label in panels["A"].get_xticklabels()]
    assert labels == ["0:1", "1:3", "2:1"]
    drawn = [points(line) for line in panels["A"].get_lines() if str(line.get_marker()) in "os"]
    assert [some for some in drawn if some] == [[(0, 1), (1, 2)], [(2, 3)]]
    assert heights(panels["A"].get_lines()[0]) == pytest.approx([0.6, 0.6])
    assert "Of the 4 of 5 units that tell anything" in caption
    assert "chosen value 25 %, offer value 75 %, choice 0 %" in caption
