"""Keys on disk, by which servers and agents know each other."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from operant.errors import KeyFileError

_HEADLINE = "operant-key 1"
_LINE = re.compile(r"(public|secret) +([!-~]{40})")
_SERVER_KEY_VARIABLE = "OPERANT_SERVER_KEY"
_KEY_VARIABLE = "OPERANT_KEY"


@dataclass(frozen=True)
class Keys:
    """What an agent needs where keys are asked for, each in Z85."""

    server: bytes
    """The server's public key, by which the agent knows it."""
    public: bytes
    """The agent's own, by which the server knows it."""
    secret: bytes


def find_keys(
    server_key: str | os.PathLike[str] | None, key: str | os.PathLike[str] | None
) -> Keys | None:
    """Read the keys of these files, or of those that the environment names; None if there are none.

    Raises:
        KeyFileError: A file is none, or others can read what is secret.
        ValueError: One of the two is missing.

    """
    server_path = server_key or os.environ.get(_SERVER_KEY_VARIABLE)
    own_path = key or os.environ.get(_KEY_VARIABLE)
    if not server_path and not own_path:
        return None
    if not server_path or not own_path:
        raise ValueError(
            "keys come in two: server_key=… (the server's server.pub) and key=… (this agent's own, "
            f"made by 'operant keygen'), or {_SERVER_KEY_VARIABLE} and {_KEY_VARIABLE}"
        )
    server = _read(Path(server_path))
    own = _read(Path(own_path), is_secret=True)
    return Keys(server["public"], own["public"], own["secret"])


def _read(path: Path, *, is_secret: bool = False) -> dict[str, bytes]:
    """Return the lines of a key file by their first words."""
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise KeyFileError(f"can't read the key in {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        lines = []
    found = {match[1]: match[2].encode() for match in map(_LINE.fullmatch, lines[1:]) if match}
    if not lines or lines[0] != _HEADLINE or "public" not in found:
        raise KeyFileError(f"{path} is no key file; make one by 'operant keygen'")
    if is_secret and "secret" not in found:
        raise KeyFileError(
            f"{path} holds a public key only; the secret one is in the .key file that was made "
            "with it"
        )
    if is_secret and mode & 0o077:
        raise KeyFileError(
            f"{path} holds a secret, and others can read it (mode {stat.S_IMODE(mode):o}); "
            f"run: chmod 600 {path}"
        )
    return found
