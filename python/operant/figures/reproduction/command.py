"""The command that draws a reproduction: `python -m operant.figures.PAPER FOLDER`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from operant.command_line import (
    BAD_DATA,
    CANNOT_WRITE,
    MISSING,
    USAGE,
    Parser,
    replace_missing_letters,
)
from operant.figures.drawing import FORMATS, write
from operant.figures.reproduction.tables import Tables
from operant.figures.style import style
from operant.figures.table import ContentError, MissingError

Draw = Callable[[Tables], tuple[Figure, str]]
"""Draws a figure from tables, and says in words what it shows."""


@dataclass(frozen=True)
class Paper:
    """A paper, as far as its figures are concerned."""

    name: str
    """As `operant reproduce` knows it; names the module whose command this is."""
    reference: str
    """Who wrote it and when, in words."""
    figures: Mapping[str, Draw]
    """By the names that `operant reproduce` knows them by."""

    @property
    def program(self) -> str:
        """Who speaks, in errors."""
        return f"operant.figures.{self.name}"


def draw_paper(paper: Paper, arguments: Sequence[str] | None = None) -> int:
    """Draw figures of a paper and return the exit code."""
    parser = Parser(
        prog=f"python -m {paper.program}",
        description=f"Draws figures of {paper.reference} from the tables of a reproduction.",
        epilog=f"Example: python -m {paper.program} reproductions/{paper.name} "
        f"{next(iter(paper.figures))}",
        allow_abbrev=False,
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help=f"where 'operant reproduce {paper.name}' left its tables",
    )
    parser.add_argument(
        "figures",
        metavar="FIGURE",
        nargs="*",
        help=f"some of {', '.join(paper.figures)}; all if none is named",
    )
    options = parser.parse_args(arguments)
    replace_missing_letters()
    folder: Path = options.folder
    names: list[str] = list(dict.fromkeys(options.figures)) or list(paper.figures)
    for name in names:
        if name not in paper.figures:
            print(
                f"{paper.program}: there is no figure '{name}'; there are "
                f"{', '.join(paper.figures)}",
                file=sys.stderr,
            )
            return USAGE
    if not folder.is_dir():
        print(
            f"{paper.program}: There is no folder {folder}. "
            f"'operant reproduce {paper.name} --folder {folder}' makes it.",
            file=sys.stderr,
        )
        return MISSING
    try:
        return max(_draw(paper, folder, name) for name in names)
    except OSError as error:
        print(
            f"{paper.program}: {folder / 'figures'} can't be written: {error.strerror}.",
            file=sys.stderr,
        )
        return CANNOT_WRITE


def _draw(paper: Paper, folder: Path, name: str) -> int:
    """Draw a figure, or say why not; the others are drawn all the same."""
    try:
        with style():
            figure, caption = paper.figures[name](Tables(folder, paper.name, name))
    except (MissingError, ContentError) as error:
        print(f"{paper.program}: {name} is not drawn. {error}", file=sys.stderr)
        return MISSING if isinstance(error, MissingError) else BAD_DATA
    output = folder / "figures"
    output.mkdir(parents=True, exist_ok=True)
    picture = write(figure, output, name, FORMATS)[0]
    print(f"{picture}  {caption}", flush=True)
    return 0
