"""An examination: every check on a fresh socket, whatever became of the one before."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Broken, Silence, Skipped
from operant.conformance.registry import Check


@dataclass(frozen=True)
class Finding:
    """What came of a check."""

    check: Check
    outcome: Literal["passed", "failed", "skipped"]
    seconds: float = 0.0
    came: str = ""
    """What the server did, if it failed."""
    wanted: str = ""
    """What it should have done, if it failed."""
    section: str = ""
    """Where docs/protocol.md says so, if it failed."""
    reason: str = ""
    """Why it was skipped."""


def examine(candidate: Candidate, checks: Sequence[Check]) -> Iterator[Finding]:
    """Make the checks one after the other.

    A server that has stopped answering altogether is asked no further: what is left is skipped.
    """
    for place, check in enumerate(checks):
        finding, is_silent = _make(candidate, check)
        yield finding
        if is_silent and not candidate.is_alive():
            for left in checks[place + 1 :]:
                reason = f"the server has not answered anybody since {check.id}"
                yield Finding(left, "skipped", reason=reason)
            return


def _make(candidate: Candidate, check: Check) -> tuple[Finding, bool]:
    """Make one check; tell too whether it waited for a reply in vain."""
    started = time.monotonic()

    def after() -> float:
        return time.monotonic() - started

    is_silent = False
    candidate.start_check()
    try:
        check.run(candidate)
        finding = Finding(check, "passed", after())
    except Skipped as skipped:
        finding = Finding(check, "skipped", after(), reason=str(skipped))
    except Broken as broken:
        is_silent = isinstance(broken, Silence)
        section = broken.section or check.section
        finding = Finding(check, "failed", after(), broken.came, broken.wanted, section)
    except Exception as error:
        # What a server sends can be strange in more ways than a check thinks of.
        came = f"what the suite can make nothing of ({type(error).__name__}: {error})"
        wanted = "what docs/protocol.md describes"
        finding = Finding(check, "failed", after(), came, wanted, check.section)
    finally:
        candidate.finish_check()
    return finding, is_silent
