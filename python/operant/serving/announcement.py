"""Where a server listens, for whoever looks."""

import contextlib
import os
import socket
import tempfile
from pathlib import Path
from typing import TextIO

from operant.errors import OperantError


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

    def _write(self, text: str) -> TextIO:
        """Write the file, and return it open: as long as it is, no other file has its number."""
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{self._path.name}-", dir=self._path.parent
        )
        file = os.fdopen(descriptor, "w")
        try:
            file.write(text)
            file.flush()
            os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
            os.replace(temporary, self._path)  # noqa: PTH105 - what is replaced is no Path
        except BaseException:
            file.close()
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
        return file

    def remove(self) -> None:
        """Take the file away, unless another server has announced itself there since."""
        with self._file as file, contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                self._path.unlink()


def _reachable(endpoint: str) -> str:
    """Return what another machine calls it."""
    for wildcard in ("tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"):
        if endpoint.startswith(wildcard):
            return f"tcp://{socket.gethostname()}:{endpoint.removeprefix(wildcard)}"
    return endpoint
