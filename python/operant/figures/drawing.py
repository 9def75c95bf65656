"""From panels to files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from operant.figures.panels import Panel
from operant.figures.style import inches, style

# What would differ between two equal runs, or between machines, isn't written.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

FORMATS = tuple(_METADATA)
"""The formats figures can be written in."""


def draw_alone(panel: Panel) -> tuple[Figure, str]:
    """Draw a panel as a figure of a single column, and say what it shows."""
    with style():
        figure = Figure(figsize=(inches(70), inches(58)), layout="constrained")
        caption = panel.draw(figure.add_subplot())
        figure.draw_without_rendering()
    return figure, caption


def draw_together(panels: Sequence[Panel]) -> Figure:
    """Draw two or three panels side by side over a double column (183 mm), lettered A, B, C."""
    with style():
        layout = ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.03, wspace=0.06)
        figure = Figure(figsize=(inches(183), inches(56)), layout=layout)
        # Above the labels on the left, which take less of a panel that is wide.
        place = -0.28 if len(panels) > 2 else -0.13
        for letter, panel, ax in zip(
            "ABCDEFGH", panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=False
        ):
            panel.draw(ax)
            ax.set_title(letter, loc="left", fontweight="bold", fontsize=9, x=place, pad=6)
        figure.draw_without_rendering()
    return figure


def write(figure: Figure, folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    """Write a figure in each format; equal figures give equal bytes."""
    paths = [folder / f"{name}.{format_}" for format_ in formats]
    with style():
        for path, format_ in zip(paths, formats, strict=True):
            figure.savefig(path, format=format_, metadata=_METADATA[format_])
    return paths
