"""Replies that come twice, late, or for nobody."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import zmq
from fake_server import fake_server, welcome
from served_environments import Evidence

from operant import Client, OperantEnv, OperantVectorEnv, Server
from operant.errors import Code, MalformedReplyError, RefusedError, ServerSlowError
from operant.session import Frame
from operant.v1 import gym_pb2

Way = Callable[[bytes, bytes | None], list[bytes]]
"""From a reply and the one before it, if there was one over the connection, to what is sent."""

WAYS: dict[str, Way] = {
    "twice": lambda reply, _: [reply, reply],
    "with the one before, once more": lambda reply, former: [former or reply, reply],
    "after the one before, twice": lambda reply, former: [former or reply] * 2 + [reply],
}


@contextmanager
def stuttering(server: Server, way: Way) -> Iterator[str]:
    """Serve what a server answers, in some way; yields the endpoint."""
    context = zmq.Context()
    behind = context.socket(zmq.DEALER)
    behind.linger, behind.rcvtimeo = 0, 10_000
    behind.connect(server.endpoint)
    former: bytes | None = None

    def answer(request: gym_pb2.Request) -> list[bytes]:
        nonlocal former
        # Agents open each session over a connection that has seen no other.
        if request.HasField("open"):
            former = None
        behind.send(request.SerializeToString())
        reply = behind.recv()
        sent = way(reply, former)
        # Nor do they go on over one after a refusal in a session.
        is_refusal = gym_pb2.Reply.FromString(reply).HasField("refusal")
        former = None if is_refusal and request.session else reply
        return sent

    try:
        with fake_server(answer) as endpoint:
            yield endpoint
    finally:
        behind.close()
        context.term()


@contextmanager
def listening() -> Iterator[tuple[str, socket.socket]]:
    """Listen without being a server; yields the endpoint and the socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}", listener


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Evidence, "tcp://127.0.0.1:*", name="Evidence") as server:
        yield server


def seen_by_one(endpoint: str) -> list[object]:
    """Return what an environment shows over several sessions, one of which plays a trial again."""
    env = OperantEnv("Evidence", endpoint)
    seen: list[object] = []
    for seed, options in [(1, None), (2, None), (1, {"trial": 3}), (None, None)]:
        seen.append(env.reset(seed=seed, options=options)[0].tolist())
        # Holds for four steps, and answers.
        for action in [0, 0, 0, 0, 2]:
            observation, reward, terminated, truncated, _ = env.step(action)
            seen.append((observation.tolist(), reward, terminated, truncated))
    env.close()
    return seen


def seen_by_many(endpoint: str) -> list[object]:
    """Return what lanes show over two sessions."""
    env = OperantVectorEnv("Evidence", 5, endpoint)
    seen: list[object] = []
    for seed in (1, 2):
        seen.append(env.reset(seed=seed)[0].tolist())
        for _ in range(30):
            seen.append([column.tolist() for column in env.step(np.zeros(5, int))[:4]])
    env.close()
    return seen


def seen_by_one_who_is_refused(endpoint: str) -> list[object]:
    """Return what a session shows in which every other step is none of the task's."""
    session = Client(endpoint).open("Evidence", seed=1)
    seen = columns(session.begin())
    for action in [b"\0", b"\0", b"\2"]:
        # Has the number of the step that follows, since it does not use it up.
        with pytest.raises(RefusedError) as refused:
            session.step(b"\x09")
        assert refused.value.code is Code.BAD_ACTION
        seen += columns(session.step(action))
    session.close()
    return seen


def columns(frame: Frame) -> list[object]:
    return [frame.observations.tolist(), frame.rewards.tolist(), frame.stages.tolist()]


@pytest.mark.parametrize("play", [seen_by_one, seen_by_many, seen_by_one_who_is_refused])
@pytest.mark.parametrize("way", WAYS)
def test_replies_to_earlier_requests_are_passed_over(
    server: Server, way: str, play: Callable[[str], list[object]]
) -> None:
    with stuttering(server, WAYS[way]) as endpoint:
        assert play(endpoint) == play(server.endpoint)


@pytest.mark.parametrize("way", WAYS)
def test_a_client_hears_its_own_answers(server: Server, way: str) -> None:
    with stuttering(server, WAYS[way]) as endpoint:
        client = Client(endpoint)
        for _ in range(2):
            assert client.hello().tasks[0].name == "Evidence"
            assert client.describe("Evidence").name == "Evidence"
            session = client.open("Evidence")
            assert client.status().sessions == 1
            session.begin()
            session.close()
        client.close()


