"""Whole numbers, of whatever type they come."""

from typing import Any

import numpy as np


def is_whole(value: Any) -> bool:
    """Whether it is one number without a fraction."""
    if isinstance(value, int | np.integer):
        return True
    if isinstance(value, str | bytes) or np.ndim(value) != 0:
        return False
    try:
        return bool(int(value) == value)
    except (TypeError, ValueError, OverflowError):
        return False


def require_whole(name: str, value: Any, most: int) -> None:
    """Refuse what is no whole number from 0 to `most`.

    Raises:
        ValueError: It names the number.

    """
    if not is_whole(value) or not 0 <= value <= most:
        raise ValueError(f"{name!r} is {value!r}; it has to be a whole number from 0 to {most}")
