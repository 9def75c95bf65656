from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from operant.figures.style import style
from operant.figures.sweep import main, read_sweep, sweep

TABLE = """setting,task,trained,learned,median_trials,lower_quartile_trials,upper_quartile_trials
rdm_fixed baseline=valueNetwork,rdm_fixed,3,3,1500,1000,2000
rdm_fixed baseline=none,rdm_fixed,3,1,,2500,
mante,mante,0,0,,,
dnms,dnms,2,2,900,850,950
"""
CURVES = """setting,task,measure,trials,lower_quartile,median,upper_quartile,runs
rdm_fixed baseline=valueNetwork,rdm_fixed,reward,0,-1,-1,-1,3
rdm_fixed baseline=valueNetwork,rdm_fixed,reward,2500,0.5,0.625,0.75,3
rdm_fixed baseline=none,rdm_fixed,reward,0,-1,-1,-1,3
rdm_fixed baseline=none,rdm_fixed,reward,2500,-0.25,0,0.25,3
dnms,dnms,median_error,100,1.5,2,2.5,2
dnms,dnms,median_error,200,1,1.25,1.5,2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sweep.csv").write_text(TABLE)
    (tmp_path / "curves.csv").write_text(CURVES)
    return tmp_path


def panels(folder: Path) -> tuple[list[Axes], str]:
    with style():
        figure, caption = sweep(read_sweep(folder))
    return figure.get_axes(), caption


def test_a_panel_per_task_has_the_medians_and_quartiles_of_its_settings(folder: Path) -> None:
    axes, caption = panels(folder)
    assert [ax.get_title() for ax in axes] == ["rdm_fixed", "dnms"]
    first, second = axes[0].get_lines()
    assert np.array_equal(np.asarray(first.get_ydata()), [-1, 0.625])
    assert np.array_equal(np.asarray(second.get_xdata()), [0, 2500])
    assert len(axes[0].collections) == 2
    assert axes[0].get_ylabel() == "Reward per trial"
    assert axes[1].get_ylabel() == "Median error of 100 trials"
    assert caption.startswith("Median and quartiles over seeds of 3 settings;")


def test_settings_are_named_by_what_differs_and_how_many_learned(folder: Path) -> None:
    axes, _ = panels(folder)
    legend = axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "baseline=valueNetwork: 3 of 3 learned",
        "baseline=none: 1 of 3 learned",
    ]


def test_choices_by_the_local_rule_are_drawn_in_percent(folder: Path) -> None:
    (folder / "sweep.csv").write_text(TABLE.splitlines()[0] + "\nrdm_fixed,rdm_fixed,2,0,,,\n")
    (folder / "curves.csv").write_text(
        CURVES.splitlines()[0] + "\nrdm_fixed,rdm_fixed,good,100,0.25,0.5,0.75,2\n"
    )
    axes, _ = panels(folder)
    assert np.array_equal(np.asarray(axes[0].get_lines()[0].get_ydata()), [50])
    assert axes[0].get_ylim() == (0, 100)
    assert axes[0].get_ylabel() == "Right, of 100 trials (%)"


def test_where_nothing_is_to_be_reached_nobody_counts_as_learned(folder: Path) -> None:
    table = TABLE.replace("dnms,dnms,2,2,900,850,950", "dnms,dnms,2,,,,")
    (folder / "sweep.csv").write_text(table)
    axes, _ = panels(folder)
    legend = axes[1].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["dnms: 2 trained"]


def test_the_command_writes_the_figure_in_both_formats(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder)]) == 0
    assert (folder / "figures" / "sweep.png").is_file()
    assert (folder / "figures" / "sweep.pdf").is_file()
    assert "figures/sweep.png" in capsys.readouterr().out


def test_what_is_missing_or_empty_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "curves.csv").write_text(CURVES.splitlines()[0] + "\n")
    assert main([str(folder)]) == 65
    assert "nothing was trained yet" in capsys.readouterr().err
    (folder / "sweep.csv").unlink()
    assert main([str(folder)]) == 66
    assert "--collect" in capsys.readouterr().err
