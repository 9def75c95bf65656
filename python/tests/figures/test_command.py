import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from simulation import read_rows, simulate_fixed, simulate_reaction_time, write_rows

from operant.figures.command import main


@pytest.fixture
def fixed(tmp_path: Path) -> Path:
    return simulate_fixed(tmp_path / "fixed", count=1000)


def spoil(run: Path, row: int, column: str, value: str) -> None:
    rows = read_rows(run / "trials.csv")
    rows[row - 1][column] = value
    write_rows(run / "trials.csv", rows)


def test_a_run_of_fixed_durations_is_drawn(fixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(fixed)]) == 0
    names = ["psychometric", "duration", "learning", "rdm_fixed"]
    files = [fixed / "figures" / f"{name}.{ending}" for name in names for ending in ("png", "pdf")]
    assert sorted((fixed / "figures").iterdir()) == sorted(files)
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split("  ")[0] for line in out.splitlines()] == [str(file) for file in files]
    assert "μ = " in out
    assert "met after 1,500 training trials" in out


def test_a_run_of_reaction_times_is_drawn(tmp_path: Path) -> None:
    run = simulate_reaction_time(tmp_path / "rt")
    assert main([str(run), "--output", str(tmp_path / "out"), "--formats", "png"]) == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "psychometric.png",
        "chronometric.png",
        "learning.png",
        "rdm_rt.png",
    }
    assert not (run / "figures").exists()


def test_the_figure_is_a_double_column_wide_at_300_dots_an_inch(fixed: Path) -> None:
    assert main([str(fixed), "--formats", "png"]) == 0
    # Width is the first number of a PNG's header, which follows 16 bytes.
    (width,) = struct.unpack(">I", (fixed / "figures/rdm_fixed.png").read_bytes()[16:20])
    assert width == pytest.approx(183 / 25.4 * 300, abs=1)


def test_letters_in_a_pdf_are_type_42(fixed: Path) -> None:
    assert main([str(fixed), "--formats", "pdf"]) == 0
    content = (fixed / "figures/rdm_fixed.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"/CreationDate" not in content


def test_equal_runs_give_equal_bytes_in_any_process(fixed: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "operant.figures", fixed, "--output", tmp_path / seed],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
    first = {file.name: file.read_bytes() for file in (tmp_path / "1").iterdir()}
    assert len(first) == 8
    assert first == {file.name: file.read_bytes() for file in (tmp_path / "2").iterdir()}


def test_captions_reach_a_terminal_without_greek_letters(fixed: Path) -> None:
    command = [sys.executable, "-m", "operant.figures", str(fixed), "--formats", "png"]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=120,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert b"cumulative Gaussian with ? = " in done.stdout


def test_a_folder_that_cannot_be_written_is_answered_with_73(
    fixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(fixed), "--output", str(fixed / "config.json")]) == 73
    assert "can't be written" in capsys.readouterr().err


def test_a_run_that_is_not_there_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 66
    assert f"There is no run at {tmp_path / 'nowhere'}" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 66
    assert "no config.json" in capsys.readouterr().err


def test_without_an_evaluation_the_learning_curve_is_drawn_and_the_next_step_named(
    fixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fixed / "trials.csv").unlink()
    assert main([str(fixed), "--formats", "png"]) == 66
    assert [file.name for file in (fixed / "figures").iterdir()] == ["learning.png"]
    assert f"Run 'operant evaluate {fixed}' first." in capsys.readouterr().err


def test_of_anothers_task_of_the_same_name_the_learning_curve_is_drawn(
    fixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = ("direction", "coherence", "stimulus_duration")
    rows = [
        {k: v for k, v in row.items() if k not in ours} for row in read_rows(fixed / "trials.csv")
    ]
    write_rows(fixed / "trials.csv", rows)
    assert main([str(fixed), "--formats", "png"]) == 0
    assert [file.name for file in (fixed / "figures").iterdir()] == ["learning.png"]
    assert "of another PerceptualDecisionMaking" in capsys.readouterr().out


def test_missing_columns_are_named(fixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = read_rows(fixed / "trials.csv")
    kept = [
        {k: v for k, v in row.items() if k not in ("coherence", "stimulus_duration")}
        for row in rows
    ]
    write_rows(fixed / "trials.csv", kept)
    assert main([str(fixed), "--formats", "png"]) == 65
    assert "lacks the columns coherence, stimulus_duration." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("coherence", "strong", "coherence is 'strong'; it should be a number."),
        ("coherence", "nan", "coherence is 'nan'; it should be a finite number."),
        ("coherence", "-5", "coherence is '-5'; it should be 0 or more."),
        ("direction", "0", "direction is '0'; it should be -1 or 1."),
        ("correct", "", "correct is empty; it should be a number."),
        ("choice", "up", "choice is 'up'; it should be left or right on a decided trial."),
        ("stimulus_duration", "long", "stimulus_duration is 'long'; it should be a number."),
    ],
)
def test_what_cannot_be_read_is_named_with_its_row(
    fixed: Path, capsys: pytest.CaptureFixture[str], column: str, value: str, complaint: str
) -> None:
    spoil(fixed, 17, column, value)
    assert main([str(fixed), "--formats", "png"]) == 65
    # The first line of the file holds the names of its columns.
    assert f"row 17 (line 18): {complaint}" in capsys.readouterr().err


def test_a_file_cut_short_is_said_to_be(fixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fixed / "trials.csv"
    path.write_bytes(path.read_bytes()[:-12])
    assert main([str(fixed), "--formats", "png"]) == 65
    assert "row 1000 (line 1001)" in capsys.readouterr().err


def test_a_task_of_another_kind_has_a_learning_curve(
    fixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = json.loads((fixed / "config.json").read_text(encoding="utf-8"))
    configuration["task"] = "MultiSensoryIntegration"
    (fixed / "config.json").write_text(json.dumps(configuration), encoding="utf-8")
    assert main([str(fixed), "--formats", "png"]) == 0
    assert [file.name for file in (fixed / "figures").iterdir()] == ["learning.png"]
    assert "of MultiSensoryIntegration no other figure is known" in capsys.readouterr().out


def test_a_damaged_configuration_is_named_by_line(
    fixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fixed / "config.json").write_text('{\n  "alias" : ', encoding="utf-8")
    assert main([str(fixed), "--formats", "png"]) == 65
    assert "config.json, line 2: not JSON" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["run", "--formats", "gif"], ["run", "--colour"], ["run", "another"]]
)
def test_wrong_usage_is_answered_with_64(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 64
    assert "--help" in capsys.readouterr().err
