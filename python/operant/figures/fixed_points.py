"""Where a network's states stay, and the ways they take.

From a shell: ``python -m operant.figures.fixed_points RUN``.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from operant.figures.command import draw_run
from operant.figures.drawing import write
from operant.figures.reproduction.sheet import PAGE, sheet
from operant.figures.reproduction.tables import column, grouped
from operant.figures.statistics import Flags, Numbers
from operant.figures.style import BLUE, INK, OCHRE, QUIET, RED, TEAL, offset_axes, style
from operant.figures.table import ContentError, MissingError, Row, read_rows

_AXES = ("x", "y", "z")
_HUES = (BLUE, RED, OCHRE, TEAL)
_NAMED_CONDITIONS = 8
_COUNTED_POINTS = 20
"""So many numbers of growing modes can be read beside their points."""


@dataclass(frozen=True)
class Points:
    """Fixed points and slow points, one entry each."""

    fixed: Flags
    """Whether the state stays there; slow points only have it linger."""
    growing: Numbers
    """How many modes grow; 0 of a stable point."""
    position: Numbers
    """[point × component] Rates along three principal components."""
    slowest: Numbers
    """[point × component] The direction that changes most slowly, unit length in state space."""


@dataclass(frozen=True)
class MeanPath:
    """The mean way of a condition's trials."""

    condition: str
    """Its number."""
    position: Numbers
    """[step × component] Rates along three principal components."""


def read_points(run: Path) -> Points:
    """Read fixed-points.csv; a search may have found none.

    Raises:
        MissingError: There is no such table.
        ContentError: It lacks columns, or a value can't be read.

    """
    slow = [f"slow_{axis}" for axis in _AXES]
    rows = _read(run, "fixed-points.csv", ["kind", "growing", *_AXES, *slow])
    for row in rows:
        if row.values["kind"] not in ("fixed", "slow"):
            raise row.error("kind", "fixed or slow")
    return Points(
        fixed=np.array([row.values["kind"] == "fixed" for row in rows], dtype=bool),
        growing=np.array([row.number("growing", at_least=0) for row in rows], dtype=float),
        position=_vectors(rows, _AXES),
        # A direction that was not found is drawn as none.
        slowest=np.nan_to_num(np.stack([column(rows, name) for name in slow], axis=1)),
    )


def read_paths(run: Path) -> list[MeanPath]:
    """Read fixed-points-paths.csv.

    Raises:
        MissingError: There is no such table.
        ContentError: It lacks columns or rows, or a value can't be read.

    """
    rows = _read(run, "fixed-points-paths.csv", ["condition", "time", *_AXES])
    if not rows:
        raise ContentError(
            f"{run / 'fixed-points-paths.csv'} has no rows. "
            f"'operant fixed-points {run}' makes it again."
        )
    return [
        MeanPath(condition, _vectors(sorted(way, key=lambda row: row.number("time")), _AXES))
        for (condition,), way in grouped(rows, "condition").items()
    ]


def fixed_points(points: Points, paths: Sequence[MeanPath]) -> tuple[Figure, str]:
    """Draw points among paths, along the first and second and along the first and third component.

    Returns:
        The figure, and what it shows in words.

    """
    figure, panels = sheet(["AB"], 74, width=PAGE)
    everything = np.concatenate([points.position, *(path.position for path in paths)])
    low, high = everything.min(axis=0), everything.max(axis=0)
    # One scale for all components, for directions to be what they look like.
    middle, half = (low + high) / 2, 0.56 * max(float((high - low).max()), 1e-9)
    lengths = np.linalg.norm(points.slowest, axis=1)
    scale = 0.18 * half / lengths.max() if lengths.any() else 0.0
    for name, vertical in (("A", 1), ("B", 2)):
        ax, plane = panels[name], [0, vertical]
        for place, path in enumerate(paths):
            _draw_path(ax, path.position[:, plane], _quiet(place, len(paths)))
        for place in range(len(points.fixed)):
            _draw_point(ax, points, place, plane, scale)
        ax.set(
            xlim=(middle[0] - half, middle[0] + half),
            ylim=(middle[vertical] - half, middle[vertical] + half),
            xlabel="Component 1",
            ylabel=f"Component {vertical + 1}",
            aspect="equal",
        )
        offset_axes(ax)
    figure.legend(handles=_legend(points, paths), loc="outside right center")
    # Places for labels are found beside panels as wide as equal scales make them.
    figure.draw_without_rendering()
    return figure, _told(points, paths)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a run's fixed points and return the exit code."""
    return draw_run(
        "operant.figures.fixed_points",
        "Draws the fixed points of a trained network, which 'operant fixed-points RUN' finds.",
        _draw,
        arguments,
        prefix="python -m ",
    )


