"""The command that draws the reproduction: `python -m operant.figures.song2017 FOLDER`."""

from collections.abc import Sequence

from operant.figures.reproduction.command import Paper, draw_paper
from operant.figures.song2017.catalogue import FIGURES

_PAPER = Paper("song2017", "Song, Yang & Wang (2017)", FIGURES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw figures and return the exit code."""
    return draw_paper(_PAPER, arguments)
