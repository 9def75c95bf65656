"""The command that serves environments: `operant-serve TASK…`."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import gymnasium

from operant.command_line import (
    BAD_DATA,
    CANNOT_WRITE,
    INTERRUPTED,
    UNAVAILABLE,
    USAGE,
    Parser,
    replace_missing_letters,
)
from operant.errors import KeyFileError
from operant.serving.announcement import AnnouncementError
from operant.serving.endpoint import Endpoint, EndpointError, EndpointUnavailableError
from operant.serving.served_task import ServedTask
from operant.serving.server import USUAL_ENDPOINT, serve

_PROGRAM = "operant-serve"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve what is named until a signal comes, and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    replace_missing_letters()
    try:
        place = Endpoint(options.bind)
    except EndpointError as error:
        parser.error(str(error))
    if not place.is_local and options.keys is None and not options.allow_strangers:
        parser.error(
            f"{options.bind} can be reached from other machines, and nobody is asked who they are; "
            "ask for keys by --keys FOLDER, bind to 127.0.0.1, or pass --allow-strangers"
        )
    # As python itself looks where it is started.
    sys.path.insert(0, "")
    try:
        tasks = [_find(text) for text in options.tasks]
    except (ImportError, gymnasium.error.Error, TypeError) as error:
        parser.error(str(error))
    try:
        serve(
            tasks,
            options.bind,
            keys=options.keys,
            allow_strangers=options.allow_strangers,
            announce=options.announce,
        )
    except EndpointUnavailableError as error:
        return _complain(error, UNAVAILABLE)
    except EndpointError as error:
        return _complain(error, USAGE)
    except AnnouncementError as error:
        return _complain(error, CANNOT_WRITE)
    except KeyFileError as error:
        return _complain(error, error.exit_code)
    except (TypeError, ValueError, ImportError, gymnasium.error.Error) as error:
        # The last two where an environment lacks what it is made of, such as a physics engine.
        return _complain(error, BAD_DATA)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog=_PROGRAM,
        description="Serves Gymnasium environments to 'operant train' and any other agent.",
        epilog=f"Example: {_PROGRAM} CartPole-v1 --bind tcp://127.0.0.1:5556",
        allow_abbrev=False,
    )
    parser.add_argument(
        "tasks",
        metavar="TASK",
        nargs="+",
        help="a name of Gymnasium's registry; or MODULE:NAME, a function that makes an environment "
        "or a ServedTask, from the folder you are in too",
    )
    parser.add_argument(
        "--bind",
        metavar="ENDPOINT",
        default=USUAL_ENDPOINT,
        help="where to listen: tcp://127.0.0.1:PORT (* for any free one) or ipc:///PATH "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--keys",
        metavar="FOLDER",
        type=Path,
        help="let in only agents whose keys lie there in 'authorised'; 'operant-server keygen' "
        "makes the folder",
    )
    parser.add_argument(
        "--allow-strangers",
        action="store_true",
        help="let other machines connect without a key, though nobody is asked who they are",
    )
    parser.add_argument(
        "--announce",
        metavar="FILE",
        type=Path,
        help="write there where the server listens, for 'operant train --connect'; gone when it "
        "ends",
    )
    return parser


def _find(text: str) -> ServedTask:
    """Return the task of that name.

    Raises:
        ImportError: There is no such module.
        gymnasium.error.Error: There is no such environment.
        TypeError: It is neither a function nor a task.

    """
    module, colon, name = text.partition(":")
    if colon:
        found = getattr(importlib.import_module(module), name, None)
        if isinstance(found, ServedTask):
            return found
        if found is not None:
            return ServedTask(found)
    # A module before a colon has registered it, as it may for gymnasium.make.
    known = name if colon else text
    gymnasium.spec(known)
    return ServedTask(lambda: gymnasium.make(known))


def _complain(error: Exception | str, code: int) -> int:
    print(f"{_PROGRAM}: {error}", file=sys.stderr)
    return code
