"""Where a server listens, for whoever looks."""

import contextlib
import os
import socket
import tempfile
from pathlib import Path

from operant.errors import OperantError

_Identity = tuple[int, int, int]


class AnnouncementError(OperantError, OSError):
    """The file can't be written."""


class Announcement:
    """A file that says where a server listens, for as long as it does.

    It appears whole, under its name, so that whoever looks finds an endpoint or nothing.
    """

    def __init__(self, endpoint: str, path: str | os.PathLike[str]) -> None:
        """Write the file, in the place of one that a former server left.

        Args:
            endpoint: As it was bound; a wildcard becomes this machine's name.
            path: Where.

        Raises:
            AnnouncementError: It can't be written.

        """
        self._path = Path(path)
        try:
            self._file = self._write(_reachable(endpoint) + "\n")
        except OSError as error:
            raise AnnouncementError(
                f"can't announce the server in {self._path}: {error.strerror}"
            ) from None

    def _write(self, text: str) -> _Identity:
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{self._path.name}-", dir=self._path.parent
        )
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
                file.flush()
                os.fchmod(descriptor, 0o644)
                os.fsync(descriptor)
                written = _identity(os.fstat(descriptor))
            os.replace(temporary, self._path)  # noqa: PTH105 - what is replaced is no Path
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
        return written

    def remove(self) -> None:
        """Take the file away, unless another server has announced itself there since."""
        with contextlib.suppress(OSError):
            if _identity(self._path.stat()) == self._file:
                self._path.unlink()


def _identity(status: os.stat_result) -> _Identity:
    """Return what no other file has; numbers of files that are gone are given again."""
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _reachable(endpoint: str) -> str:
    """Return what another machine calls it."""
    for wildcard in ("tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"):
        if endpoint.startswith(wildcard):
            return f"tcp://{socket.gethostname()}:{endpoint.removeprefix(wildcard)}"
    return endpoint
