"""What a run left on disk, read and checked: configuration, progress, test trials."""

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from operant.figures.statistics import NOISE, Flags, Numbers
from operant.figures.table import ContentError, MissingError, Row, read_rows, read_text


@dataclass(frozen=True)
class Configuration:
    """What config.json says of a run, as far as figures need it."""

    task: str
    """The task's name in the catalogue."""
    alias: str
    """Its short name; names the combined figure."""
    decisions_to_reach: float | None
    """Share of decided trials at which training ends, from 0 to 1."""
    correct_to_reach: float | None
    """Share of correct among decided trials at which training ends, from 0 to 1."""
    noise: float = NOISE
    """σ of each stream of evidence, per √ms."""
    error_to_reach: float | None = None
    """Below which error a trial of the local rule is good; 0 if none is, None of other rules."""
    right_to_reach: float | None = None
    """Share of trials to answer rightly by the local rule, from 0 to 1; None but for choices."""


@dataclass(frozen=True)
class Progress:
    """One entry per validation."""

    trials: Numbers
    """Trials trained on so far."""
    reward: Numbers
    """Mean reward per trial."""
    decided: Numbers
    """Share of trials that ended with a decision, from 0 to 1."""
    correct: Numbers
    """Share of decided trials that were correct, from 0 to 1; NaN where none was decided."""

    def reached(self, configuration: Configuration) -> int | None:
        """Which validation met the criterion first; None if none did or none was set."""
        decisions, correct = configuration.decisions_to_reach, configuration.correct_to_reach
        if decisions is None or correct is None:
            return None
        met = np.flatnonzero((self.decided >= decisions) & (self.correct >= correct))
        return int(met[0]) if len(met) else None


@dataclass(frozen=True)
class Trials:
    """One entry per test trial of a random-dot task."""

    coherence: Numbers
    """Strength of motion, in percent; 0 or more."""
    direction: Numbers
    """−1 left, 1 right."""
    decided: Flags
    """Whether the trial ended with a decision."""
    right: Flags
    """Whether the subject chose right; means something on decided trials only."""
    correct: Flags
    """Whether the choice was correct; means something on decided trials only."""
    reaction_time: Numbers
    """In ms; NaN where there was none or the task tells none."""
    duration: Numbers
    """How long motion was shown, in ms; NaN where the task tells none."""

    @property
    def signed_coherence(self) -> Numbers:
        """Coherence in percent, negative to the left."""
        # Adding zero turns −0 into 0: motion of no strength has no side.
        return self.coherence * self.direction + 0.0


def read_configuration(run: Path) -> Configuration:
    """Read config.json.

    Raises:
        MissingError: There is no such run.
        ContentError: It is there and isn't a configuration.

    """
    if not run.exists():
        raise MissingError(f"There is no run at {run}. Name the folder 'operant train' wrote.")
    path = run / "config.json"
    if not path.is_file():
        raise MissingError(f"{run} is no run: it has no config.json.")
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ContentError(f"{path}, line {error.lineno}: not JSON ({error.msg}).") from None
    if not isinstance(content, dict):
        raise ContentError(f"{path}: not a JSON object.")

    def name(key: str) -> str:
        value = content.get(key)
        if not isinstance(value, str) or not value:
            raise ContentError(f"{path}: '{key}' is missing or no text.")
        return value

    alias = name("alias")
    if Path(alias).name != alias:
        raise ContentError(f"{path}: the alias '{alias}' can't name a file.")
    training = _section(content, "training", path)
    noise = _section(content, "settings", path).get("noise")
    if isinstance(noise, list) and len(noise) == 1:
        noise = noise[0]
    return Configuration(
        task=name("task"),
        alias=alias,
        decisions_to_reach=_optional(training, "decisionsToReach", path),
        correct_to_reach=_optional(training, "correctToReach", path),
        noise=_positive(noise, "settings.noise", path, default=NOISE),
        error_to_reach=_error_to_reach(training, path) if "rule" in training else None,
        right_to_reach=_optional(_section(training, "choices", path), "correctToReach", path),
    )


