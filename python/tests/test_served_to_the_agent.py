"""Operant's own programs play at servers that are not theirs."""

import csv
import os
import subprocess
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from keyed import Keyring

from operant import Server
from operant.errors import ServerNotFoundError
from operant.local_server import server_program


class Awkward(gymnasium.Env[np.ndarray, int]):
    """A task over at once, whose facts are named as the agent's own columns are."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)  # type: ignore[assignment]

    def reset(self, *, seed=None, options=None):
        """Begin a trial."""
        super().reset(seed=seed)
        return np.ones(2, np.float32), {}

    def step(self, action):
        """Take any answer."""
        info = {"ending": "correct" if action else "error", "reward": 7, "choice": 8}
        return np.ones(2, np.float32), float(action), True, False, info


@pytest.fixture
def agent():
    """The path of the agent's program."""
    try:
        path = Path(server_program()).with_name("operant")
    except ServerNotFoundError:
        path = Path("operant")
    if not os.access(path, os.X_OK):
        pytest.skip("the agent is not built")
    return path


def end(agent, folder, *arguments):
    return subprocess.run(
        [agent, *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )


def run(agent, folder, *arguments):
    ran = end(agent, folder, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_task_of_few_words_is_described_trained_on_and_evaluated(agent, tmp_path):
    with Server(
        Awkward,
        f"ipc://{tmp_path}/server",
        name="Awkward",
        facts=["reward", "choice", "fact_choice"],
    ) as server:
        connected = ("--connect", server.endpoint)
        page = run(agent, tmp_path, "describe", "Awkward", *connected)
        assert "actions     0 0, 1 1\n" in page
        assert "parameters" not in page
        run(agent, tmp_path, "train", "Awkward", "--update-limit", "2", "--quiet", *connected)
        told = run(agent, tmp_path, "evaluate", "runs/Awkward-s1", "--quiet", *connected)
    assert "condition" in told
    with (tmp_path / "runs" / "Awkward-s1" / "trials.csv").open() as table:
        trials = list(csv.DictReader(table))
    assert {trial["fact_reward"] for trial in trials} == {"7.0"}
    assert {trial["fact_choice"] for trial in trials} == {"8.0"}
    assert {trial["reward"] for trial in trials} <= {"0.0", "1.0"}


def test_the_agent_learns_from_a_server_that_knows_its_key_and_no_other(agent, tmp_path):
    ring = Keyring(tmp_path)
    # Made by the agent's own program, which servers of Python have to understand.
    run(agent, tmp_path, "keygen", "--folder", "mine", "--name", "bob")
    ring.authorise(tmp_path / "mine" / "bob.key")
    with Server(Awkward, "tcp://127.0.0.1:*", name="Awkward", keys=ring.server) as server:
        connected = ("--connect", server.endpoint, "--server-key", ring.public)
        train = ("train", "Awkward", "--update-limit", "2", "--quiet", *connected)
        run(agent, tmp_path, *train, "--key", "mine/bob.key")
        assert (tmp_path / "runs" / "Awkward-s1").is_dir()
        refused = end(agent, tmp_path, *train, "--run", "runs/other", "--key", ring.mallory)
        assert refused.returncode == 77
        assert "does not let this agent in: its key" in refused.stderr
