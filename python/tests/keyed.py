"""Folders of keys, as `operant-server keygen` and `operant keygen` make them."""

from pathlib import Path

import zmq

from operant import Client


def make_key(folder: Path, name: str) -> Path:
    """Make a key, and return the file of its secret half; the other lies beside it."""
    public, secret = (half.decode() for half in zmq.curve_keypair())
    lines = f"operant-key 1\npublic {public}\n"
    key = folder / f"{name}.key"
    key.touch(0o600)
    key.write_text(f"{lines}secret {secret}\n")
    _write_public(key.with_suffix(".pub"), lines)
    return key


def _write_public(path: Path, text: str) -> None:
    path.write_text(text)
    # Whatever the mask is of whoever runs the tests.
    path.chmod(0o644)


class Keyring:
    """A server's folder of keys, in which alice is authorised and mallory is not."""

    def __init__(self, folder: Path) -> None:
        self.server = folder / "keys"
        self.authorised = self.server / "authorised"
        self.authorised.mkdir(0o700, parents=True)
        self.own = make_key(self.server, "server")
        self.public = self.own.with_suffix(".pub")
        self.alice, self.mallory = make_key(folder, "alice"), make_key(folder, "mallory")
        self.authorise(self.alice)

    def authorise(self, key: Path) -> Path:
        """Let an agent in."""
        public = self.authorised / key.with_suffix(".pub").name
        _write_public(public, key.with_suffix(".pub").read_text())
        return public

    def client(self, endpoint: str, key: Path, time_out: float = 2) -> Client:
        """Return somebody who has a key."""
        return Client(endpoint, time_out, server_key=self.public, key=key)
