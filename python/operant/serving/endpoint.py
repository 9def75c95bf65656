"""Where a server listens."""

import errno
import os
import socket
import stat
from pathlib import Path

from operant.errors import OperantError

_LONGEST_PATH = 107
"""Bytes of a socket's path, on Linux."""


class EndpointError(OperantError, ValueError):
    """A server can't listen there."""


class EndpointUnavailableError(EndpointError):
    """It could, were it not for what is there already, or for this machine."""


class Endpoint:
    """`tcp://127.0.0.1:5555`, or `ipc:///run/user/1000/tasks` for a path on the same machine."""

    def __init__(self, text: str) -> None:
        """Take an endpoint apart.

        Raises:
            EndpointError: It is none.

        """
        self.text = text
        self._host = self._path = ""
        host, colon, port = text[6:].rpartition(":")
        if text.startswith("tcp://") and host and colon and _is_port(port):
            self._host = host
        elif text.startswith("ipc://") and len(text) > 6:
            self._path = text[6:]
        else:
            raise EndpointError(
                f"{text!r} is not an endpoint; write tcp://127.0.0.1:5555 "
                "(tcp://127.0.0.1:* for any free port) or ipc:///path/of/a/socket"
            )

    @property
    def is_local(self) -> bool:
        """Whether only processes of this machine can reach it."""
        host = self._host
        return (
            not host
            or host in ("localhost", "[::1]")
            or (host.startswith("127.") and all(c.isdigit() or c == "." for c in host[4:]))
        )

    @property
    def is_ipv6(self) -> bool:
        """Whether its address is one of IPv6."""
        return self._host.startswith("[")

    @property
    def to_bind(self) -> str:
        """What libzmq is to bind: before 4.3.5 it knows interfaces and addresses, and no names."""
        if self._host == "localhost":
            return self.text.replace("localhost", "127.0.0.1", 1)
        return self.text

    @property
    def from_here(self) -> str:
        """How a process of the same machine reaches a server that is bound to it."""
        for everywhere, loopback in (
            ("tcp://0.0.0.0:", "tcp://127.0.0.1:"),
            ("tcp://[::]:", "tcp://[::1]:"),
        ):
            if self.text.startswith(everywhere):
                return loopback + self.text.removeprefix(everywhere)
        return self.text

    @property
    def _is_file(self) -> bool:
        # A name that begins with @ is no path: the system itself refuses to give it twice.
        return bool(self._path) and not self._path.startswith("@")

    def remove_socket(self) -> None:
        """Take away the socket that a server of this process leaves at a path."""
        if self._is_file:
            Path(self._path).unlink(missing_ok=True)

    def clear_for_binding(self) -> None:
        """Make sure that nobody listens at a path and that what is there may be replaced.

        libzmq removes whatever lies at a path it is to bind: a server that is running would go on
        unreachable, and a file would be gone.

        Raises:
            EndpointError: Somebody does, or it is no socket.

        """
        if not self._is_file:
            return
        size = len(os.fsencode(self._path))
        if size > _LONGEST_PATH:
            raise EndpointError(
                f"can't bind {self.text}: its path has {size} bytes, and a socket's can have "
                f"{_LONGEST_PATH}; choose a shorter one"
            )
        try:
            mode = os.lstat(self._path).st_mode
        except OSError:
            return
        if not stat.S_ISSOCK(mode):
            raise EndpointUnavailableError(
                f"can't bind {self.text}: {self._path} exists and is not a socket; "
                "choose another path"
            )
        with socket.socket(socket.AF_UNIX) as probe:
            # Refused: the socket of a server that is no more. Anything else: leave it to its owner.
            if probe.connect_ex(self._path) != errno.ECONNREFUSED:
                raise in_use(self.text)


def in_use(text: str) -> EndpointUnavailableError:
    """Return the error that says that somebody else has an endpoint."""
    return EndpointUnavailableError(
        f"{text} is in use; stop the server that has it, or choose another endpoint"
    )


def _is_port(text: str) -> bool:
    return text == "*" or (text.isascii() and text.isdigit() and int(text) <= 65_535)
