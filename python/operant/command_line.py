"""What Operant's commands share: exit codes, and what becomes of slips and of letters."""

import argparse
import sys
from io import TextIOWrapper
from typing import NoReturn

# As <sysexits.h> numbers them, and as Operant's programs in Swift do.
FAILED = 1
USAGE = 64
BAD_DATA = 65
MISSING = 66
UNAVAILABLE = 69
CANNOT_WRITE = 73
NO_PERMISSION = 77
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """Reports a slip of usage as Operant's other programs do."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong, name the help, and end."""
        self.exit(USAGE, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def replace_missing_letters() -> None:
    """Print a question mark for what a terminal has no letter for, which is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
