"""The command that draws the reproduction: `python -m operant.figures.miconi2017 FOLDER`."""

from collections.abc import Sequence

from operant.figures.miconi2017.catalogue import FIGURES
from operant.figures.reproduction.command import Paper, draw_paper

_PAPER = Paper("miconi2017", "Miconi (2017)", FIGURES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw figures and return the exit code."""
    return draw_paper(_PAPER, arguments)
