"""Tables on disk, read row by row; what is wrong with one is said with its place."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class MissingError(Exception):
    """A run, or a file of it, that isn't there."""


class ContentError(Exception):
    """A file that is there and can't be read as what it should be."""


@dataclass(frozen=True)
class Row:
    """A row of a table, which knows where it stands so that errors can say so."""

    values: dict[str, str]
    """By column."""
    path: Path
    """The table it is of."""
    number_in_file: int
    """Counted from 1; the header has none."""
    line: int
    """Which line of the file it ends in."""

    def error(self, column: str, wanted: str) -> ContentError:
        """Say that a value isn't what it should be, and where."""
        found = f"'{self.values[column]}'" if self.values[column] else "empty"
        return ContentError(f"{self.where}: {column} is {found}; it should be {wanted}.")

    @property
    def where(self) -> str:
        """Its place, in words."""
        return f"{self.path}, row {self.number_in_file} (line {self.line})"

    def number(self, column: str, at_least: float = -math.inf) -> float:
        """Read a finite number."""
        try:
            value = float(self.values[column])
        except ValueError:
            raise self.error(column, "a number") from None
        if not math.isfinite(value):
            raise self.error(column, "a finite number")
        if value < at_least:
            raise self.error(column, f"{at_least:g} or more")
        return value

    def number_or_nan(self, column: str) -> float:
        """Read a finite number, or NaN where there is none."""
        return self.number(column) if self.values[column] else math.nan

    def one_of(self, column: str, allowed: set[float]) -> float:
        """Read one of a few numbers."""
        value = self.number(column)
        if value not in allowed:
            raise self.error(column, " or ".join(f"{a:g}" for a in sorted(allowed)))
        return value

    def flag(self, column: str) -> bool:
        """Read 0 or 1."""
        return self.one_of(column, {0.0, 1.0}) == 1


def read_rows(path: Path, columns: list[str]) -> Iterator[Row]:
    """Read a table with a header that names at least the columns wanted.

    Raises:
        ContentError: It lacks columns, or a row has too many or too few values.

    """
    reader = csv.reader(read_text(path).splitlines())
    header = next(reader, [])
    missing = [column for column in columns if column not in header]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        raise ContentError(f"{path} lacks the {noun} {', '.join(missing)}.")
    for number, fields in enumerate(reader, start=1):
        if len(fields) != len(header):
            raise ContentError(
                f"{path}, row {number} (line {reader.line_num}): {len(fields)} values for "
                f"{len(header)} columns. The file may have been cut short."
            )
        values = dict(zip(header, fields, strict=True))
        yield Row(values, path, number, reader.line_num)


def read_text(path: Path) -> str:
    """Read a whole file.

    Raises:
        ContentError: It can't be read, or isn't text in UTF-8.

    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ContentError(f"{path} is not text in UTF-8.") from None
    except OSError as error:
        raise ContentError(f"{path} can't be read: {error.strerror}.") from None
