"""How a trial ended."""

from enum import IntEnum


class Ending(IntEnum):
    """How a trial ended. The numbers are those of the wire."""

    CORRECT = 1
    ERROR = 2
    ABORT = 3
    """Let go too early, or answered at a time that allows no answer."""
    MISS = 4
    """Never answered."""
    TRUNCATED = 5
    """Cut off by something other than the rules."""
    COMPLETED = 6
    """Over by the rules, which call it neither right nor wrong."""


def read_ending(value: object) -> Ending:
    """Return the ending of that name or number.

    Raises:
        ValueError: There is none.

    """
    try:
        if isinstance(value, str):
            return Ending[value.upper()]
        return Ending(int(value))  # type: ignore[call-overload]
    except (KeyError, TypeError, ValueError):
        names = ", ".join(ending.name.lower() for ending in Ending)
        raise ValueError(f"{value!r} is no ending; it can be {names}") from None
