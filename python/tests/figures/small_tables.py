"""Small tables that tests write, and how to look at what was drawn of them."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

Cell = str | float


def write_table(path: Path, header: str, rows: Sequence[Sequence[Cell]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def lettered(figure: Figure) -> dict[str, Axes]:
    """Give a figure's panels by their letters."""
    return {
        text.get_text(): ax
        for ax in figure.axes
        for text in ax.texts
        if text.get_fontweight() == "bold"
    }


def points(line: Line2D) -> list[tuple[float, float]]:
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    return list(zip(x.tolist(), y.tolist(), strict=True))