def test_sessions_that_are_played_in_turns_do_not_hear_each_others_answers(server: Server) -> None:
    with stuttering(server, WAYS["twice"]) as endpoint:
        clients = Client(endpoint), Client(server.endpoint)
        played = []
        for client in clients:
            # Both number their requests alike.
            sessions = [client.open("Evidence", seed=seed) for seed in (1, 2)]
            frames = [columns(session.begin()) for session in sessions]
            for _ in range(5):
                frames += [columns(session.step(b"\0")) for session in sessions]
            for session in sessions:
                session.close()
            played.append(frames)
        assert played[0] == played[1]
        assert played[0][0] != played[0][1]
        for client in clients:
            client.close()


def test_nobody_waits_longer_for_a_server_that_tells_nothing_new(server: Server) -> None:
    is_stuck = True
    first = b""

    def repeat(reply: bytes, _: bytes | None) -> list[bytes]:
        # The begin's reply over and over, in place of the first step's.
        nonlocal first
        sequence = gym_pb2.Reply.FromString(reply).sequence
        if sequence == 1:
            first = reply
        return [first] * 1000 if is_stuck and sequence == 2 else [reply]

    with stuttering(server, repeat) as endpoint:
        client = Client(endpoint, 0.6)
        session = client.open("Evidence", seed=1)
        session.begin()
        start = time.monotonic()
        with pytest.raises(ServerSlowError, match=r"is there but has not answered within 0\.6 s"):
            session.step(b"\0")
        assert 0.5 < time.monotonic() - start < 2
        is_stuck = False
        undisturbed = Client(server.endpoint).open("Evidence", seed=1)
        undisturbed.begin()
        # The step that was not answered was carried out, and counts once.
        for _ in range(3):
            assert columns(session.step(b"\0")) == columns(undisturbed.step(b"\0"))
        session.close()
        undisturbed.close()
        client.close()


def test_a_late_answer_to_something_else_does_not_prolong_the_time_out() -> None:
    first = b""

    def answer(request: gym_pb2.Request) -> bytes | None:
        nonlocal first
        if not first:
            first = welcome(request)
            return first
        # Just before the socket is given up, after a third of the time-out.
        time.sleep(0.45)
        return first

    with fake_server(answer) as endpoint:
        client = Client(endpoint, 1.5)
        client.hello()
        start = time.monotonic()
        with pytest.raises(ServerSlowError):
            client.hello()
        assert 1.4 < time.monotonic() - start < 1.8
        client.close()


@pytest.mark.parametrize("number", [0, 1, 5, 2**63 - 1, 2**63, 2**64 - 1])
def test_an_answer_to_what_nobody_asked_is_not_believed(number: int) -> None:
    def answer(request: gym_pb2.Request) -> list[bytes]:
        strange = gym_pb2.Reply(sequence=number, closed=gym_pb2.Closed())
        return [strange.SerializeToString(), welcome(request)]

    with fake_server(answer) as endpoint:
        client = Client(endpoint, 1)
        with pytest.raises(MalformedReplyError, match=f"and nobody asked {number};"):
            client.hello()
        client.close()


def test_a_session_does_not_believe_the_answer_to_a_request_to_come(server: Server) -> None:
    def ahead(reply: bytes, _: bytes | None) -> list[bytes]:
        said = gym_pb2.Reply.FromString(reply)
        said.sequence += said.HasField("frame")
        return [said.SerializeToString()]

    with stuttering(server, ahead) as endpoint:
        session = Client(endpoint, 1).open("Evidence")
        with pytest.raises(MalformedReplyError, match="answered request 2 when asked request 1"):
            session.begin()


def test_an_agent_outlasts_a_peer_that_hangs_up_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with zmq.Context() as context, listening() as (place, listener):
        # As fast as can be, so that nobody has to wait for it.
        context.reconnect_ivl = 1
        monkeypatch.setattr("operant.connection._context", lambda: context)
        numbers: list[int] = []

        def answer(request: gym_pb2.Request) -> bytes | None:
            numbers.append(request.sequence)
            return welcome(request) if len(numbers) > 1 else None

        with fake_server(answer) as endpoint:
            client = Client(endpoint, 0.6)
            connection = client._connection
            # Asked twice, the second time over a socket that is watched.
            client.hello()
            assert numbers == [2**64 - 2] * 2
            assert connection._socket is not None
            connection._socket.connect(place)
            try:
                # libzmq holds back its thread when some 2000 events wait; a hang-up makes three.
                for _ in range(1500):
                    listener.accept()[0].close()
            finally:
                listener.close()
                while connection._monitor is not None and connection._monitor.poll(100):
                    connection._monitor.recv_multipart()
                client.close()
