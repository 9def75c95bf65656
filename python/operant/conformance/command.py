"""The command that holds a server to the protocol: `operant-conformance --endpoint ENDPOINT`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import zmq

from operant.command_line import (
    CANNOT_WRITE,
    FAILED,
    INTERRUPTED,
    NO_PERMISSION,
    UNAVAILABLE,
    USAGE,
    Parser,
    replace_missing_letters,
)
from operant.conformance.candidate import Candidate, show_reply
from operant.conformance.checks import GROUPS
from operant.conformance.examination import examine
from operant.conformance.findings import Broken, Silence
from operant.conformance.registry import Check, UnknownCheckError, select
from operant.conformance.report import Report, write_json
from operant.connection import Connection, numbers_outside_sessions
from operant.errors import KeyFileError, NotLetInError, OperantError
from operant.keys import find_keys

_PROGRAM = "operant-conformance"
_LONGEST_HANDSHAKE = 2.0
"""In seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine a server and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    replace_missing_letters()
    try:
        checks = select(GROUPS, options.only)
    except UnknownCheckError as error:
        parser.error(str(error))
    if options.list:
        _list(checks)
        return 0
    if not options.endpoint:
        parser.error("which server? Name it by --endpoint tcp://HOST:PORT or ipc:///PATH")
    if not options.endpoint.startswith(("tcp://", "ipc://")):
        parser.error(
            f"{options.endpoint!r} is no endpoint; it can be tcp://HOST:PORT or ipc:///PATH"
        )
    try:
        keys = find_keys(options.server_key, options.key)
    except ValueError:
        parser.error(
            "keys come in two: --server-key (the server's server.pub) and --key (yours, made by "
            "'operant keygen'), or OPERANT_SERVER_KEY and OPERANT_KEY"
        )
    except KeyFileError as error:
        _complain(str(error))
        return error.exit_code
    try:
        candidate = Candidate(options.endpoint, options.time_out, options.task, keys)
    except zmq.ZMQError as error:
        parser.error(f"can't connect to {options.endpoint}: {error}")
    try:
        return _examine(candidate, checks, options.json)
    except NotLetInError as error:
        _complain(str(error))
        return NO_PERMISSION
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the report has seen enough. What is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    finally:
        candidate.leave()


def _parser() -> Parser:
    parser = Parser(
        prog=_PROGRAM,
        description="Holds an Operant server to its protocol, and says which promises it breaks. "
        "Point it at a server that nobody else is using: it opens as many sessions as the server "
        "allows, and looks at what the server counts.",
        epilog=f"Example: {_PROGRAM} --endpoint tcp://127.0.0.1:5555 --only exactly-once seeds",
        allow_abbrev=False,
    )
    parser.add_argument("--endpoint", help="the server: tcp://HOST:PORT or ipc:///PATH")
    parser.add_argument(
        "--task", metavar="NAME", default="", help="the task to play (default: the first on offer)"
    )
    parser.add_argument(
        "--server-key",
        metavar="FILE",
        type=Path,
        help="the server's public key, where it asks for keys (OPERANT_SERVER_KEY)",
    )
    parser.add_argument(
        "--key", metavar="FILE", type=Path, help="your own key, where it does (OPERANT_KEY)"
    )
    parser.add_argument(
        "--only",
        metavar="GROUP_OR_CHECK",
        nargs="+",
        action="extend",
        default=[],
        help="make these checks alone, as --list calls them",
    )
    parser.add_argument("--list", action="store_true", help="list the checks, and examine nobody")
    parser.add_argument(
        "--time-out",
        metavar="S",
        type=_seconds,
        default=5.0,
        help="how many seconds the server has for a reply (default: 5)",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, help="write what was found to this file too"
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is no time-out; it has to be more than 0 s")
    return seconds


def _list(checks: Sequence[Check]) -> None:
    group = ""
    for check in checks:
        if check.group != group:
            group = check.group
            print(group)
        print(f"  {check.id:<40}  {check.promise}")
    print(f"{len(checks)} checks")


def _examine(candidate: Candidate, checks: Sequence[Check], json: Path | None) -> int:
    if (software := _meet(candidate)) is None:
        return UNAVAILABLE
    if candidate.wanted_task and not _has_task(candidate):
        return USAGE
    report = Report()
    task, why = _played(candidate)
    report.say(f"{candidate.endpoint} is {software}; played is {task}{why}")
    for finding in examine(candidate, checks):
        report.add(finding)
    report.conclude()
    if json:
        try:
            write_json(
                json,
                report.findings,
                endpoint=candidate.endpoint,
                software=software,
                task=task,
            )
        except OSError as error:
            _complain(f"{json} can't be written: {error.strerror}")
            return CANNOT_WRITE
    return FAILED if report.count("failed") else 0


def _meet(candidate: Candidate) -> str | None:
    """Say hello; return what the server calls itself, or say why there is none.

    Raises:
        NotLetInError: The server does not know the suite's key.

    """
    what = "a first hello"
    message = candidate.hello().SerializeToString()
    try:
        reply = candidate.exchange(message, what)
    except Silence:
        _see_whether_let_in(candidate)
        place, patience = candidate.endpoint, f"{candidate.patience.reply:g} s"
        if candidate.wire.has_met_anybody():
            _complain(
                f"somebody is at {place} who did not answer {what} within {patience}; "
                "is it an Operant server, and is it stuck?"
            )
        else:
            _complain(f"nobody is at {place}, for {patience}; is a server running there?")
        return None
    except Broken as broken:
        _complain(f"{candidate.endpoint} is no Operant server: {broken.came}")
        return None
    if reply.HasField("welcome"):
        return reply.welcome.software or "a server without a name"
    return f"a server that answered {what} with {show_reply(reply)}"


def _see_whether_let_in(candidate: Candidate) -> None:
    """Ask as any agent does, which knows why it is not answered.

    Raises:
        NotLetInError: The server does not know the suite's key.

    """
    patience = min(candidate.patience.reply, _LONGEST_HANDSHAKE)
    connection = Connection(candidate.endpoint, patience, candidate.keys)
    try:
        connection.ask(candidate.hello(sequence=next(numbers_outside_sessions())))
    except NotLetInError:
        raise
    except OperantError:
        pass  # What is wrong with the server's answers is told elsewhere.
    finally:
        connection.close()


def _has_task(candidate: Candidate) -> bool:
    """Whether the server has the task that was asked for; if not, say what it says."""
    name = candidate.wanted_task
    try:
        reply = candidate.exchange(
            candidate.describe_request(name).SerializeToString(), "a describe"
        )
    except Broken as broken:
        _complain(f"{candidate.endpoint} can't be asked about '{name}': {broken.came}")
        return False
    if reply.HasField("refusal"):
        _complain(f"{candidate.endpoint} refuses to describe '{name}': {reply.refusal.sentence}")
    return not reply.HasField("refusal")


def _played(candidate: Candidate) -> tuple[str, str]:
    """Return the task that is played, and why it is that one."""
    if candidate.wanted_task:
        return candidate.wanted_task, ""
    try:
        why = f", the first of {len(candidate.welcome.tasks)} on offer; --task plays another"
        return candidate.task_name, why
    except Broken:
        return "nothing", ""


def _complain(sentence: str) -> None:
    print(f"{_PROGRAM}: {sentence}", file=sys.stderr)
