"""Learning curves: how large errors are, trial by trial, over runs that differ in their seed."""

from dataclasses import dataclass

from operant.figures.reproduction.tables import column
from operant.figures.statistics import Numbers
from operant.figures.table import Row

COLUMNS = ["trial", "lower_quartile", "median", "upper_quartile"]

_LENGTHS = (1, 4, 8, 20, 40, 100, 200, 400, 1000, 2000, 4000, 10000)
"""Whole rounds of four conditions, so that no block has more of the hard one than the next."""


@dataclass(frozen=True)
class Curve:
    """Quartiles of the error over runs, one entry per trial."""

    trials: Numbers
    lower: Numbers
    median: Numbers
    upper: Numbers

    def blocks(self, length: int) -> "Curve":
        """Take means of so many successive trials; what is left over at the end is left out."""
        count = len(self.trials) // length

        def means(values: Numbers) -> Numbers:
            blocked: Numbers = values[: count * length].reshape(count, length).mean(axis=1)
            return blocked

        return Curve(means(self.trials), means(self.lower), means(self.median), means(self.upper))


def read_curve(rows: list[Row]) -> Curve:
    """Read a curve from a table's rows."""
    return Curve(*(column(rows, name) for name in COLUMNS))


def block_length(trial_count: int, blocks: int) -> int:
    """Tell of how many trials to take means for no more than so many blocks.

    From one trial to the next the median over runs leaps, for conditions take turns and some are
    harder: thousands of trials side by side would be a black smear.
    """
    return next((length for length in _LENGTHS if trial_count <= blocks * length), _LENGTHS[-1])


def told_blocks(length: int) -> str:
    """Say of how many trials means were taken."""
    return "every trial by itself" if length == 1 else f"means of {length:,} trials"
