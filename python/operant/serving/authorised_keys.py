"""A server's folder of keys."""

import errno
import os
import stat
from pathlib import Path

from operant.errors import KeyFileError, KeyFileOpenError, KeyFileUnreadableError
from operant.keys import read_pair, read_public
from operant.serving.trust import doubt

_File = tuple[str, int, int, int, int, int]
"""A name, a mode, and what else tells whether it is still the file that was read."""


class AuthorisedKeys:
    """A server's own key, and those of the agents that may come in.

        keys/server.key             the server's secret: mode 0600, never leaves the machine
        keys/server.pub             what agents know it by
        keys/authorised/alice.pub   an agent's public key; the name is for people

    `operant-server keygen` makes the folder. It is looked at in every handshake, so that a key that
    was put there or taken away counts from the next one on. It lets in nobody while there are
    doubts about it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Read the server's key, and see whether there can be others.

        Raises:
            KeyFileError: There is no key, or others can read it or put keys there.

        """
        self.server = read_pair(Path(folder) / "server.key")
        """The server's own."""
        self.is_listed = True
        """Whether the folder could be looked at; a stranger is one only if it could."""
        self._folder = Path(folder) / "authorised"
        self._names: dict[bytes, str] = {}
        self._files: list[_File] | None = None
        self._doubt: str | None = None
        """What kept the folder from being trusted or read."""
        try:
            self._list()
        except OSError as error:
            raise self._unreadable(error) from None

    def reread(self) -> list[KeyFileError] | None:
        """Look whether the folder has changed, and read it anew if it has.

        Returns:
            What could not be used; None if nothing has changed.

        """
        listed: list[_File] = []
        errors: list[KeyFileError] = []
        self.is_listed = True
        try:
            listed = self._list()
        except KeyFileOpenError as error:
            # Whoever can write there could let in anybody.
            errors.append(error)
        except OSError as error:
            errors.append(self._unreadable(error))
            self.is_listed = False
        reason = str(errors[0]) if errors else None
        if (listed, reason) == (self._files, self._doubt):
            return None
        self._files, self._doubt, self._names = listed, reason, {}
        for name, mode, *_ in listed:
            try:
                # Its owner may: who could let in another key could as well give away the own one.
                if stat.S_ISREG(mode) and mode & 0o022:
                    raise KeyFileOpenError(
                        f"others can put another key into {self._folder / name} (mode "
                        f"{stat.S_IMODE(mode):o}); run: chmod go-w {self._folder / name}"
                    )
                # A link would be as good as the folders on its way, which nobody asks about.
                self._names[read_public(self._folder / name, is_link_followed=False)] = name
            except KeyFileError as error:
                errors.append(error)
                cause = error.__cause__
                # What could not be read for want of something may be readable next time.
                if isinstance(cause, OSError) and cause.errno not in (errno.EACCES, errno.ENOENT):
                    self._files = None
        return errors

    def name(self, key: bytes) -> str | None:
        """Return the file that lets a key in; None for a stranger's."""
        return self._names.get(key)

    def _list(self) -> list[_File]:
        """Return the key files as they are now.

        Raises:
            KeyFileOpenError: Others can put files there.
            OSError: It can't be looked into.

        """
        what = doubt(self._folder, self._folder.stat())
        if what is not None:
            raise what
        files = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix != ".pub" or path.name.startswith("."):
                continue
            try:
                status = path.lstat()
            except OSError:
                # Gone in the meantime.
                continue
            moments = status.st_mtime_ns, status.st_ctime_ns
            files.append((path.name, status.st_mode, status.st_ino, status.st_size, *moments))
        return files

    def _unreadable(self, error: OSError) -> KeyFileUnreadableError:
        return KeyFileUnreadableError(f"can't read the keys in {self._folder}: {error.strerror}")
