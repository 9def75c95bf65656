"""Recordings, as the tools of neurophysiology read them."""

import csv
import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from operant.errors import ServerNotFoundError
from operant.local_server import server_program

pynwb = pytest.importorskip("pynwb")
nwbinspector = pytest.importorskip("nwbinspector")

PAGE = Path(__file__).parents[2] / "docs" / "recording.md"


def operant(folder: Path, *arguments: str) -> None:
    try:
        program = Path(server_program()).with_name("operant")
    except ServerNotFoundError:
        pytest.skip("the agent is not built")
    if not os.access(program, os.X_OK):
        pytest.skip(f"there is no {program}")
    ran = subprocess.run(
        [program, *arguments, "--quiet"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr


def record(folder: Path) -> None:
    operant(folder, "evaluate", "run", "--trials-per-condition", "8", "--record")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose network has learned a little, and was recorded."""
    folder = tmp_path_factory.mktemp("recording")
    operant(folder, "train", "rdm_fixed", "--seed", "97", "--update-limit", "100", "--run", "run")
    record(folder)
    return folder / "run"


@pytest.fixture(scope="module")
def trials(run: Path) -> list[dict[str, str]]:
    """Return the rows of the run's `trials.csv`."""
    with (run / "trials.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def nwb(run: Path) -> Any:
    """Return what pynwb reads without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pynwb.read_nwb(run / "recording.nwb")


def series(nwb: Any, name: str) -> npt.NDArray[np.float32]:
    return np.asarray(nwb.acquisition[name].data)


def rows(trial: dict[str, str]) -> int:
    return int(trial["step_count"])


def test_the_file_keeps_to_the_schema(run: Path) -> None:
    assert pynwb.validate(path=run / "recording.nwb") == []


def inspect(recording: Path) -> set[tuple[str, str]]:
    """Return what nwbinspector finds, but for what is a matter of which trials there were."""
    return {
        (message.importance.name, message.check_function_name)
        for message in nwbinspector.inspect_nwbfile(nwbfile_path=recording)
        # Rewards of 0 and 1 alone could be truth values as well. They are numbers all the same.
        if "Column 'reward'" not in message.message
    }


def test_the_inspector_misses_only_what_a_person_would_have_to_say(run: Path) -> None:
    assert inspect(run / "recording.nwb") == {
        ("BEST_PRACTICE_SUGGESTION", "check_experimenter_exists"),
        ("BEST_PRACTICE_SUGGESTION", "check_institution"),
    }


def test_trials_are_those_of_the_table_in_the_same_order(
    nwb: Any, trials: list[dict[str, str]]
) -> None:
    table = nwb.trials.to_dataframe()
    assert len(table) == len(trials) == 80
    for name in ("choice", "ending"):
        assert table[name].tolist() == [trial[name] for trial in trials]
    for name in ("lane", "trial", "condition", "coherence", "direction", "reward", "step_count"):
        assert table[name].tolist() == pytest.approx([float(trial[name]) for trial in trials])
    for name in ("decided", "correct"):
        assert table[name].dtype == bool
        assert table[name].tolist() == [trial[name] == "1" for trial in trials]
    assert (table.stop_time - table.start_time).tolist() == pytest.approx(
        [float(trial["duration"]) for trial in trials]
    )


def test_trials_follow_each_other_without_a_gap(nwb: Any, trials: list[dict[str, str]]) -> None:
    table = nwb.trials.to_dataframe()
    ends = np.cumsum([rows(trial) for trial in trials])
    assert table.first_step.tolist() == [0, *ends[:-1]]
    assert table.stop_time.tolist() == pytest.approx(ends * 0.01)
    assert table.start_time.tolist() == [0, *table.stop_time[:-1]]
    for recorded in (*nwb.acquisition.values(), *nwb.stimulus.values()):
        assert len(recorded.data) == ends[-1]
        assert recorded.starting_time == 0
        assert recorded.rate == 100  # Δt = 10 ms


def test_the_actions_are_those_that_ended_the_trials(
    nwb: Any, trials: list[dict[str, str]]
) -> None:
    actions = series(nwb, "actions")
    names = nwb.processing["misc"]["action_names"]["label"][:].tolist()
    assert names == ["fixate", "left", "right"]
    ends = np.cumsum([rows(trial) for trial in trials])
    for trial, end in zip(trials, ends, strict=True):
        assert (actions[end - rows(trial) : end - 1] == 0).all()
        assert names[actions[end - 1]] == (trial["choice"] or "fixate")


def test_rewards_add_up_to_those_of_the_table(nwb: Any, trials: list[dict[str, str]]) -> None:
    starts = np.cumsum([0, *(rows(trial) for trial in trials[:-1])])
    sums = np.add.reduceat(series(nwb, "rewards"), starts)
    assert sums.tolist() == pytest.approx([float(trial["reward"]) for trial in trials])


def test_inputs_come_from_the_task_and_none_before_the_first_action(nwb: Any) -> None:
    inputs = np.asarray(nwb.stimulus["inputs"].data)
    assert nwb.processing["misc"]["channels"]["label"][:].tolist() == ["fixation", "left", "right"]
    starts = nwb.trials["first_step"][:]
    assert (inputs[starts] == 0).all()
    # Fixation is held, and shown without noise, for 750 ms.
    seconds = starts[nwb.trials["step_count"][:] > 1] + 1
    assert (inputs[seconds] == [1, 0, 0]).all()


def test_policies_are_probabilities_and_the_actions_come_from_them(nwb: Any) -> None:
    policy, actions = series(nwb, "policy"), series(nwb, "actions").astype(int)
    assert policy.min() >= 0
    assert policy.sum(axis=1) == pytest.approx(1, abs=1e-5)
    taken = policy[np.arange(len(actions)), actions]
    # How often the likeliest action was taken is, but for chance, how likely it was.
    likeliest = policy.max(axis=1)
    error = np.sqrt((likeliest * (1 - likeliest)).sum())
    assert abs((taken == likeliest).sum() - likeliest.sum()) < 4 * error + 1


def test_rates_are_those_of_networks_that_begin_each_trial_anew(nwb: Any) -> None:
    starts = nwb.trials["first_step"][:]
    for network in ("decision", "value"):
        rates = series(nwb, f"{network}_rates")
        assert rates.shape[1] == 100
        assert len(nwb.processing["misc"][f"{network}_units"]) == 100
        assert rates.min() >= 0
        assert (rates[starts] == rates[0]).all()
        assert rates.std(axis=0).max() > 0
    value = series(nwb, "value")
    assert (value[starts] == value[0]).all()
    assert np.isfinite(value).all()


def test_the_session_says_whose_it_is(nwb: Any) -> None:
    assert nwb.subject.species == "Artificial network"
    assert nwb.was_generated_by[:].tolist() == [["operant", "0.1.0"]]
    assert nwb.session_start_time.isoformat() == "2000-01-01T00:00:00+00:00"


def test_equal_evaluations_have_equal_recordings(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    record(tmp_path)
    first, second = run / "recording.nwb", tmp_path / "run" / "recording.nwb"
    assert first.read_bytes() == second.read_bytes()


def test_the_lines_of_the_page_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    shutil.copy(run / "recording.nwb", run.parent)
    monkeypatch.chdir(run.parent)
    names: dict[str, Any] = {}
    for block in blocks[:2]:
        exec(block, names)
    assert names["activity"].shape == (names["trial"].step_count, 100)
    names["nwb"].get_read_io().close()
    exec(blocks[2], names)
    assert inspect(run.parent / "recording.nwb") == set()
