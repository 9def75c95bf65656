"""The report of an examination, for people line by line and for programs as JSON."""

import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from operant.conformance.examination import Finding

_COLOURS = {"passed": "32", "failed": "1;31", "skipped": "33"}
_WORDS = {"passed": "pass", "failed": "FAIL", "skipped": "skip"}


class Report:
    """Prints findings as they are made; in colour where somebody sees them on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to `stream`, or to the standard output."""
        self._stream = stream or sys.stdout
        self._in_colour = self._stream.isatty()
        self._group = ""
        self.findings: list[Finding] = []

    def say(self, line: str = "") -> None:
        """Print a line at once."""
        print(line, file=self._stream, flush=True)

    def add(self, finding: Finding) -> None:
        """Print a finding, below the name of its group."""
        check = finding.check
        if check.group != self._group:
            self._group = check.group
            self.say()
            self.say(check.group)
        self.findings.append(finding)
        word = self._paint(_WORDS[finding.outcome], finding.outcome)
        self.say(f"  {word}  {check.promise}")
        if finding.outcome == "skipped":
            self._explain("why", finding.reason)
        elif finding.outcome == "failed":
            self._explain("came", finding.came)
            self._explain("wanted", finding.wanted)
            self._explain("see", f"docs/protocol.md, '{finding.section}'")
            self._explain("check", check.id)

    def count(self, outcome: str) -> int:
        """Return how many findings there are of an outcome."""
        return sum(finding.outcome == outcome for finding in self.findings)

    def conclude(self) -> None:
        """Print how many of each there were."""
        self.say()
        self.say(", ".join(f"{self.count(outcome)} {outcome}" for outcome in _COLOURS))

    def _explain(self, what: str, sentence: str) -> None:
        indent = " " * 16
        lines = textwrap.wrap(sentence, 100, initial_indent=indent, subsequent_indent=indent)
        self.say(f"        {what + ':':<8}" + "\n".join(lines or [indent])[16:])

    def _paint(self, word: str, outcome: str) -> str:
        return f"\033[{_COLOURS[outcome]}m{word}\033[0m" if self._in_colour else word


def write_json(path: Path, findings: Sequence[Finding], **about: str) -> None:
    """Write findings for programs to read."""
    content = {
        **about,
        **{
            outcome: sum(finding.outcome == outcome for finding in findings) for outcome in _COLOURS
        },
        "checks": [
            {
                "id": finding.check.id,
                "group": finding.check.group,
                "promise": finding.check.promise,
                "section": finding.section or finding.check.section,
                "outcome": finding.outcome,
                "seconds": round(finding.seconds, 6),
                "came": finding.came,
                "wanted": finding.wanted,
                "reason": finding.reason,
            }
            for finding in findings
        ],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
