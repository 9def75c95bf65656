"""What can go wrong between an agent and a server, each as an exception that says what to do."""

from enum import IntEnum


class OperantError(Exception):
    """Whatever Operant raises of its own."""


class Code(IntEnum):
    """Why a server refused a request. The numbers are those of the wire."""

    MALFORMED = 1
    VERSION = 2
    UNKNOWN_TASK = 3
    UNKNOWN_PRESET = 4
    BAD_SETTING = 5
    OUT_OF_RANGE = 6
    UNKNOWN_SESSION = 7
    SEQUENCE = 8
    NOTHING_BEGUN = 9
    BAD_ACTION = 10
    LIMIT = 11
    UNSUPPORTED = 12
    INTERNAL = 13


_ADVICE = {
    Code.MALFORMED: "agent and server differ in how they read the protocol; update the older one",
    Code.VERSION: "install the version of operant that the server speaks, or update the server",
    Code.UNKNOWN_TASK: "Client(endpoint).hello() lists the tasks this server has",
    Code.UNKNOWN_PRESET: "Client(endpoint).describe(task) lists the presets of a task",
    Code.BAD_SETTING: "Client(endpoint).describe(task) tells the range of every parameter",
    Code.OUT_OF_RANGE: "Client(endpoint).describe(task) tells what the task has",
    Code.UNKNOWN_SESSION: "call reset(), which opens another session",
    Code.SEQUENCE: "a session is for one agent at a time; call reset(), which opens another",
    Code.NOTHING_BEGUN: "call reset() first",
    Code.BAD_ACTION: "choose an action of the action space",
    Code.LIMIT: "Client(endpoint).hello() tells the server's limits",
    Code.UNSUPPORTED: "do without it, or use another server",
    Code.INTERNAL: "look at what the server printed, and call reset() to go on",
}


class RefusedError(OperantError):
    """A server would not do what it was asked to; nothing was changed by it."""

    def __init__(self, code: int, sentence: str, can_retry: bool = False) -> None:
        self.code: Code = Code(code) if code in Code.__members__.values() else Code.INTERNAL
        """What kind of refusal it is; `INTERNAL` for a code of the future."""
        self.sentence = sentence
        """The server's own words."""
        self.can_retry = can_retry
        """Whether the same request can be met later."""
        super().__init__(f"{sentence} ({_ADVICE[self.code]})")

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the parts when the exception crosses from one process to another."""
        return (type(self), (int(self.code), self.sentence, self.can_retry))


class SessionLostError(RefusedError):
    """The session is gone: closed, out of its lease, or lost with its server."""


class ServerGoneError(OperantError, ConnectionError):
    """Nobody answers at the endpoint."""


class ServerSlowError(OperantError, TimeoutError):
    """The server is there and has not answered within the time-out."""


class NotLetInError(OperantError, PermissionError):
    """The server and this agent don't know each other's keys."""


class KeyFileError(OperantError):
    """A file of keys can't be used."""

    exit_code = 65
    """What a program ends with, as <sysexits.h> numbers it: it has other data."""


class KeyFileUnreadableError(KeyFileError):
    """It is not there, or can't be read."""

    exit_code = 66


class KeyFileOpenError(KeyFileError):
    """Others can read or write what only its owner should."""

    exit_code = 77


class VersionError(OperantError):
    """The server speaks another major version of the protocol."""


class MalformedReplyError(OperantError):
    """A server's reply can't be believed."""


class ServerNotFoundError(OperantError):
    """There is no server program to start."""


class TrialOverError(OperantError):
    """An action was chosen after the end of a trial."""


def refusal(code: int, sentence: str, can_retry: bool) -> RefusedError:
    """Return the exception of a refusal."""
    kind = SessionLostError if code == Code.UNKNOWN_SESSION else RefusedError
    return kind(code, sentence, can_retry)
