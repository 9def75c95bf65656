import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import zmq
from keyed import Keyring
from saboteur import IgnoresCondition, Saboteur, Spoiler, between, every_saboteur
from served_environments import Evidence, Reach, ideal_evidence

from operant.client import Limits
from operant.conformance import draws, fields
from operant.conformance.candidate import Candidate
from operant.conformance.checks import GROUPS
from operant.conformance.command import main
from operant.conformance.examination import Finding, examine
from operant.conformance.registry import Check, Group, UnknownCheckError, select
from operant.local_server import server_program
from operant.registration import TASKS
from operant.serving import ServedTask, Server
from operant.v1 import gym_pb2

ALL = select(GROUPS)


@contextmanager
def serving(endpoint: str) -> Iterator[str]:
    """Run a server that nobody else uses; yields where it listens."""
    process = subprocess.Popen(
        [server_program(), "--bind", endpoint, "--until-end-of-input"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(f"ipc://{tmp_path_factory.mktemp('server')}/server") as endpoint:
        yield endpoint


def run(endpoint: str, checks: list[Check], task: str = "", time_out: float = 5) -> list[Finding]:
    candidate = Candidate(endpoint, time_out, task)
    try:
        return list(examine(candidate, checks))
    finally:
        candidate.leave()


def said(findings: list[Finding]) -> str:
    return "\n".join(
        f"{f.check.id} {f.outcome}: {f.came}; wanted {f.wanted}{f.reason}" for f in findings
    )


# MARK: the suite and the server


OUTPUTS = {
    check.id
    for check in ALL
    if check.group == "ideal-actions" and check.name not in ("offered", "unasked")
} | {
    "step/action-out-of-range",
    "step/ignored-action-out-of-range",
    "refusals/bad-action",
    # Their trials last for a multiple of the check's four steps, whatever the agent does.
    "look-ahead/after-the-end",
}
"""What a task can't be asked whose actions are amounts."""

INAPPLICABLE = {
    # It allows no look-ahead, its one condition has no factors, and its observations are short.
    "CartPole": {check.id for check in ALL if check.group == "look-ahead"}
    - {"look-ahead/allowed", "look-ahead/one"}
    | {"step/facts-of-condition", "limits/frame-numbers"},
    "DelayNonMatchSample": OUTPUTS,
    "SelectiveIntegration": OUTPUTS,
    "ArmReaching": OUTPUTS,
    # Its one condition has no factors.
    "GradientComparison": OUTPUTS | {"step/facts-of-condition"},
}
"""What a task can't be asked."""


@pytest.mark.parametrize("task", list(TASKS))
def test_the_server_passes_every_check_over_ipc(server: str, task: str) -> None:
    findings = run(server, ALL, task)
    assert len(findings) == len(ALL)
    assert {f.check.id for f in findings if f.outcome == "skipped"} == INAPPLICABLE.get(task, set())
    strays = [finding for finding in findings if finding.outcome == "failed"]
    assert not strays, said(strays)


def test_the_server_passes_every_check_over_tcp_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "findings.json"
    with serving("tcp://127.0.0.1:*") as endpoint:
        started = time.monotonic()
        assert main(["--endpoint", endpoint, "--json", str(file)]) == 0
        assert time.monotonic() - started < 30
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1] == f"{len(ALL)} passed, 0 failed, 0 skipped"
    first = f"PerceptualDecisionMaking, the first of {len(TASKS)} on offer"
    assert first in out.splitlines()[0]
    assert "\033" not in out
    for check in ALL:
        assert f"  pass  {check.promise}\n" in out
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (told["passed"], told["failed"], told["skipped"]) == (len(ALL), 0, 0)
    assert (told["endpoint"], told["task"]) == (endpoint, "PerceptualDecisionMaking")
    assert [check["id"] for check in told["checks"]] == [check.id for check in ALL]


def test_one_check_after_the_other_can_be_made_alone(server: str) -> None:
    # No check leans on what another has left behind.
    for check in ALL[::7]:
        (finding,) = run(server, [check])
        assert finding.outcome == "passed", said([finding])


# What a server of an environment can't be asked about: it has no parameters, and shows what depends
# on actions.
NOT_ASKED = {
    "describe/by-alias",
    "open/setting",
    "open/later-setting",
    "open/default-settings",
    "open/setting-out-of-range",
    "open/setting-count",
    "open/whole-durations",
    "look-ahead/begin",
    "look-ahead/same-trials",
    "look-ahead/after-the-end",
    "look-ahead/beyond",
    "look-ahead/action-count",
    "look-ahead/again",
    "limits/frame-numbers",
}
CONTINUOUS = {
    "step/action-out-of-range",
    "step/ignored-action-out-of-range",
    "refusals/bad-action",
}


def unasked(findings: list[Finding]) -> set[str]:
    failed = [finding for finding in findings if finding.outcome == "failed"]
    assert not failed, said(failed)
    return {finding.check.id for finding in findings if finding.outcome == "skipped"}


def test_a_server_in_python_passes_every_check_that_its_task_gives_occasion_for(
    tmp_path: Path,
) -> None:
    task = ServedTask(
        Evidence,
        conditions=Evidence.conditions,
        facts=["cue_time", "latency"],
        ideal_action=ideal_evidence,
        # Waiting costs an eighth, one to four times.
        oracle_reward=1 - 2.5 / 8,
        step_limit=12,
    )
    with Server(task, f"ipc://{tmp_path}/python") as server:
        findings = run(server.endpoint, ALL)
    assert unasked(findings) == NOT_ASKED | {"step/facts-of-condition"}


@pytest.mark.parametrize("name", ["CartPole-v1", "Reach"])
def test_servers_of_other_environments_break_no_promise(tmp_path: Path, name: str) -> None:
    def make_env() -> gymnasium.Env[Any, Any]:
        return Reach() if name == "Reach" else gymnasium.make(name)

    with Server(make_env, f"ipc://{tmp_path}/python", step_limit=40) as server:
        skipped = unasked(run(server.endpoint, ALL))
    known = NOT_ASKED | {"step/facts-of-condition"} | (CONTINUOUS if name == "Reach" else set())
    assert {check for check in skipped if not check.startswith("ideal-actions/")} == known


SMALL = Limits(
    message_bytes=1 << 16,
    lanes_per_session=1,
    sessions=4,
    name_bytes=64,
    look_ahead=1,
    longest_lease_ms=2000,
    frame_numbers=4,
)
SMALL_TASK = ServedTask(Evidence, conditions=Evidence.conditions, step_limit=1)


def test_a_server_that_asks_for_keys_is_examined_by_who_has_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Keyring(tmp_path)
    with Server(SMALL_TASK, "tcp://127.0.0.1:*", keys=ring.server, limits=SMALL) as server:
        to_server = ["--endpoint", server.endpoint]
        shown = ["--server-key", str(ring.public), "--key"]
        assert main([*to_server, *shown, str(ring.alice)]) == 0
        assert "0 failed" in capsys.readouterr().out
        # The environment says the same, as it does to the other programs.
        monkeypatch.setenv("OPERANT_SERVER_KEY", str(ring.public))
        monkeypatch.setenv("OPERANT_KEY", str(ring.alice))
        assert main([*to_server, "--only", "close/twice"]) == 0
        monkeypatch.delenv("OPERANT_KEY")
        capsys.readouterr()
        assert main([*to_server, "--time-out", "0.9", "--key", str(ring.mallory)]) == 77
        assert "is not authorised; put its .pub file into" in capsys.readouterr().err
        assert main([*to_server, "--key", str(tmp_path / "nobodys.key")]) == 66
        ring.alice.chmod(0o644)
        assert main([*to_server, "--key", str(ring.alice)]) == 77
        with pytest.raises(SystemExit) as ended:
            main(to_server)
        assert ended.value.code == 64
        assert "keys come in two: --server-key" in capsys.readouterr().err


def test_small_servers_are_asked_for_no_more_than_they_have(tmp_path: Path) -> None:
    with Server(SMALL_TASK, f"ipc://{tmp_path}/python", limits=SMALL) as server:
        findings = run(server.endpoint, ALL)
    skipped = unasked(findings)
    assert "seeds/single-lanes" in skipped
    assert "limits/sessions" not in skipped
    assert len(skipped) < 50


def test_a_server_that_never_has_room_does_not_pass(server: str, tmp_path: Path) -> None:
    class Full(Spoiler):
        def refuse(self, _peer: bytes, request: gym_pb2.Request) -> gym_pb2.Reply | None:
            if not request.HasField("open"):
                return None
            full = gym_pb2.Refusal(code=gym_pb2.CODE_LIMIT, sentence="try later", can_retry=True)
            return gym_pb2.Reply(refusal=full)

    with between(server, Full(), tmp_path) as endpoint:
        findings = run(endpoint, select(GROUPS, ["open/opens", "close/twice"]))
    assert [finding.outcome for finding in findings] == ["failed", "skipped"]
    assert "no room for it: try later" in findings[1].reason


# MARK: what is listed


def test_there_are_at_least_eighty_checks_each_with_a_name_and_a_promise_of_its_own() -> None:
    assert len(ALL) >= 80
    assert len({check.id for check in ALL}) == len(ALL)
    for check in ALL:
        assert check.promise.endswith("."), check.id
        assert len(check.promise) <= 88, check.id
    for group in GROUPS:
        assert len({check.promise for check in group.checks}) == len(group.checks)


def test_the_list_shows_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    for check in ALL:
        assert check.id in out
        assert check.promise in out
    assert out.splitlines()[-1] == f"{len(ALL)} checks"


def test_the_list_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--only", "same-step", "close/twice"]) == 0
    out = capsys.readouterr().out
    assert "same-step/facts" in out
    assert "close/twice" in out
    assert "close/key" not in out


def test_every_section_that_a_report_can_name_is_in_the_protocols_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "protocol.md"
    headings = {
        line.lstrip("#").strip()
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    }
    assert {check.section for check in ALL} <= headings


def test_checks_are_selected_by_group_and_by_name() -> None:
    def pass_by(_: Candidate) -> None:
        return

    group, other = Group("one", "A"), Group("two", "B")
    group.check("First.")(pass_by)
    other.check("Second.", "C")(pass_by)
    assert [check.section for check in select([group, other])] == ["A", "C"]
    assert [check.group for check in select([group, other], ["two"])] == ["two"]
    assert [check.id for check in select([group, other], ["one/pass-by"])] == ["one/pass-by"]
    with pytest.raises(UnknownCheckError, match="did you mean 'one/pass-by'"):
        select([group, other], ["one/passby"])


# MARK: broken servers


def test_an_honest_go_between_passes_every_check(server: str, tmp_path: Path) -> None:
    with between(server, Saboteur(), tmp_path) as endpoint:
        strays = [f for f in run(endpoint, ALL) if f.outcome != "passed"]
    assert not strays, said(strays)


def test_messages_are_not_spoilt_by_being_read_on_the_way(server: str, tmp_path: Path) -> None:
    checks = select(GROUPS, [kind.meant for kind in every_saboteur()])
    with between(server, Spoiler(), tmp_path) as endpoint:
        strays = [f for f in run(endpoint, checks) if f.outcome != "passed"]
    assert not strays, said(strays)


@pytest.mark.parametrize(
    "saboteur", every_saboteur(), ids=lambda kind: f"{kind.__name__} by {kind.meant}"
)
def test_a_broken_server_is_caught_by_the_check_meant_for_it(
    server: str, tmp_path: Path, saboteur: type[Saboteur]
) -> None:
    with between(server, saboteur(), tmp_path) as endpoint:
        (finding,) = run(endpoint, select(GROUPS, [saboteur.meant]), time_out=1)
    assert finding.outcome == "failed", said([finding])
    assert finding.came
    assert finding.wanted
    assert finding.section


def test_there_are_at_least_ten_broken_servers() -> None:
    assert len(every_saboteur()) >= 10
    assert {kind.meant for kind in every_saboteur()} <= {check.id for check in ALL}


def test_a_report_names_the_promise_that_is_broken(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with between(server, IgnoresCondition(), tmp_path) as endpoint:
        arguments = ["--endpoint", endpoint, "--only", "begin/asked-condition", "close"]
        assert main(arguments) == 1
    out = capsys.readouterr().out
    lines = out.splitlines()
    place = lines.index("  FAIL  Every condition can be asked for, and is the one that is played.")
    explained = "\n".join(lines[place + 1 : place + 6])
    assert "came:   trial 0 of lane" in explained
    assert "wanted: condition" in explained
    assert "see:    docs/protocol.md, 'begin → frame'" in explained
    assert "check:  begin/asked-condition" in explained
    assert lines[-1] == "8 passed, 1 failed, 0 skipped"


# MARK: servers that are not there, and such as hang


def test_nobody_at_the_endpoint_is_said_within_the_time_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    assert main(["--endpoint", f"ipc://{tmp_path}/nobody", "--time-out", "0.2"]) == 69
    assert time.monotonic() - started < 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("operant-conformance: nobody is at ipc://")


@contextmanager
def mute(folder: Path) -> Iterator[str]:
    """Listen without ever answering."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.bind(f"ipc://{folder}/mute")
        yield f"ipc://{folder}/mute"


def test_somebody_who_never_answers_is_told_from_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mute(tmp_path) as endpoint:
        started = time.monotonic()
        assert main(["--endpoint", endpoint, "--time-out", "0.3"]) == 69
        assert time.monotonic() - started < 2
    assert "did not answer a first hello within 0.3 s" in capsys.readouterr().err


def test_whoever_speaks_something_else_is_no_server(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stranger(Saboteur):
        def answer(self, _peer: bytes, _message: bytes) -> bytes:
            return b"HTTP/1.1 400 Bad Request"

    with between(server, Stranger(), tmp_path) as endpoint:
        assert main(["--endpoint", endpoint]) == 69
    assert "is no Operant server" in capsys.readouterr().err


class Hanging(Saboteur):
    """Answers greetings, and hangs as soon as a session is wanted."""

    def __init__(self, for_good: bool) -> None:
        self.for_good = for_good
        self.hangs = False

    def answer(self, _peer: bytes, message: bytes) -> bytes | None:
        request = gym_pb2.Request.FromString(message)
        self.hangs = (self.for_good and self.hangs) or request.HasField("open")
        return None if self.hangs else self.forward(message)


def test_a_server_that_hangs_now_and_then_fails_the_checks_it_hangs_in(
    server: str, tmp_path: Path
) -> None:
    checks = select(GROUPS, ["close/twice", "close/any-time", "handshake/welcome"])
    with between(server, Hanging(for_good=False), tmp_path) as endpoint:
        started = time.monotonic()
        findings = run(endpoint, checks, time_out=0.3)
        assert time.monotonic() - started < 3
    assert [f.outcome for f in findings] == ["passed", "failed", "failed"]
    assert "'open' within 0.3 s" in findings[1].came


def test_a_server_that_hangs_for_good_is_not_waited_for_in_every_check(
    server: str, tmp_path: Path
) -> None:
    checks = select(GROUPS, ["handshake/welcome", "close", "seeds"])
    with between(server, Hanging(for_good=True), tmp_path) as endpoint:
        started = time.monotonic()
        findings = run(endpoint, checks, time_out=0.3)
        assert time.monotonic() - started < 3
    assert [f.outcome for f in findings[:2]] == ["passed", "failed"]
    assert {f.outcome for f in findings[2:]} == {"skipped"}
    assert len(findings) == len(checks)
    assert findings[-1].reason == "the server has not answered anybody since close/closes"


def test_a_check_that_takes_too_long_is_skipped_where_every_reply_comes_in_time(
    server: str, tmp_path: Path
) -> None:
    class Slow(Saboteur):
        def answer(self, _peer: bytes, message: bytes) -> bytes:
            threading.Event().wait(0.02)
            return self.forward(message)

    with between(server, Slow(), tmp_path) as endpoint:
        candidate = Candidate(endpoint, 5)
        candidate.patience.check = 0.5
        (finding,) = examine(candidate, select(GROUPS, ["seeds/single-lanes"]))
        candidate.leave()
    assert finding.outcome == "skipped"
    assert "not over after 0.5 s, though every reply came in time" in finding.reason


def test_a_check_that_can_make_nothing_of_a_server_fails(server: str) -> None:
    def stumble(_: Candidate) -> None:
        raise ZeroDivisionError("of something strange")

    group = Group("strange", "Frames")
    group.check("Nothing is strange.")(stumble)
    (finding,) = run(server, group.checks)
    assert finding.outcome == "failed"
    assert "ZeroDivisionError" in finding.came


# MARK: wrong usage


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "which server?"),
        (["--endpoint", "localhost:5555"], "no endpoint"),
        (["--endpoint", "tcp://127.0.0.1:port"], "can't connect"),
        (["--endpoint", "tcp://127.0.0.1:1", "--time-out", "0"], "no time-out"),
        (["--endpoint", "tcp://127.0.0.1:1", "--time-out", "soon"], "no time-out"),
        (["--list", "--only", "hand-shake"], "did you mean 'handshake'?"),
        (["--list", "--only", "?"], "--list shows"),
        (["--colour"], "--colour"),
    ],
)
def test_wrong_usage_is_met_with_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = int(str(exit_.code))
    assert code == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err


def test_a_task_that_is_not_on_offer_is_wrong_usage(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoint", server, "--task", "rdm_fixd"]) == 64
    assert "did you mean 'rdm_fixed'?" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_said(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nowhere" / "findings.json"
    arguments = ["--endpoint", server, "--only", "close/twice", "--json", str(file)]
    assert main(arguments) == 73
    assert "can't be written" in capsys.readouterr().err


# MARK: what the suite computes for itself


def test_streams_are_keyed_by_the_hash_of_their_names() -> None:
    # FNV-1a's own test vectors, and the key of the stream that conditions are drawn from.
    assert draws.stream_key("") == 0xCBF29CE484222325
    assert draws.stream_key("a") == 0xAF63DC4C8601EC8C
    assert draws.stream_key("foobar") == 0x85944171F73967E8


def test_conditions_are_drawn_without_favour() -> None:
    drawn = [draws.condition(97, lane, trial, 3) for lane in range(30) for trial in range(100)]
    counts = np.bincount(drawn)
    # Chi-squared with two degrees of freedom; 13.8 is exceeded once in a thousand times.
    assert ((counts - 1000) ** 2 / 1000).sum() < 13.8
    assert {draws.condition(97, 0, trial, 1) for trial in range(10)} == {0}


def test_fields_by_hand_are_those_of_the_library() -> None:
    request = gym_pb2.Request(sequence=300, session=bytes(16), hello=gym_pb2.Hello(major=1))
    by_hand = (
        fields.number(fields.SEQUENCE, 300)
        + fields.block(fields.SESSION, bytes(16))
        + fields.block(fields.HELLO, fields.number(1, 1))
    )
    assert by_hand == request.SerializeToString()
    assert fields.varint((1 << 64) - 1) == b"\xff" * 9 + b"\x01"
