import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from small_tables import Cell, points, write_table

from operant.figures import ContentError, read_configuration
from operant.figures.command import main
from operant.figures.local_choices import condition_rights, read_condition_rights, rights
from operant.figures.local_rule import (
    conditions,
    errors,
    read_condition_errors,
    read_local_progress,
)

PROGRESS = "update,trials,median_error,upper_quartile_error,good,clipped"
TRIALS = "id,condition,first,second,second_start,target,error,ending,correct,response,reward"

# Conditions in turn; in condition 3 errors are 0.5 and 0.9.
TESTED: list[list[Cell]] = [
    [0, 0, 1.0, 1.0, 0.4, -0.98, 0.1, "correct", 1, -0.9, -0.1],
    [1, 1, 1.0, 2.0, 0.5, 0.98, 0.2, "correct", 1, 0.9, -0.2],
    [2, 2, 2.0, 1.0, 0.4, 0.98, 0.3, "correct", 1, 0.9, -0.3],
    [3, 3, 2.0, 2.0, 0.5, -0.98, 0.5, "correct", 1, -0.9, -0.5],
    [4, 0, 1.0, 1.0, 0.5, -0.98, 0.1, "correct", 1, -0.9, -0.1],
    [5, 1, 1.0, 2.0, 0.4, 0.98, 0.4, "correct", 1, 0.9, -0.4],
    [6, 2, 2.0, 1.0, 0.4, 0.98, 0.3, "correct", 1, 0.9, -0.3],
    [7, 3, 2.0, 2.0, 0.4, -0.98, 0.9, "error", 0, 0.1, -0.9],
]


def write_run(
    folder: Path,
    *,
    error_to_reach: Cell = 1.0,
    good: Sequence[Cell] = (0.6, 0.97),
    tested: Sequence[Sequence[Cell]] = TESTED,
) -> Path:
    folder.mkdir(parents=True)
    configuration = {
        "alias": "dnms",
        "task": "DelayNonMatchSample",
        "settings": {},
        "training": {"errorToReach": error_to_reach, "rule": {"units": 200}},
    }
    (folder / "config.json").write_text(json.dumps(configuration), encoding="utf-8")
    write_table(
        folder / "progress.csv",
        PROGRESS,
        [[100, 100, 0.8, 1.2, good[0], 0.0], [200, 200, 0.4, 0.5, good[1], 0.1]],
    )
    if tested:
        write_table(folder / "trials.csv", TRIALS, tested)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "dnms-s1")


def test_a_run_of_the_local_rule_is_drawn(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run)]) == 0
    names = ["learning", "conditions", "dnms"]
    files = [run / "figures" / f"{name}.{ending}" for name in names for ending in ("png", "pdf")]
    assert sorted((run / "figures").iterdir()) == sorted(files)
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split("  ")[0] for line in out.splitlines()] == [str(file) for file in files]
    assert (
        "of 200 trials; the median error is 0.80 in the first and 0.40 in the last hundred, "
        "of which 97 % are below 1." in out
    )
    assert "of 8 test trials by condition; the largest mean is 0.70, of condition 2, 2." in out