def _draw(run: Path, output: Path, formats: list[str]) -> int:
    points, paths = read_points(run), read_paths(run)
    with style():
        figure, caption = fixed_points(points, paths)
    output.mkdir(parents=True, exist_ok=True)
    for path in write(figure, output, "fixed-points", formats):
        print(f"{path}  {caption}")
    return 0


def _read(run: Path, name: str, columns: list[str]) -> list[Row]:
    if not run.exists():
        raise MissingError(f"There is no run at {run}. Name the folder 'operant train' wrote.")
    path = run / name
    if not path.is_file():
        raise MissingError(f"There is no {path}. 'operant fixed-points {run}' makes it.")
    return list(read_rows(path, columns))


def _vectors(rows: list[Row], names: Sequence[str]) -> Numbers:
    values = [[row.number(name) for name in names] for row in rows]
    return np.array(values, dtype=float).reshape(len(rows), len(names))


def _draw_path(ax: Axes, way: Numbers, color: tuple[float, float, float]) -> None:
    ax.plot(way[:, 0], way[:, 1], color=color, lw=0.8, zorder=1)
    ax.plot(way[0, 0], way[0, 1], "s", color=color, ms=3.4, mec="white", mew=0.4, zorder=2)


def _draw_point(ax: Axes, points: Points, place: int, plane: list[int], scale: float) -> None:
    """Draw a point, a line along its slowest direction, and how many modes grow if many do."""
    x, y = points.position[place, plane]
    across, up = scale * points.slowest[place, plane]
    fixed, growing = bool(points.fixed[place]), int(points.growing[place])
    ax.plot([x - across, x + across], [y - up, y + up], color=_color(fixed), lw=0.9, zorder=3)
    ax.plot(x, y, ls="", zorder=4, **_marker(fixed=fixed, growing=growing))
    if growing > 1 and len(points.fixed) <= _COUNTED_POINTS:
        ax.annotate(
            str(growing),
            (x, y),
            xytext=(4, 3),
            textcoords="offset points",
            color=_color(fixed),
            fontsize=6,
            zorder=5,
        )


def _color(fixed: bool) -> str:
    return INK if fixed else QUIET


def _marker(*, fixed: bool, growing: int) -> dict[str, Any]:
    """Fill a stable point, leave the upper half of one open where one mode grows, else all."""
    color = _color(fixed)
    return {
        "marker": "o",
        "ms": 5,
        "mec": color,
        "mew": 0.9,
        "mfc": "white" if growing > 1 else color,
        "mfcalt": "white",
        "fillstyle": "bottom" if growing == 1 else "full",
    }


def _quiet(place: int, count: int) -> tuple[float, float, float]:
    """Give a condition a pale hue; hues come in turn between the first and the last."""
    at = place if count <= len(_HUES) else place * (len(_HUES) - 1) / (count - 1)
    before, after = int(np.floor(at)), int(np.ceil(at))
    hues = np.array([to_rgb(hue) for hue in _HUES])
    hue = hues[before] + (at - before) * (hues[after] - hues[before])
    red, green, blue = (float(value) for value in 1 - 0.5 * (1 - hue))
    return red, green, blue


def _legend(points: Points, paths: Sequence[MeanPath]) -> list[Line2D]:
    """Name what is there: kinds of points, then conditions if they are few."""
    handles = []
    kinds = sorted(
        {
            (not fixed, min(int(growing), 2))
            for fixed, growing in zip(points.fixed, points.growing, strict=True)
        }
    )
    growth = ("stable", "1 mode grows", "several modes grow")
    for slow, growing in kinds:
        label = f"{'slow' if slow else 'fixed'}, {growth[growing]}"
        handles.append(
            Line2D([], [], ls="", label=label, **_marker(fixed=not slow, growing=growing))
        )
    if len(points.fixed):
        handles.append(Line2D([], [], color=INK, lw=0.9, label="slowest direction"))
    if len(paths) <= _NAMED_CONDITIONS:
        handles += [
            Line2D(
                [],
                [],
                color=_quiet(place, len(paths)),
                marker="s",
                ms=3.4,
                mec="white",
                mew=0.4,
                label=f"condition {path.condition}",
            )
            for place, path in enumerate(paths)
        ]
    else:
        handles.append(Line2D([], [], color=_quiet(0, len(paths)), label="a condition each"))
    handles.append(Line2D([], [], color=QUIET, marker="s", ls="", ms=3.4, label="start"))
    return handles


def _told(points: Points, paths: Sequence[MeanPath]) -> str:
    fixed = int(points.fixed.sum())
    stable = int((points.fixed & (points.growing == 0)).sum())
    slow = len(points.fixed) - fixed
    return (
        f"{_counted(fixed, 'fixed point')} ({stable} stable) and {_counted(slow, 'slow point')}, "
        f"on the mean ways of {_counted(len(paths), 'condition')} along three principal "
        "components; lines are as long as components show of the slowest direction."
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
