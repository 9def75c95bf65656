"""Who may come in."""

import contextlib
import logging
import threading
from time import monotonic

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from operant.serving.authorised_keys import AuthorisedKeys

_ZAP = "inproc://zeromq.zap.01"
"""Where libzmq asks whether a key may come in (https://rfc.zeromq.org/spec/27)."""

_DOOR = "inproc://door"
_STOP = "inproc://door-stop"

_WATCHED = (
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)

_MOST_LINES = 100
"""Of the log, in a second: nobody reads a million lines that say the same."""

_log = logging.getLogger("operant.serving")


class Doorkeeper:
    """Says who may come in, and counts who may not, in a thread of its own.

    libzmq asks it about every key that is shown in a handshake, and tells it of every handshake
    that failed for another reason. While it is silent nobody comes in.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        socket: "zmq.Socket[bytes]",
        keys: AuthorisedKeys | None,
    ) -> None:
        """Begin; to be called before `socket` is bound.

        Args:
            context: That of the socket.
            socket: Whose door it is. With keys it asks everybody for one from now on.
            keys: None where nobody is asked.

        """
        self.rejected_peers = 0
        """Peers that were not let in: strangers, those whose handshake made no sense, and where
        keys are asked for those who left without showing one."""
        self.expected_stranger = b""
        """The key with which the server tries its own door; it counts as nothing."""
        self._keys = keys
        self._second = self._lines = self._left_out = 0
        self._socket = socket
        self._stop, self._stopped = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        self._stopped.bind(_STOP)
        self._stop.connect(_STOP)
        self._sockets = [self._stop, self._stopped]
        self._questions: zmq.Socket[bytes] | None = None
        if keys is not None:
            self._questions = context.socket(zmq.REP)
            self._questions.bind(_ZAP)
            self._sockets.append(self._questions)
            socket.curve_server = True
            socket.curve_secretkey = keys.server.secret
            socket.zap_domain = b"operant"
            # Keeps everybody out if there were no doorkeeper, where libzmq knows how to.
            with contextlib.suppress(zmq.ZMQError):
                socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.monitor(_DOOR, _WATCHED)
        self._monitor = context.socket(zmq.PAIR)
        self._monitor.connect(_DOOR)
        self._sockets.append(self._monitor)
        for one in self._sockets:
            one.linger = 0
        self._thread = threading.Thread(target=self._attend, name="operant doorkeeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Go home, and close the door's socket first: without a doorkeeper anybody comes in."""
        # An event that nobody takes would hold up libzmq's thread.
        self._socket.disable_monitor()
        self._socket.close()
        self._stop.send(b"")
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _attend(self) -> None:
        poller = zmq.Poller()
        for one in (self._stopped, self._monitor, self._questions):
            if one is not None:
                poller.register(one, zmq.POLLIN)
        while self._stopped not in (ready := dict(poller.poll())):
            if self._questions in ready:
                assert self._questions is not None
                self._questions.send_multipart(self._answer(self._questions.recv_multipart()))
            if self._monitor in ready:
                event = recv_monitor_message(self._monitor)
                self._note(event["event"], event["value"])

    # MARK: keys

    def _answer(self, question: list[bytes]) -> list[bytes]:
        """Answer what libzmq asks: version, number, domain, address, name, mechanism, the key."""
        number = question[1] if len(question) > 1 else b""
        is_sure = False
        try:
            name = self._admit(question) if len(question) == 7 else None
            is_sure = self._keys is None or self._keys.is_listed
        except Exception as error:
            # libzmq has to be answered all the same, and its events read: otherwise its thread
            # waits for ever, and with it those who are in.
            name = None
            self._reject(f"somebody was not let in, since looking for the key failed: {error!r}")
        if name is not None:
            return [b"1.0", number, b"200", b"", name.encode(errors="replace"), b""]
        # 300: ask again, as opposed to 400: never.
        return [b"1.0", number, b"400" if is_sure else b"300", b"not authorised", b"", b""]

    def _admit(self, question: list[bytes]) -> str | None:
        """Return the name of the file that lets a key in; None if none does."""
        address = question[3].decode("ascii", "replace")
        keys, mechanism, shown = self._keys, question[5], question[6]
        if keys is None or mechanism != b"CURVE" or len(shown) != 32:
            self._reject(f"somebody at {address} showed no key")
            return None
        for error in keys.reread() or []:
            self._tell(str(error))
        key = z85.encode(shown)
        name = keys.name(key)
        if name is None and key != self.expected_stranger:
            self._reject(f"the key {key.decode()} of somebody at {address} is not authorised")
        return name

    # MARK: handshakes that failed

    def _note(self, event: int, value: int) -> None:
        has_keys = self._keys is not None
        if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            if value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
                self._reject(
                    "somebody came without any key"
                    if has_keys
                    else "somebody wants this server to have keys"
                )
            else:
                self._reject(
                    "somebody's handshake can't be deciphered; it takes this for another server"
                    if has_keys
                    else "somebody's handshake made no sense"
                )
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL and has_keys:
            # An agent without keys may see that it is wrong here sooner than this server does.
            self._reject("somebody left before showing a key")
        # A key that is not authorised has been counted when libzmq asked.

    def _reject(self, sentence: str) -> None:
        self.rejected_peers += 1
        self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        """Write to the log, as much as anybody reads."""
        second = int(monotonic())
        if second != self._second:
            self._second, self._lines = second, 0
        if self._lines == _MOST_LINES:
            self._left_out += 1
            return
        self._lines += 1
        if self._left_out:
            sentence += f" ({self._left_out} lines were left out before this one)"
            self._left_out = 0
        _log.warning("%s", sentence)
