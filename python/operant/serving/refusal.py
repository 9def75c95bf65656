"""Why a request was not met."""

import contextlib
import sys
import traceback

from operant.errors import Code


class Refusal(Exception):  # noqa: N818 (what the protocol calls it; no mistake of this program)
    """Why a request was not met. Nothing was changed by it."""

    def __init__(self, code: Code, sentence: str, *, can_retry: bool = False) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        """What came, what could have come, what to do next."""
        self.can_retry = can_retry
        """Whether the same request can be met later."""


def described(error: BaseException) -> str:
    """Return an exception's kind and words, in a form that any message can carry."""
    try:
        words = " ".join(str(error).replace("\0", " ").split())[:300]
    except Exception:
        words = ""
    words = words.encode("utf-8", "replace").decode("utf-8")
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def broken(error: BaseException) -> Refusal:
    """Print what broke in the server itself, and return the refusal that says so."""
    complain("something broke in the server", error)
    return Refusal(Code.INTERNAL, f"something broke in the server: {described(error)}")


def complain(sentence: str, error: BaseException) -> None:
    """Print what went wrong where whoever runs the server sees it."""
    # A server whose terminal is gone goes on.
    with contextlib.suppress(Exception):
        print(f"operant: {sentence}:", file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
