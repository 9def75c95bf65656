import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zmq
from fake_server import fake_server, welcome

from operant import Client, OperantEnv
from operant.errors import (
    Code,
    MalformedReplyError,
    RefusedError,
    ServerGoneError,
    ServerNotFoundError,
    ServerSlowError,
    SessionLostError,
    VersionError,
)
from operant.local_server import LocalServer, hold_local_server, let_go, server_program
from operant.session import ENDINGS
from operant.v1 import gym_pb2


def within(seconds, ask):
    """Return what `ask` raises, which has to come in time."""
    start = time.monotonic()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the caller looks at it
        ask()
    assert time.monotonic() - start < seconds
    return raised.value


@pytest.mark.parametrize("place", ["tcp://127.0.0.1:1", "ipc:///tmp/nobody-is-here"])
def test_a_server_that_is_gone_is_reported_within_the_time_out(place):
    error = within(2, lambda: OperantEnv("rdm_fixed", place, time_out=0.5))
    assert isinstance(error, ServerGoneError)
    assert str(error) == f"no reply from {place} within 0.5 s; is a server running there?"


def test_a_server_that_is_slow_is_told_from_one_that_is_gone():
    with fake_server(lambda _: None) as place:
        error = within(2, lambda: OperantEnv("rdm_fixed", place, time_out=0.5))
    assert isinstance(error, ServerSlowError)
    assert "is there but has not answered within 0.5 s" in str(error)


def test_a_server_that_ends_in_mid_trial_is_reported_within_the_time_out():
    server = LocalServer()
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=0.5)
    env.reset(seed=1)
    env.step(0)
    server.end()
    assert isinstance(within(2, lambda: env.step(0)), ServerGoneError)
    env.close()


def test_a_server_of_another_version_is_reported_with_both():
    with fake_server(lambda request: welcome(request, major=2)) as place:
        error = within(2, lambda: Client(place, 1).hello())
    assert isinstance(error, VersionError)
    assert "speaks version 2 of the protocol, this agent version 1; update the agent" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"\xff\xff\xff",
        lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda request: gym_pb2.Reply(sequence=request.sequence + 1).SerializeToString(),
        lambda request: gym_pb2.Reply(sequence=request.sequence).SerializeToString(),
    ],
)
def test_what_is_no_reply_is_not_believed(answer):
    with fake_server(answer) as place:
        assert isinstance(within(2, lambda: Client(place, 1).hello()), MalformedReplyError)


def opened(request, **changes):
    """Return a session of a small task, and whatever is changed about it."""
    reply = gym_pb2.Reply(sequence=request.sequence)
    said = reply.opened
    said.session = bytes(16)
    said.options.CopyFrom(request.open)
    said.observation_size, said.step_limit = 2, 5
    task = said.task
    task.name = "Small"
    task.channels.add(name="light", width=2)
    task.discrete.names.extend(["wait", "go"])
    task.conditions.add()
    task.presets.add(name="own", time_step_ms=10)
    for name, value in changes.items():
        if value is None:
            task.ClearField(name)
        else:
            setattr(said, name, value)
    return reply.SerializeToString()


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": None},
        {"discrete": None},
        {"conditions": None},
        {"presets": None},
        {"observation_size": 3},
    ],
)
def test_a_task_that_can_not_be_is_not_believed(changes):
    with fake_server(lambda request: opened(request, **changes)) as place:
        assert isinstance(within(2, lambda: Client(place, 1).open("Small")), MalformedReplyError)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"observations": bytes(7), "rewards": bytes(4), "stages": b"\x02"},
        {"observations": bytes(8), "rewards": bytes(8), "stages": b"\x02"},
        {"observations": bytes(8), "rewards": bytes(4), "stages": b"\x02\x02"},
    ],
)
def test_a_frame_that_does_not_fit_its_session_is_not_believed(columns):
    def answer(request):
        if request.HasField("open"):
            return opened(request)
        reply = gym_pb2.Reply(sequence=request.sequence)
        reply.frame.SetInParent()
        for name, value in columns.items():
            setattr(reply.frame, name, value)
        return reply.SerializeToString()

    with fake_server(answer) as place:
        session = Client(place, 1).open("Small")
        assert isinstance(within(2, session.begin), MalformedReplyError)


def test_an_ending_of_the_future_is_neither_right_nor_wrong():
    def answer(request):
        if request.HasField("open"):
            return opened(request)
        reply = gym_pb2.Reply(sequence=request.sequence)
        frame = reply.frame
        frame.observations, frame.rewards, frame.stages = bytes(8), bytes(4), b"\x0c"
        ended = frame.ended
        ended.lanes, ended.trials, ended.conditions = bytes(4), bytes(8), bytes(4)
        ended.endings, ended.choices, ended.step_counts = b"\x4d", b"\xff", bytes(4)
        return reply.SerializeToString()

    with fake_server(answer) as place:
        frame = Client(place, 1).open("Small").begin()
    assert ENDINGS[frame.ended.endings[0]] == "completed"


