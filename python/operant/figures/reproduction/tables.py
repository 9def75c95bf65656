"""The tables of a reproduction."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from operant.figures.statistics import Numbers
from operant.figures.table import ContentError, MissingError, Row, read_rows


class Tables:
    """What `operant reproduce` left in a folder for one figure of a paper."""

    def __init__(self, folder: Path, paper: str, figure: str) -> None:
        self._folder = folder
        self._paper = paper
        self._figure = figure

    @property
    def command(self) -> str:
        """What makes the tables of this figure."""
        return f"operant reproduce {self._paper} {self._figure} --folder {self._folder}"

    def read(self, name: str, columns: Sequence[str]) -> list[Row]:
        """Read `tables/NAME.csv`.

        Raises:
            MissingError: There is no such table.
            ContentError: It lacks columns or rows.

        """
        return self._read(self._folder / "tables" / f"{name}.csv", columns)

    def read_trainings(self, columns: Sequence[str]) -> list[Row]:
        """Read `trainings.csv`, which has a row for each network.

        Raises:
            MissingError: There is no such table.
            ContentError: It lacks columns or rows.

        """
        return self._read(self._folder / "trainings.csv", columns)

    def _read(self, path: Path, columns: Sequence[str]) -> list[Row]:
        if not path.is_file():
            raise MissingError(f"There is no {path}. '{self.command}' makes it.")
        rows = list(read_rows(path, list(columns)))
        if not rows:
            raise ContentError(f"{path} has no rows. '{self.command}' makes it again.")
        return rows


def column(rows: Iterable[Row], name: str) -> Numbers:
    """Read a column of numbers; NaN where a row has none."""
    return np.array([row.number_or_nan(name) for row in rows], dtype=float)


def grouped(rows: Iterable[Row], *columns: str) -> dict[tuple[str, ...], list[Row]]:
    """Put rows together that have the same values in some columns, in the order they come in."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.values[name] for name in columns), []).append(row)
    return groups


def numbers(rows: Iterable[Row], name: str) -> list[float]:
    """List the different numbers of a column, ascending."""
    return sorted({row.number(name) for row in rows})