def read_progress(run: Path) -> Progress:
    """Read progress.csv: how training went.

    Raises:
        MissingError: There is no such file.
        ContentError: It lacks columns or rows, or a number can't be read.

    """
    path = run / "progress.csv"
    if not path.is_file():
        raise MissingError(f"There is no {path}. 'operant train' writes it at every validation.")
    rows = list(read_rows(path, ["trials", "reward", "decided", "correct"]))
    if not rows:
        raise ContentError(f"{path} has no rows: training wasn't validated yet.")
    return Progress(
        trials=np.array([row.number("trials") for row in rows]),
        reward=np.array([row.number("reward") for row in rows]),
        decided=np.array([row.number("decided") for row in rows]),
        correct=np.array([row.number_or_nan("correct") for row in rows]),
    )


def read_trials(run: Path, *, times: tuple[str, ...] = ()) -> Trials:
    """Read trials.csv of a random-dot task.

    Args:
        run: The run's folder.
        times: Which of `reaction_time` and `stimulus_duration` it must have. Files give seconds,
            `Trials` milliseconds.

    Raises:
        MissingError: There is no such file.
        ContentError: It lacks columns or rows, or a value can't be read.

    """
    path = run / "trials.csv"
    if not path.is_file():
        raise MissingError(f"There is no {path}. Run 'operant evaluate {run}' first.")
    wanted = ["direction", "coherence", "choice", "decided", "correct", *times]
    rows = list(read_rows(path, wanted))
    if not rows:
        raise ContentError(f"{path} has no rows. Run 'operant evaluate {run}' again.")
    decided = np.array([row.flag("decided") for row in rows])
    return Trials(
        coherence=np.array([row.number("coherence", at_least=0) for row in rows]),
        direction=np.array([row.one_of("direction", {-1.0, 1.0}) for row in rows]),
        decided=decided,
        right=np.array(
            [bool(d) and _choice(row) == "right" for d, row in zip(decided, rows, strict=True)]
        ),
        correct=np.array(
            [bool(d) and row.flag("correct") for d, row in zip(decided, rows, strict=True)]
        ),
        reaction_time=1000 * _times(rows, "reaction_time", times),
        duration=1000 * _times(rows, "stimulus_duration", times),
    )


def is_of_another_task(run: Path, time: str) -> bool:
    """Whether trials.csv has nothing of random dots: somebody else has a task of that name."""
    path = run / "trials.csv"
    header = next(csv.reader(read_text(path).splitlines()), []) if path.is_file() else ["direction"]
    return bool(header) and not {"direction", "coherence", time} & set(header)


def _choice(row: Row) -> str:
    if row.values["choice"] not in ("left", "right"):
        raise row.error("choice", "left or right on a decided trial")
    return row.values["choice"]


def _times(rows: list[Row], column: str, wanted: tuple[str, ...]) -> Numbers:
    if column not in wanted:
        return np.full(len(rows), np.nan)
    return np.array([row.number_or_nan(column) for row in rows])


def _section(content: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    section = content.get(key, {})
    if not isinstance(section, dict):
        raise ContentError(f"{path}: '{key}' is no JSON object.")
    return section


def _optional(section: dict[str, Any], key: str, path: Path) -> float | None:
    value = section.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ContentError(f"{path}: '{key}' is {value}; it should be a number from 0 to 1.")
    return float(value)


def _error_to_reach(training: dict[str, Any], path: Path) -> float:
    value = training.get("errorToReach")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ContentError(f"{path}: 'errorToReach' is {value}; it should be a number, 0 or more.")
    return float(value)


def _positive(value: object, key: str, path: Path, *, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ContentError(f"{path}: '{key}' is {value}; it should be a number above 0.")
    return float(value)
