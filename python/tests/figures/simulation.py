"""Runs of simulated subjects, on disk as Operant's programs leave them."""

import csv
import json
import math
from pathlib import Path

import numpy as np

NOISE = math.sqrt(2)
STEP = 10  # ms

Row = dict[str, str]


def simulate_fixed(folder: Path, *, count: int = 4000, seed: int = 1) -> Path:
    """An ideal observer of motion shown for a time that isn't its own to choose."""
    random = np.random.default_rng(seed)
    coherences = [0.0, 6.4, 12.8, 25.6, 51.2]
    rows = []
    for trial in range(count):
        coherence, direction = coherences[trial // 2 % 5], (-1, 1)[trial % 2]
        steps = int(np.clip(80 + random.exponential(330), 80, 1490) // STEP)
        mean = direction * coherence / 100 * steps
        evidence = random.normal(mean, NOISE * math.sqrt(2 * steps / STEP))
        side = 1 if evidence > 0 else -1
        rows.append(
            _trial(trial, direction, coherence, side, 0.2, stimulus_duration=steps * STEP / 1000)
        )
    rows[0] = _aborted(rows[0])
    return _write(folder, "rdm_fixed", "PerceptualDecisionMaking", rows)


def simulate_reaction_time(folder: Path, *, count: int = 2400, seed: int = 1) -> Path:
    """A subject that sums evidence to a bound and then answers."""
    random = np.random.default_rng(seed)
    coherences = [0.0, 3.2, 6.4, 12.8, 25.6, 51.2]
    sigma = NOISE * math.sqrt(2 / STEP)
    rows = []
    for trial in range(count):
        coherence, direction = coherences[trial // 2 % 6], (-1, 1)[trial % 2]
        path = np.cumsum(random.normal(direction * coherence / 100, sigma, size=200))
        crossed = np.flatnonzero(np.abs(path) > 3.5)
        at = int(crossed[0]) if len(crossed) else 199
        side = 1 if path[at] > 0 else -1
        rows.append(_trial(trial, direction, coherence, side, 0.2 + (at + 1) * STEP / 1000))
    rows[0] = _aborted(rows[0])
    return _write(folder, "rdm_rt", "PerceptualDecisionMakingReactionTime", rows)


def read_rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _trial(
    trial: int,
    direction: int,
    coherence: float,
    side: int,
    reaction_time: float,
    stimulus_duration: float | None = None,
) -> Row:
    correct = side == direction
    row = {
        "id": str(trial),
        "direction": f"{direction:.1f}",
        "coherence": str(coherence),
        "stimulus_start": "0.75",
    }
    if stimulus_duration is not None:
        row["stimulus_duration"] = str(stimulus_duration)
    return row | {
        "reaction_time": str(reaction_time),
        "choice": "right" if side > 0 else "left",
        "ending": "correct" if correct else "error",
        "decided": "1",
        "correct": "1" if correct else "0",
        "reward": "1.0" if correct else "0.0",
    }


def _aborted(row: Row) -> Row:
    return row | {"ending": "abort", "decided": "0", "correct": "", "reward": "-1.0"}


def _write(folder: Path, alias: str, task: str, rows: list[Row]) -> Path:
    folder.mkdir(parents=True)
    configuration = {
        "alias": alias,
        "task": task,
        "seed": 1,
        "settings": {},
        "timeStep": STEP,
        "training": {"decisionsToReach": 0.99, "correctToReach": 0.8},
    }
    (folder / "config.json").write_text(json.dumps(configuration), encoding="utf-8")
    (folder / "progress.csv").write_text(
        "update,trials,reward,decided,correct\n"
        "0,0,-1.0,0.0,\n"
        "50,500,0.4,0.95,0.6\n"
        "100,1000,0.7,0.98,0.81\n"
        "150,1500,0.8,0.995,0.82\n",
        encoding="utf-8",
    )
    write_rows(folder / "trials.csv", rows)
    return folder
