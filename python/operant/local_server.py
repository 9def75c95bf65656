"""A server process of this process's own, for environments that are given no endpoint."""

import atexit
import contextlib
import os
import selectors
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from operant.errors import ServerGoneError, ServerNotFoundError

_lock = threading.Lock()
_running: "LocalServer | None" = None


class LocalServer:
    """A server on a private endpoint, shared by all who ask for it in this process.

    It ends when the last of them lets go of it, and with this process however that ends: it watches
    a pipe that only this process holds.
    """

    def __init__(self) -> None:
        """Start the server; returns when it can be connected to."""
        self._program = server_program()
        self._owner = os.getpid()
        self.holders = 0
        self._folder = _make_folder()
        self.endpoint = f"ipc://{self._folder}/server"
        try:
            self._process = subprocess.Popen(
                [
                    self._program,
                    *("--bind", self.endpoint),
                    "--until-end-of-input",
                    *("--log-level", "warning"),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C is for whoever uses the server, who ends it in time.
                start_new_session=True,
            )
        except OSError as error:
            self._folder.rmdir()
            raise ServerNotFoundError(f"can't run {self._program}: {error.strerror}") from None
        try:
            self._await_handshake()
        except BaseException:
            self.end()
            raise

    def _await_handshake(self, time_out: float = 10.0) -> None:
        """Wait for the line that says where the server listens."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            said = self._process.stdout.readline() if selector.select(time_out) else b""
        if not said.startswith(b"listening on "):
            how = f"did not say within {time_out:g} s that it listens"
            if not said:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    how = f"ended with code {self._process.wait(0.5)} instead of listening"
            raise ServerGoneError(
                f"{self._program} {how}; start it by hand to see why, and pass its endpoint=…"
            )

    def end(self) -> None:
        """End the server and take its folder away."""
        if self._owner != os.getpid():
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def is_usable(self) -> bool:
        """Whether the server is this process's and has not ended."""
        return self._owner == os.getpid() and self._process.poll() is None


def _make_folder() -> Path:
    """Make a folder for the socket, whose mode is 0700: nobody else can reach what is in it."""
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
        # A socket's path has at most 107 bytes.
        if parent and len(os.fsencode(parent)) < 80 and os.access(parent, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="operant-", dir=parent))
    raise ServerNotFoundError(
        f"there is no folder for the server's socket: {tempfile.gettempdir()} is too long or can't "
        "be written to; set XDG_RUNTIME_DIR, or pass the endpoint=… of a server that is running"
    )


def hold_local_server() -> LocalServer:
    """Return this process's server, started if need be; give it back with `let_go`.

    Raises:
        ServerNotFoundError: There is no server program.

    """
    global _running
    with _lock:
        if _running is None or not _running.is_usable:
            _running = LocalServer()
        _running.holders += 1
        return _running


def let_go(server: LocalServer) -> None:
    """Give the server back; it ends with the last who held it."""
    global _running
    with _lock:
        server.holders -= 1
        if server.holders == 0:
            server.end()
            if _running is server:
                _running = None


@atexit.register
def _end_at_exit() -> None:
    if _running is not None:
        _running.end()


def server_program() -> str:
    """Return the path of `operant-server`: $OPERANT_SERVER, one on the path, or this checkout's.

    Raises:
        ServerNotFoundError: There is none.

    """
    checkout = Path(__file__).resolve().parents[2] / ".build" / "release" / "operant-server"
    named = os.environ.get("OPERANT_SERVER")
    for candidate in [named] if named else [shutil.which("operant-server"), str(checkout)]:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise ServerNotFoundError(
        (f"$OPERANT_SERVER is {named!r}, which can't be run; " if named else "no operant-server; ")
        + "build it with 'make build' and set OPERANT_SERVER to it, put it on the PATH, "
        "or pass the endpoint=… of a server that is running"
    )


def is_own(endpoint: str) -> bool:
    """Return whether this process's own server listens there, which asks nobody for a key."""
    with _lock:
        return _running is not None and _running.endpoint == endpoint
