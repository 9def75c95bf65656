"""The checks there are, group by group."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operant.conformance.candidate import Candidate


@dataclass(frozen=True)
class Check:
    """A promise of the protocol, and how a server is held to it."""

    group: str
    name: str
    promise: str
    """What every server does, in a sentence."""
    section: str
    """The section of docs/protocol.md that says so."""
    run: "Callable[[Candidate], None]"

    @property
    def id(self) -> str:
        """What `--only` calls it."""
        return f"{self.group}/{self.name}"


class Group:
    """Checks that belong together, in the order they are written down.

    A check is a function that takes the server under examination; its name, with hyphens, is the
    check's.
    """

    def __init__(self, name: str, section: str) -> None:
        """Name the group, and the section of docs/protocol.md that most of its promises are of."""
        self.name = name
        self.section = section
        self.checks: list[Check] = []

    def check(
        self, promise: str, section: str = ""
    ) -> "Callable[[Callable[[Candidate], None]], Callable[[Candidate], None]]":
        """Add the function below as the check of `promise`."""

        def add(run: "Callable[[Candidate], None]") -> "Callable[[Candidate], None]":
            name = run.__name__.strip("_").replace("_", "-")
            self.checks.append(Check(self.name, name, promise, section or self.section, run))
            return run

        return add


class UnknownCheckError(ValueError):
    """Neither a group nor a check has the name that was asked for."""


def select(groups: Iterable[Group], names: Sequence[str] = ()) -> list[Check]:
    """Return the checks of the groups and checks named, in their own order; all without names.

    Raises:
        UnknownCheckError: A name is nobody's.

    """
    checks = [check for group in groups for check in group.checks]
    if not names:
        return checks
    known = {name for check in checks for name in (check.group, check.id)}
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean '{nearest[0]}'?" if nearest else "--list shows what there is"
            raise UnknownCheckError(f"no group or check named '{name}'; {advice}")
    return [check for check in checks if check.group in names or check.id in names]
