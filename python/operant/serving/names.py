"""Which of the names there are was meant by one that was mistyped."""

from collections.abc import Sequence


def nearest_name(typed: str, names: Sequence[str]) -> str | None:
    """Return the one of `names` that is closest to what was typed, if any is; capitals don't count.

    Close means: at most a third of the letters have to be changed, inserted, left out or swapped
    with their neighbour.
    """
    # A peer's megabyte must not cost a megabyte squared.
    if len(typed) > 100 or not names:
        return None
    distance, best = min(
        ((_edit_distance(typed.lower(), name.lower()), name) for name in names),
        key=lambda ranked: ranked[0],
    )
    return best if distance <= max(1, max(len(typed), len(best)) // 3) else None


def suggestion(typed: str, names: Sequence[str], introduction: str) -> str:
    """Return "; did you mean 'x'?" if some name is near, else all of them: a sentence's end."""
    nearest = nearest_name(typed, names)
    if nearest is not None:
        return f"; did you mean '{nearest}'?"
    return f"; {introduction} {', '.join(names)}"


def _edit_distance(a: str, b: str) -> int:
    """Damerau's distance: letters changed, inserted, left out, or swapped with their neighbour."""
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        row = [i] + [0] * len(b)
        for j, other in enumerate(b, start=1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                row[j] = min(row[j], before_last[j - 2] + 1)
        before_last, last = last, row
    return last[len(b)]
