"""The examples, run as a reader runs them: each learns, and says so."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCHEMA = Path(__file__).parents[2] / "proto"
C_NEEDS = ("make", "cc", "pkg-config", "protoc-c")


@dataclass(frozen=True)
class Learning:
    """What an example printed of its learning."""

    rewards: list[float]
    """Mean rewards of trials, early ones first."""
    correct: float
    """The share of its last decisions that were right."""
    decisions: int


def learning(command: list[str], path: Path, **environment: str) -> Learning:
    ran = subprocess.run(
        command,
        cwd=path,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr
    *lines, last = ran.stdout.splitlines()
    rewards = [re.fullmatch(r"trials +\d+  reward +(-?\d\.\d\d)", line) for line in lines]
    end = re.fullmatch(r"correct (\d\.\d\d) of the last (\d+) decisions", last)
    assert end is not None, ran.stdout
    assert all(rewards), ran.stdout
    return Learning([float(r[1]) for r in rewards if r], float(end[1]), int(end[2]))


def example(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / name), *arguments]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_has_thirty_lines_at_most(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 30


@pytest.mark.parametrize("name", ["sb3_ppo.py", "sb3_dqn.py"])
def test_stable_baselines3_learns_where_one_look_decides(name: str, tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3")
    learned = learning(example(name), tmp_path)
    assert learned.rewards[0] < -0.5
    assert learned.rewards[-1] > 0.6
    assert learned.correct > 0.85


def test_recurrent_ppo_integrates_evidence_to_above_seventy_percent(tmp_path: Path) -> None:
    pytest.importorskip("sb3_contrib")
    learned = learning(example("sb3_recurrent_ppo.py"), tmp_path)
    assert learned.rewards[0] < 0
    # A trial that is not decided earns -1, so nearly all are.
    assert learned.rewards[-1] > 0.65
    assert learned.correct > 0.7
    assert learned.decisions == 1000


def test_a_loop_in_pytorch_integrates_evidence_on_many_lanes(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    learned = learning(example("pytorch_loop.py"), tmp_path)
    assert learned.rewards[-1] > learned.rewards[0] + 0.2
    assert learned.rewards[-1] > 0.65
    assert learned.correct > 0.7


def test_an_example_plays_at_the_endpoint_it_is_given(tmp_path: Path, endpoint: str) -> None:
    pytest.importorskip("stable_baselines3")
    # There is no program that it could start instead.
    learned = learning(example("sb3_ppo.py", endpoint), tmp_path, OPERANT_SERVER="/nowhere")
    assert learned.correct > 0.85


def test_a_client_of_nothing_but_the_protocol_learns_in_python(
    tmp_path: Path, endpoint: str
) -> None:
    if shutil.which("protoc") is None:
        pytest.skip("protoc is not installed")
    subprocess.run(
        ["protoc", f"--proto_path={SCHEMA}", f"--python_out={tmp_path}", "operant/v1/gym.proto"],
        check=True,
    )
    # Packages rather than namespaces, so that they stand before the ones that are installed.
    for folder in ("operant", "operant/v1"):
        (tmp_path / folder / "__init__.py").touch()
    learned = learning(example("plain_client.py", endpoint), tmp_path, PYTHONPATH=str(tmp_path))
    assert learned.rewards[0] < 0.3
    assert learned.rewards[-1] > 0.9
    assert learned.correct > 0.9


def test_a_client_of_nothing_but_the_protocol_learns_in_c(tmp_path: Path, endpoint: str) -> None:
    if missing := [program for program in C_NEEDS if shutil.which(program) is None]:
        pytest.skip(f"{missing[0]} is not installed")
    folder = EXAMPLES / "c_client"
    subprocess.run(
        ["make", "--silent", "--directory", str(folder), f"BUILD={tmp_path}"], check=True
    )
    learned = learning([str(tmp_path / "client"), endpoint], tmp_path)
    assert learned.rewards[0] < 0.3
    assert learned.rewards[-1] > 0.9
    assert learned.correct > 0.9
