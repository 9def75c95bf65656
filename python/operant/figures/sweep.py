"""How settings of a sweep are learned: `python -m operant.figures.sweep SWEEP`.

Reads what `operant sweep` writes: `sweep.csv`, a row per setting, and `curves.csv`, the quartiles
of its learning curves.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from operant.figures.command import draw_run
from operant.figures.drawing import write
from operant.figures.statistics import Numbers
from operant.figures.style import (
    BLUE,
    INK,
    OCHRE,
    QUIET,
    RED,
    TEAL,
    inches,
    offset_axes,
    style,
    trials_axis,
)
from operant.figures.table import ContentError, MissingError, Row, read_rows

_COLORS = (BLUE, RED, OCHRE, TEAL, INK, QUIET)
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_LABELS = {
    "reward": "Reward per trial",
    "median_error": "Median error of 100 trials",
    "good": "Right, of 100 trials (%)",
}


@dataclass(frozen=True)
class Setting:
    """A setting, and the quartiles of its learning curves over seeds."""

    name: str
    task: str
    measure: str
    """The column of progress.csv that is drawn."""
    learned: int | None
    """How many of those trained; None where nothing is to be reached."""
    trained: int
    trials: Numbers
    lower: Numbers
    median: Numbers
    upper: Numbers


def read_sweep(folder: Path) -> list[Setting]:
    """Read the settings of a sweep that have been trained, in its order.

    Raises:
        MissingError: There are no tables.
        ContentError: One lacks columns or can't be read, or no setting has a curve.

    """
    for name in ("sweep.csv", "curves.csv"):
        if not (folder / name).is_file():
            raise MissingError(
                f"There is no {folder / name}. "
                f"'operant sweep --folder {folder} --collect' writes it."
            )
    curves: dict[str, list[Row]] = {}
    columns = ["setting", "measure", "trials", "lower_quartile", "median", "upper_quartile"]
    for row in read_rows(folder / "curves.csv", columns):
        curves.setdefault(row.values["setting"], []).append(row)
    settings = []
    for row in read_rows(folder / "sweep.csv", ["setting", "task", "trained", "learned"]):
        rows = curves.get(row.values["setting"])
        if not rows:
            continue
        settings.append(
            Setting(
                name=row.values["setting"],
                task=row.values["task"],
                measure=rows[0].values["measure"],
                learned=int(row.number("learned", at_least=0)) if row.values["learned"] else None,
                trained=int(row.number("trained", at_least=0)),
                trials=np.array([r.number("trials", at_least=0) for r in rows]),
                lower=np.array([r.number("lower_quartile") for r in rows]),
                median=np.array([r.number("median") for r in rows]),
                upper=np.array([r.number("upper_quartile") for r in rows]),
            )
        )
    if not settings:
        raise ContentError(f"{folder / 'curves.csv'} has no curves: nothing was trained yet.")
    return settings


def sweep(settings: Sequence[Setting]) -> tuple[Figure, str]:
    """Draw a panel per task, median and quartiles of each setting, and say what they show."""
    tasks = list(dict.fromkeys(setting.task for setting in settings))
    with style():
        figure = Figure(figsize=(inches(75 * len(tasks)), inches(80)), layout="constrained")
        for task, ax in zip(tasks, figure.subplots(1, len(tasks), squeeze=False)[0], strict=True):
            _draw_task(ax, task, [setting for setting in settings if setting.task == task])
        figure.draw_without_rendering()
    count = f"{len(settings)} setting{'' if len(settings) == 1 else 's'}"
    return (
        figure,
        f"Median and quartiles over seeds of {count}; a run that has ended stays as it was.",
    )


def _words(setting: Setting) -> list[str]:
    """Tell what a setting sets."""
    return setting.name.removeprefix(setting.task).split()


def _draw_task(ax: Axes, task: str, settings: Sequence[Setting]) -> None:
    # What all have in common tells none from another.
    shared = set.intersection(*(set(_words(setting)) for setting in settings))
    for place, setting in enumerate(settings):
        color = _COLORS[place % len(_COLORS)]
        dashes = _DASHES[place // len(_COLORS) % len(_DASHES)]
        name = " ".join(word for word in _words(setting) if word not in shared) or task
        outcome = (
            f"{setting.trained} trained"
            if setting.learned is None
            else f"{setting.learned} of {setting.trained} learned"
        )
        scale = 100 if setting.measure == "good" else 1
        ax.fill_between(
            setting.trials,
            scale * setting.lower,
            scale * setting.upper,
            color=color,
            alpha=0.18,
            lw=0,
            step="post",
        )
        ax.plot(
            setting.trials,
            scale * setting.median,
            color=color,
            ls=dashes,
            drawstyle="steps-post",
            label=f"{name}: {outcome}",
        )
    trials_axis(ax, max(float(setting.trials.max()) for setting in settings))
    measure = settings[0].measure
    ax.set(ylabel=_LABELS.get(measure, measure))
    if measure == "good":
        ax.set_ylim(0, 100)
    ax.set_title(task)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.24))
    offset_axes(ax)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a sweep's learning curves and return the exit code."""
    return draw_run(
        "operant.figures.sweep",
        "Draws how the settings of a sweep are learned.",
        _draw,
        arguments,
        prefix="python -m ",
    )


def _draw(folder: Path, output: Path, formats: list[str]) -> int:
    figure, caption = sweep(read_sweep(folder))
    output.mkdir(parents=True, exist_ok=True)
    for path in write(figure, output, "sweep", formats):
        print(f"{path}  {caption}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
