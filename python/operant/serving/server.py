"""Serves environments at an endpoint, to any number of agents."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any

import gymnasium
import zmq

from operant.client import Limits
from operant.errors import Code
from operant.keys import KeyPair
from operant.serving.announcement import Announcement
from operant.serving.authorised_keys import AuthorisedKeys
from operant.serving.doorkeeper import Doorkeeper
from operant.serving.endpoint import Endpoint, EndpointError, EndpointUnavailableError, in_use
from operant.serving.offer import Offer
from operant.serving.outline import Outline
from operant.serving.reception import USUAL_LIMITS, Reception
from operant.serving.refusal import Refusal, broken
from operant.serving.requests import read_request
from operant.serving.served_task import ServedTask
from operant.serving.stranger_trial import try_door

MakeEnv = Callable[[], "gymnasium.Env[Any, Any]"]
Tasks = MakeEnv | ServedTask | Mapping[str, MakeEnv] | Iterable[ServedTask]
"""What can be served: one environment, or several under their names."""

USUAL_ENDPOINT = "tcp://127.0.0.1:5555"

_MOST_PARTS = 8
"""Of a message, before its last: ROUTER's name for the connection, the empty part of a REQ socket,
the names that proxies on the way have put there. More than any sane chain of proxies needs."""

_PATIENCE_MS = 1000
"""Sessions are swept at least this often."""

_WAKE = "inproc://wake"


class Server:
    """Serves environments at an endpoint.

    >>> server = Server(make_env, "tcp://127.0.0.1:*")          # doctest: +SKIP
    >>> print(server.endpoint)                                  # doctest: +SKIP
    >>> server.run()                                            # doctest: +SKIP

    Whatever comes in is answered, if only with a refusal, and does not concern the other agents. As
    a context manager it serves in a thread of its own:

    >>> with Server(make_env, "tcp://127.0.0.1:*") as server:   # doctest: +SKIP
    ...     client = operant.Client(server.endpoint)
    """

    def __init__(
        self,
        tasks: Tasks,
        endpoint: str = USUAL_ENDPOINT,
        *,
        keys: str | os.PathLike[str] | None = None,
        allow_strangers: bool = False,
        limits: Limits = USUAL_LIMITS,
        **options: Any,
    ) -> None:
        """Look at the environments and bind the endpoint; agents are answered once it runs.

        Args:
            tasks: What makes an environment; several of that, by their names; or `ServedTask`s.
            endpoint: Where to listen: `tcp://127.0.0.1:5555`, with `*` for any free port, or
                `ipc:///PATH`.
            keys: The folder of the server's key and of those that may come in, as
                `operant-server keygen` makes it; None if nobody is to be asked for a key. With
                keys the server tries its own door first, and is not made if a stranger gets in.
            allow_strangers: Whether other machines may connect, though nobody is asked who
                they are.
            limits: What the server enforces before it allocates anything.
            options: What is to be told of the environments: the fields of `ServedTask`.

        Raises:
            EndpointError: It can't listen there.
            KeyFileError: The keys can't be used.
            ValueError: An environment can't be served, or not with these options.

        """
        place = Endpoint(endpoint)
        if keys is not None and not zmq.has("curve"):
            raise EndpointUnavailableError(
                f"can't ask for keys at {endpoint}: this pyzmq was built without CURVE; "
                "install one with it, as pip does"
            )
        authorised = None if keys is None else AuthorisedKeys(keys)
        if not place.is_local and authorised is None and not allow_strangers:
            raise EndpointError(
                f"{endpoint} can be reached from other machines, and nobody is asked who they are; "
                "ask for keys by keys=FOLDER, bind to 127.0.0.1, or pass allow_strangers=True"
            )
        offers = _offers(tasks, options)
        place.clear_for_binding()
        self._place = place
        self._limits = limits
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._doorkeeper = Doorkeeper(self._context, self._socket, authorised)
        self._reception = Reception(
            offers, limits, time.monotonic(), lambda: self._doorkeeper.rejected_peers
        )
        try:
            self.endpoint = self._bind()
            if authorised is not None:
                stranger = KeyPair(*zmq.curve_keypair())
                self._doorkeeper.expected_stranger = stranger.public
                try_door(Endpoint(self.endpoint), authorised.server.public, stranger)
        except BaseException:
            self._leave()
            raise
        # Reentrant, because a signal may come while it is held.
        self._lock = threading.RLock()
        self._is_stopping = False
        self._has_run = False
        self._thread: threading.Thread | None = None

    def _bind(self) -> str:
        socket = self._socket
        # Up to twice the limit a sentence says what is wrong; beyond, the connection is cut.
        socket.maxmsgsize = 2 * min(self._limits.message_bytes, 1 << 40)
        # A reply that can't be delivered is an error to be seen, and not a success.
        socket.router_mandatory = True
        socket.linger = 1000
        socket.sndhwm, socket.rcvhwm, socket.backlog = 64, 16, 4096
        socket.heartbeat_ivl, socket.heartbeat_timeout, socket.heartbeat_ttl = 2000, 6000, 6000
        socket.handshake_ivl = 5000
        socket.rcvtimeo = _PATIENCE_MS
        socket.ipv6 = self._place.is_ipv6
        try:
            socket.bind(self._place.to_bind)
        except zmq.ZMQError as error:
            if error.errno == zmq.EADDRINUSE:
                raise in_use(self._place.text) from None
            raise EndpointUnavailableError(f"can't use {self._place.text}: {error}") from None
        bound = socket.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(bound, bytes)
        socket.bind(_WAKE)
        return bound.rstrip(b"\0").decode()

    # MARK: running

    def run(self) -> None:
        """Serve until `stop` is called. The endpoint is then free again.

        Raises:
            RuntimeError: It has run already.

        """
        with self._lock:
            if self._is_stopping:
                return
            if self._has_run:
                raise RuntimeError("a server runs once; make another")
            self._has_run = True
        self._run()

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._serve_once()
        finally:
            self._end()

    def stop(self) -> None:
        """Make `run` return after the request it is at. Any thread and any signal may call it."""
        with self._lock:
            if self._is_stopping:
                return
            self._is_stopping = True
            if not self._has_run:
                self._has_run = True
                self._end()
                return
        # Any message ends the wait for the next. It may have ended already.
        with contextlib.suppress(zmq.ZMQError), self._context.socket(zmq.DEALER) as waker:
            waker.linger = 1000
            waker.connect(_WAKE)
            waker.send(b"", zmq.DONTWAIT)

    def _end(self) -> None:
        self._is_stopping = True
        self._leave()
        self._place.remove_socket()

    def _leave(self) -> None:
        self._doorkeeper.close()
        self._context.term()
        self._reception.close()

    def __enter__(self) -> "Server":
        """Serve in a thread of its own."""
        with self._lock:
            if self._has_run:
                raise RuntimeError("a server runs once; make another")
            self._has_run = True
        self._thread = threading.Thread(target=self._run, name="operant server", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving, and wait until the endpoint is free."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    # MARK: one request

    def _serve_once(self) -> None:
        try:
            part = self._socket.recv()
        except zmq.Again:
            self._reception.sweep(time.monotonic())
            return
        envelope: list[bytes] = []
        is_too_long = False
        while self._socket.rcvmore:
            if len(envelope) < _MOST_PARTS:
                envelope.append(part)
            else:
                is_too_long = True
            part = self._socket.recv()
        # The first part is ROUTER's own; a peer that sent nothing after it gets nothing.
        if not envelope:
            return
        envelope.append(self._answer(part, is_too_long))
        # An agent that has gone, or that does not read its replies, will ask again.
        with contextlib.suppress(zmq.ZMQError):
            self._socket.send_multipart(envelope, zmq.DONTWAIT)

    def _answer(self, data: bytes, is_too_long: bool) -> bytes:
        try:
            if is_too_long:
                raise Refusal(
                    Code.MALFORMED,
                    f"the message has more than {_MOST_PARTS} parts before its last; "
                    "send the request as one part",
                )
            request = read_request(data, self._limits)
        except Refusal as refusal:
            return self._reception.refuse(refusal, Outline(data).sequence)
        except Exception as error:
            return self._reception.refuse(broken(error), Outline(data).sequence)
        reply = self._reception.reply(request, time.monotonic())
        if request.session:
            self._reception.keep(request.session, time.monotonic())
        return reply


def _offers(tasks: Tasks, options: dict[str, Any]) -> list[Offer]:
    """Return what is offered, each under a name of its own."""
    if tasks is None or isinstance(tasks, gymnasium.Env | str | bytes):
        raise TypeError(
            f"{tasks!r} makes no environment; pass a function that does, "
            "such as lambda: gymnasium.make('CartPole-v1')"
        )
    if isinstance(tasks, ServedTask):
        served = [tasks]
    elif isinstance(tasks, Mapping):
        served = [ServedTask(make, name=name, **options) for name, make in tasks.items()]
        options = {}
    elif callable(tasks):
        served = [ServedTask(tasks, **options)]
        options = {}
    else:
        served = list(tasks)
    if options:
        raise TypeError(
            f"{', '.join(options)} can't be given beside a ServedTask; give it to the ServedTask"
        )
    if not served:
        raise ValueError("there is nothing to serve; name at least one environment")
    offers = []
    for task in served:
        if not isinstance(task, ServedTask):
            raise TypeError(f"{task!r} is no ServedTask; write ServedTask(make_env, name=…)")
        offers.append(Offer(task))
    names = [offer.name for offer in offers]
    if len(set(names)) < len(names):
        raise ValueError(f"the tasks are named {', '.join(names)}; each needs a name of its own")
    return offers


def serve(
    tasks: Tasks,
    endpoint: str = USUAL_ENDPOINT,
    *,
    keys: str | os.PathLike[str] | None = None,
    allow_strangers: bool = False,
    announce: str | os.PathLike[str] | None = None,
    limits: Limits = USUAL_LIMITS,
    **options: Any,
) -> None:
    """Serve environments until Ctrl-C or SIGTERM, to `operant train` and any other agent.

    Prints `listening on ENDPOINT` when agents can connect.

    >>> operant.serve(lambda: gymnasium.make("CartPole-v1"), name="CartPole")   # doctest: +SKIP

    Args:
        tasks: What makes an environment; several of that, by their names; or `ServedTask`s.
        endpoint: Where to listen: `tcp://127.0.0.1:5555`, with `*` for any free port, or
            `ipc:///PATH`.
        keys: The folder of the server's key and of those that may come in, as `operant-server
            keygen` makes it; None if nobody is to be asked for a key.
        allow_strangers: Whether other machines may connect, though nobody is asked who they are.
        announce: A file in which to write where the server listens, for `operant train --connect`;
            gone when it ends.
        limits: What the server enforces before it allocates anything.
        options: What is to be told of the environments: `name`, `conditions`, `time_step_ms`,
            `step_limit`, `facts`, `judge`, `training` and the other fields of `ServedTask`.

    Raises:
        EndpointError: It can't listen there.
        KeyFileError: The keys can't be used.
        AnnouncementError: The file can't be written.
        ValueError: An environment can't be served, or not with these options.

    """
    server = Server(
        tasks, endpoint, keys=keys, allow_strangers=allow_strangers, limits=limits, **options
    )
    with _stopped_by_signals(server), _announced(server, announce):
        # Whoever started this program waits for this line, through a pipe perhaps.
        print(f"listening on {server.endpoint}", flush=True)
        server.run()


@contextlib.contextmanager
def _announced(server: Server, path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Say in a file where the server listens, if there is to be one."""
    if path is None:
        yield
        return
    try:
        announcement = Announcement(server.endpoint, path)
    except BaseException:
        server.stop()
        raise
    try:
        yield
    finally:
        announcement.remove()


@contextlib.contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    """Let the first signal stop the server between two requests, and the next do what it did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        restore()
        server.stop()

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        restore()
