"""The command that draws a run: `python -m operant.figures RUN`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from operant.command_line import BAD_DATA, CANNOT_WRITE, MISSING, Parser, replace_missing_letters
from operant.figures.drawing import FORMATS, draw_alone, draw_together, write
from operant.figures.local_choices import read_condition_rights
from operant.figures.local_rule import read_condition_errors, read_local_progress
from operant.figures.panels import (
    CHOICE_TIMES,
    Panel,
    choice_panels,
    conditions_panel,
    errors_panel,
    learning_panel,
)
from operant.figures.run import (
    Configuration,
    is_of_another_task,
    read_configuration,
    read_progress,
    read_trials,
)
from operant.figures.table import ContentError, MissingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a run's figures and return the exit code."""
    return draw_run(
        "operant-figures",
        "Draws how training went and how the trained subject decides.",
        _draw,
        arguments,
    )


def draw_run(
    program: str,
    description: str,
    draw: Callable[[Path, Path, list[str]], int],
    arguments: Sequence[str] | None = None,
    *,
    prefix: str = "",
) -> int:
    """Draw something of a run, as the command line asks for, and return the exit code.

    Args:
        program: Who speaks, in errors.
        description: What is drawn, for the help.
        draw: Takes the run's folder, that of figures, and formats; returns an exit code.
        arguments: Those of the command line; the process's own if None.
        prefix: What comes before the program's name on a command line.

    """
    parser = Parser(
        prog=prefix + program,
        description=description,
        epilog=f"Example: {prefix}{program} runs/demo --formats pdf",
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="the folder of a run")
    parser.add_argument(
        "--output", metavar="FOLDER", type=Path, help="where figures go (default: RUN/figures)"
    )
    parser.add_argument(
        "--formats",
        metavar="LIST",
        type=_formats,
        default=list(FORMATS),
        help=f"file formats, with commas between them (default: {','.join(FORMATS)})",
    )
    options = parser.parse_args(arguments)
    replace_missing_letters()
    run: Path = options.run
    output: Path = options.output or run / "figures"
    try:
        return draw(run, output, options.formats)
    except (MissingError, ContentError) as error:
        return _report(error, program)
    except OSError as error:
        print(f"{program}: {output} can't be written: {error.strerror}.", file=sys.stderr)
        return CANNOT_WRITE


def _draw(run: Path, output: Path, formats: list[str]) -> int:
    configuration = read_configuration(run)
    is_local = configuration.error_to_reach is not None
    problems: list[MissingError | ContentError] = []
    choices: list[Panel] = []
    training: list[Panel] = []
    try:
        choices = [] if is_local else _choice_panels(run, configuration)
    except (MissingError, ContentError) as error:
        problems.append(error)
    try:
        training = [
            errors_panel(read_local_progress(run), configuration)
            if is_local
            else learning_panel(read_progress(run), configuration)
        ]
    except (MissingError, ContentError) as error:
        problems.append(error)
    try:
        training += _condition_panels(run, configuration) if is_local else []
    except ContentError as error:
        problems.append(error)

    # What can be drawn is drawn, whatever else is wrong with the run.
    drawn: list[Panel] = []
    for panel in choices + training:
        try:
            figure, caption = draw_alone(panel)
        except ContentError as error:
            problems.append(error)
            continue
        output.mkdir(parents=True, exist_ok=True)
        drawn.append(panel)
        for path in write(figure, output, panel.name, formats):
            print(f"{path}  {caption}")
    if len(drawn) == (2 if is_local else 3):
        names = ", ".join(
            f"{letter} {panel.name}" for letter, panel in zip("ABC", drawn, strict=False)
        )
        for path in write(draw_together(drawn), output, configuration.alias, formats):
            print(f"{path}  All panels: {names}.")
    return max((_report(problem) for problem in problems), default=0)


def _condition_panels(run: Path, configuration: Configuration) -> list[Panel]:
    if not (run / "trials.csv").is_file():
        print(
            f"Only the learning curve is drawn: there are no test trials in {run}. "
            f"'operant evaluate {run}' plays some."
        )
        return []
    read = read_condition_errors if configuration.right_to_reach is None else read_condition_rights
    return [conditions_panel(read(run), configuration)]


def _choice_panels(run: Path, configuration: Configuration) -> list[Panel]:
    time = CHOICE_TIMES.get(configuration.task)
    if time is None:
        print(
            f"Only the learning curve is drawn: of {configuration.task} no other figure is known "
            f"(they are of {' and '.join(CHOICE_TIMES)})."
        )
        return []
    if is_of_another_task(run, time):
        print(
            f"Only the learning curve is drawn: the trials in {run} are of another "
            f"{configuration.task} than the one whose figures are known."
        )
        return []
    return choice_panels(read_trials(run, times=(time,)), configuration)


def _report(error: MissingError | ContentError, program: str = "operant-figures") -> int:
    print(f"{program}: {error}", file=sys.stderr)
    return MISSING if isinstance(error, MissingError) else BAD_DATA


def _formats(text: str) -> list[str]:
    formats = list(dict.fromkeys(text.split(",")))
    for format_ in formats:
        if format_ not in FORMATS:
            raise argparse.ArgumentTypeError(
                f"'{format_}' is no format figures come in; choose among {', '.join(FORMATS)}"
            )
    return formats
