"""What a check can find: that a promise holds, is broken, or can't be asked about."""


class Broken(Exception):  # noqa: N818 - a finding, and no error of the suite
    """A server did not keep its promise."""

    def __init__(self, came: str, wanted: str, section: str = "") -> None:
        self.came = came
        """What the server did."""
        self.wanted = wanted
        """What it should have done."""
        self.section = section
        """Where docs/protocol.md promises it, if elsewhere than the check says."""
        super().__init__(f"{came}; wanted {wanted}")


class Silence(Broken):
    """A server did not answer within the time-out."""


class Skipped(Exception):  # noqa: N818 - a finding, and no error of the suite
    """A promise that this server or task gives no occasion to test."""


def expect(holds: object, came: str, wanted: str, section: str = "") -> None:
    """Go on if a promise holds.

    Raises:
        Broken: It does not.

    """
    if not holds:
        raise Broken(came, wanted, section)


def expect_equal(came: object, wanted: object, what: str, section: str = "") -> None:
    """Go on if what came is what was wanted.

    Raises:
        Broken: It is not.

    """
    expect(came == wanted, f"{what} is {came!r}", f"{wanted!r}", section)
