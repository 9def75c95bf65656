"""Keys on disk, by which servers and agents know each other."""

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import zmq

from operant.errors import KeyFileError, KeyFileOpenError, KeyFileUnreadableError

_HEADLINE = "operant-key 1"
# Forty letters of Z85, https://rfc.zeromq.org/spec/32.
_LINE = re.compile(r"(public|secret) +([0-9a-zA-Z.:+=^!/*?&<>()\[\]{}@%$#-]{40})")
_MOST_BYTES = 4096
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

    def show(self, socket: "zmq.Socket[bytes]") -> None:
        """Make it the socket of an agent that proves to be who it is, to that server alone."""
        socket.curve_serverkey = self.server
        socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret


@dataclass(frozen=True)
class KeyPair:
    """Both halves of a key, in Z85. Who has them is who the key says."""

    public: bytes
    secret: bytes


def find_keys(
    server_key: str | os.PathLike[str] | None, key: str | os.PathLike[str] | None
) -> Keys | None:
    """Read the keys of these files, or of those that the environment names; None if there are none.

    Raises:
        KeyFileError: A file is none, others can read what is secret, or this pyzmq has no use for
            keys.
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
    if not zmq.has("curve"):
        raise KeyFileError(
            f"can't show the key in {own_path}: this pyzmq was built without CURVE; "
            "install one with it, as pip does"
        )
    own = read_pair(Path(own_path))
    return Keys(read_public(Path(server_path)), own.public, own.secret)


def read_public(path: Path, *, is_link_followed: bool = True) -> bytes:
    """Return the public key of a file, whether or not the secret is in it, too.

    Raises:
        KeyFileError: There is none, or it is a link that is not to be followed.

    """
    return _read(path, is_link_followed)[0]["public"]


def read_pair(path: Path) -> KeyPair:
    """Return both halves of a key.

    Raises:
        KeyFileError: They are not there, or others than the owner may read the file.

    """
    found, mode = _read(path)
    if "secret" not in found:
        raise KeyFileError(
            f"{path} holds a public key only; the secret one is in the .key file that was made "
            "with it"
        )
    if mode & 0o077:
        raise KeyFileOpenError(
            f"{path} holds a secret, and others can read it (mode {mode:o}); run: chmod 600 {path}"
        )
    try:
        belongs = zmq.curve_public(found["secret"]) == found["public"]
    except (ValueError, zmq.ZMQError):
        belongs = False
    if not belongs:
        raise KeyFileError(
            f"{path} is no key file: its two lines are of two keys; make one by 'operant keygen'"
        )
    return KeyPair(found["public"], found["secret"])


def _read(path: Path, is_link_followed: bool = True) -> tuple[dict[str, bytes], int]:
    """Return the lines of a key file by their first words, and the file's mode."""
    try:
        # A pipe that lies there must not hold up whoever reads.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(path, flags if is_link_followed else flags | os.O_NOFOLLOW)
        try:
            mode = os.fstat(descriptor).st_mode
            text = os.read(descriptor, _MOST_BYTES) if stat.S_ISREG(mode) else b""
        finally:
            os.close(descriptor)
    except OSError as error:
        if not is_link_followed and error.errno == errno.ELOOP:
            raise KeyFileError(f"{path} is a link; put the file itself there") from None
        raise KeyFileUnreadableError(
            f"can't read the key in {path}: {error.strerror}"
            + (
                "; 'operant-server keygen' and 'operant keygen' make keys"
                if error.errno == errno.ENOENT
                else ""
            )
        ) from error
    lines = text.decode("ascii", "replace").splitlines()
    found = {match[1]: match[2].encode() for match in map(_LINE.fullmatch, lines[1:]) if match}
    if not lines or lines[0] != _HEADLINE or "public" not in found:
        raise KeyFileError(f"{path} is no key file; make one by 'operant keygen'")
    return found, stat.S_IMODE(mode)