def test_a_server_too_old_for_ideal_actions_is_told_from_one_that_has_them():
    def answer(request):
        request.open.ClearField("with_ideal_actions")
        return opened(request)

    with fake_server(answer) as place:
        client = Client(place, 1)
        error = within(2, lambda: client.open("Small", with_ideal_actions=True))
    assert isinstance(error, MalformedReplyError)
    assert "too old" in str(error)


def test_a_lost_reply_is_asked_for_again_with_the_same_bytes():
    asked = []

    def answer(request):
        asked.append(request.SerializeToString())
        return None if len(asked) == 1 else welcome(request)

    with fake_server(answer) as place:
        assert Client(place, 1.5).hello().version == (1, 0)
    assert len(asked) == 2
    assert asked[0] == asked[1]


@pytest.mark.parametrize("code", list(Code))
def test_every_refusal_is_an_exception_that_says_what_to_do(code):
    def answer(request):
        reply = gym_pb2.Reply(sequence=request.sequence)
        reply.refusal.code = int(code)
        reply.refusal.sentence = "no"
        return reply.SerializeToString()

    with fake_server(answer) as place:
        error = within(2, lambda: Client(place, 1).describe("x"))
    assert isinstance(error, RefusedError)
    assert isinstance(error, SessionLostError) == (code is Code.UNKNOWN_SESSION)
    assert error.code is code
    assert error.sentence == "no"
    assert str(error).startswith("no (")
    assert len(str(error)) > 20


def test_a_refusal_of_the_future_is_one_all_the_same():
    def answer(request):
        reply = gym_pb2.Reply(sequence=request.sequence)
        reply.refusal.code = 77
        return reply.SerializeToString()

    with fake_server(answer) as place:
        assert within(2, lambda: Client(place, 1).hello()).code is Code.INTERNAL


@pytest.mark.parametrize("place", ["udp://127.0.0.1:5", "127.0.0.1:5555", ""])
def test_what_is_no_endpoint_is_refused_in_words(place):
    with pytest.raises(ValueError, match="is no endpoint; it can be tcp://HOST:PORT"):
        Client(place)


@pytest.mark.parametrize("time_out", [0, -1, float("nan"), float("inf")])
def test_what_is_no_time_out_is_refused_in_words(time_out):
    with pytest.raises(ValueError, match="the time-out is"):
        Client("tcp://127.0.0.1:1", time_out)


def test_a_client_tells_what_a_server_says_of_itself_and_its_tasks(endpoint):
    client = Client(endpoint)
    said = client.hello()
    assert said.version[0] == 1
    assert said.limits.lanes_per_session == 65_536
    task = client.describe("rdm_fixed")
    assert task.name == "PerceptualDecisionMaking"
    assert task.aliases == ("rdm_fixed", "rdm_fixed_dt")
    assert (task.chance, task.oracle_reward) == (0.5, 1)
    assert task.ideal_observer == pytest.approx(0.8095, abs=0.0005)
    assert task.presets[0].time_step_ms == 10
    assert task.condition(coherence=51.2, direction=-1) == 8
    before = client.status()
    assert client.status().requests == before.requests + 1


# ---- A server of this process's own


def test_all_environments_of_a_process_share_one_server_which_ends_with_the_last():
    first, second = hold_local_server(), hold_local_server()
    assert first is second
    held = first.holders
    let_go(second)
    assert first.holders == held - 1
    assert first.is_usable
    let_go(first)


HOLDER = """
import os, sys, time
from operant.local_server import hold_local_server
server = hold_local_server()
print(server.endpoint, server._process.pid, flush=True)
sys.stdin.read()
if sys.argv[1] == "raise":
    raise SystemExit("something broke")
"""


@pytest.mark.parametrize("end", ["return", "raise", "kill"])
def test_a_server_of_ones_own_ends_with_its_process_however_that_ends(end):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    place, server = process.stdout.readline().split()
    handle = os.pidfd_open(int(server))
    if end == "kill":
        process.send_signal(signal.SIGKILL)
    process.stdin.close()
    process.wait(10)
    process.stdout.close()
    # Readable once the server is over.
    poller = zmq.Poller()
    poller.register(handle, zmq.POLLIN)
    assert poller.poll(10_000)
    os.close(handle)
    assert not Path(place.removeprefix("ipc://")).exists()


def test_the_program_named_by_the_environment_is_the_one(monkeypatch, tmp_path):
    monkeypatch.setenv("OPERANT_SERVER", str(tmp_path / "nothing"))
    with pytest.raises(ServerNotFoundError, match=r"\$OPERANT_SERVER is .*nothing.*make build"):
        server_program()
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    monkeypatch.setenv("OPERANT_SERVER", str(program))
    assert server_program() == str(program)
    with pytest.raises(ServerGoneError, match="did not say within 10 s that it listens"):
        LocalServer()