def test_choices_are_drawn_by_how_many_were_right(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run / "config.json"
    configuration = json.loads(path.read_text(encoding="utf-8"))
    configuration["training"]["choices"] = {"correctToReach": 0.792}
    path.write_text(json.dumps(configuration), encoding="utf-8")
    assert main([str(run)]) == 0
    out, _ = capsys.readouterr()
    assert "60 % were right of the first and 97 % of the last hundred." in out
    # Seven of eight.
    assert "of 8 test trials by condition; 87.5 % of all." in out
    figure = Figure()
    panels = figure.subplots(1, 2)
    rights(panels[0], read_local_progress(run), read_configuration(run))
    assert points(panels[0].get_lines()[0]) == [(100, 60), (200, 97)]
    assert panels[0].get_lines()[1].get_ydata()[0] == pytest.approx(79.2)
    condition_rights(panels[1], read_condition_rights(run))
    assert [y for _, y in points(panels[1].get_lines()[0])] == [100, 100, 100, 50]


def test_errors_are_on_the_left_and_good_trials_on_the_right(run: Path) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert errors(ax, read_local_progress(run), read_configuration(run)) == 1
    left, right = figure.axes
    upper, median = left.get_lines()[:2]
    assert points(median) == [(100, 0.8), (200, 0.4)]
    assert points(upper) == [(100, 1.2), (200, 0.5)]
    assert upper.get_linewidth() < median.get_linewidth()
    good, criterion = right.get_lines()
    assert points(good) == [(100, 60), (200, 97)]
    assert {y for _, y in points(criterion)} == {95}
    assert criterion.is_dashed()


def test_where_no_error_is_good_there_is_neither_a_share_nor_a_criterion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "arm", error_to_reach=0, good=("", ""))
    figure = Figure()
    assert errors(figure.add_subplot(), read_local_progress(run), read_configuration(run)) is None
    assert len(figure.axes) == 1
    assert main([str(run), "--formats", "png"]) == 0
    assert "0.40 in the last hundred.\n" in capsys.readouterr().out


def test_conditions_are_told_by_the_facts_that_set_them_apart(run: Path) -> None:
    tested = read_condition_errors(run)
    # When the second comes differs within a condition; the target follows from both stimuli.
    assert tested.factors == ["first", "second"]
    assert tested.names == ["1, 1", "1, 2", "2, 1", "2, 2"]
    assert tested.trials.tolist() == [2, 2, 2, 2]
    assert tested.mean == pytest.approx([0.1, 0.3, 0.3, 0.7])
    # Two errors at a distance d from each other: sd = d/√2.
    assert tested.spread == pytest.approx(np.array([0, 0.2, 0, 0.4]) / np.sqrt(2))
    ax = Figure().add_subplot()
    conditions(ax, tested, read_configuration(run))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1\n1", "1\n2", "2\n1", "2\n2"]
    assert ax.get_xlabel() == "first\nsecond"


def test_conditions_that_no_fact_sets_apart_are_told_by_their_numbers(tmp_path: Path) -> None:
    alike = [[*row[:2], 1.0, 1.0, *row[4:5], 0.98, *row[6:]] for row in TESTED]
    tested = read_condition_errors(write_run(tmp_path / "alike", tested=alike))
    assert tested.factors == []
    assert tested.names == ["0", "1", "2", "3"]


def test_a_single_trial_of_a_condition_has_no_spread(tmp_path: Path) -> None:
    run = write_run(tmp_path / "single", tested=TESTED[:4])
    assert np.isnan(read_condition_errors(run).spread).all()
    assert main([str(run), "--formats", "png"]) == 0


def test_without_test_trials_the_learning_curve_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "untested", tested=())
    assert main([str(run), "--formats", "png"]) == 0
    assert [file.name for file in (run / "figures").iterdir()] == ["learning.png"]
    assert f"'operant evaluate {run}' plays some." in capsys.readouterr().out


def test_without_progress_conditions_are_drawn(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "progress.csv").unlink()
    assert main([str(run), "--formats", "png"]) == 66
    assert [file.name for file in (run / "figures").iterdir()] == ["conditions.png"]
    assert "'operant train' writes it every hundred trials." in capsys.readouterr().err


def test_before_a_hundred_trials_there_is_no_curve(run: Path) -> None:
    write_table(run / "progress.csv", PROGRESS, [])
    with pytest.raises(ContentError, match="there were no hundred trials yet"):
        read_local_progress(run)


@pytest.mark.parametrize("bound", [-1, "small"])
def test_an_error_to_reach_is_a_number_from_zero_on(
    tmp_path: Path, bound: Cell, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "run", error_to_reach=bound)
    assert main([str(run)]) == 65
    assert f"'errorToReach' is {bound}; it should be a number, 0 or more." in (
        capsys.readouterr().err
    )
