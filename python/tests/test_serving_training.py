"""Operant's agent learns a neurogym task that is served from Python."""

import csv
import math
import os
import selectors
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from operant import Client
from operant.errors import ServerNotFoundError
from operant.local_server import server_program

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("neurogym")

EXAMPLE = Path(__file__).parents[1] / "examples" / "serve_neurogym.py"
TASK = "PerceptualDecisionMaking"
DURATION = 500


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the example serves its task."""
    endpoint = f"ipc://{tmp_path_factory.mktemp('server')}/s"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", EXAMPLE, endpoint], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(60)
        assert process.stdout.readline() == f"listening on {endpoint}\n"
        yield endpoint
        process.terminate()
        assert process.wait(10) == 0


def bound(coherence: float) -> float:
    """Return how often the direction can be told by who adds up all of the evidence."""
    return NormalDist().cdf(coherence / 100 * math.sqrt(DURATION / 2))


def test_nobody_can_do_better_than_who_adds_up_all_of_the_evidence(endpoint: str) -> None:
    client = Client(endpoint)
    task = client.describe(TASK)
    assert task.ideal_observer == pytest.approx(
        np.mean([bound(condition["coh"]) for condition in task.conditions])
    )
    rounds, lanes = 5, 100 * len(task.conditions)
    session = client.open(TASK, lane_count=lanes, seed=11)
    conditions = np.arange(lanes) % len(task.conditions)
    correct = np.zeros(len(task.conditions))
    for trial in range(rounds):
        frame = session.begin((), [trial] * lanes, conditions)
        evidence = np.zeros(lanes)
        for _ in range(session.step_limit - 5):
            evidence += frame.observations[:, 1] - frame.observations[:, 2]
            frame = session.step(bytes(lanes))
        ended = session.step(np.where(evidence > 0, 1, 2).astype(np.uint8).tobytes()).ended
        assert ended is not None
        assert set(ended.endings.tolist()) <= {1, 2}
        correct += np.bincount(conditions, ended.endings == 1)
    for condition, count in zip(task.conditions, correct, strict=True):
        share = bound(condition["coh"])
        error = math.sqrt(share * (1 - share) / (100 * rounds))
        assert abs(count / (100 * rounds) - share) < 4 * error + 1e-9
    client.close()


def test_the_agent_learns_it_to_its_ceiling(endpoint: str, tmp_path: Path) -> None:
    try:
        agent = Path(server_program()).with_name("operant")
    except ServerNotFoundError:
        pytest.skip("the agent is not built")
    if not os.access(agent, os.X_OK):
        pytest.skip(f"there is no {agent}")

    def operant(*arguments: str) -> str:
        ran = subprocess.run(
            [agent, *arguments, "--connect", endpoint, "--quiet"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
        return ran.stdout

    assert "learned after" in operant("train", TASK, "--seed", "1", "--update-limit", "3000")
    operant("evaluate", f"runs/{TASK}-s1")
    with (tmp_path / "runs" / f"{TASK}-s1" / "trials.csv").open() as table:
        trials = list(csv.DictReader(table))
    assert len(trials) == 8000
    decided = [trial for trial in trials if trial["decided"] == "1"]
    assert len(decided) > 0.98 * len(trials)
    correct = sum(trial["correct"] == "1" for trial in decided) / len(decided)
    ceiling = np.mean([bound(float(trial["coh"])) for trial in decided])
    error = math.sqrt(ceiling * (1 - ceiling) / len(decided))
    assert 0.97 * ceiling < correct < ceiling + 4 * error
    # The easiest motion is never mistaken, the hardest is as hard as it has to be.
    for coherence, least, most in ((51.2, 0.99, 1), (6.4, 0.75, bound(6.4) + 0.04)):
        there = [t["correct"] == "1" for t in decided if float(t["coh"]) == coherence]
        assert least <= np.mean(there) <= most
