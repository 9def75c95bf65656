"""The command that draws a reproduction: `python -m operant.figures.song2017 FOLDER`."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from operant.figures.command import CANNOT_WRITE, MISSING, UNREADABLE, USAGE, Parser
from operant.figures.drawing import FORMATS, write
from operant.figures.song2017.catalogue import FIGURES
from operant.figures.song2017.tables import Tables
from operant.figures.style import style
from operant.figures.table import ContentError, MissingError

_PROGRAM = "operant.figures.song2017"


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw figures and return the exit code."""
    parser = Parser(
        prog=f"python -m {_PROGRAM}",
        description="Draws figures of Song, Yang & Wang (2017) from the tables of a reproduction.",
        epilog=f"Example: python -m {_PROGRAM} reproductions/song2017 fig1c",
        allow_abbrev=False,
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="where 'operant reproduce song2017' left its tables",
    )
    parser.add_argument(
        "figures",
        metavar="FIGURE",
        nargs="*",
        help=f"some of {', '.join(FIGURES)}; all if none is named",
    )
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Greek letters is no reason to fail.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    folder: Path = options.folder
    names: list[str] = list(dict.fromkeys(options.figures)) or list(FIGURES)
    for name in names:
        if name not in FIGURES:
            print(
                f"{_PROGRAM}: there is no figure '{name}'; there are {', '.join(FIGURES)}",
                file=sys.stderr,
            )
            return USAGE
    if not folder.is_dir():
        print(
            f"{_PROGRAM}: There is no folder {folder}. "
            f"'operant reproduce song2017 --folder {folder}' makes it.",
            file=sys.stderr,
        )
        return MISSING
    try:
        return max(_draw(folder, name) for name in names)
    except OSError as error:
        print(
            f"{_PROGRAM}: {folder / 'figures'} can't be written: {error.strerror}.",
            file=sys.stderr,
        )
        return CANNOT_WRITE


def _draw(folder: Path, name: str) -> int:
    """Draw a figure, or say why not; the others are drawn all the same."""
    try:
        with style():
            figure, caption = FIGURES[name](Tables(folder, name))
    except (MissingError, ContentError) as error:
        print(f"{_PROGRAM}: {name} is not drawn. {error}", file=sys.stderr)
        return MISSING if isinstance(error, MissingError) else UNREADABLE
    output = folder / "figures"
    output.mkdir(parents=True, exist_ok=True)
    picture = write(figure, output, name, FORMATS)[0]
    print(f"{picture}  {caption}", flush=True)
    return 0
