"""Where a server of one's own listens, how it starts and how it ends."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from raw_agent import RawAgent
from served_environments import Evidence, Wander

from operant import Client, Server
from operant.serving import EndpointError
from operant.serving.endpoint import Endpoint
from operant.v1 import gym_pb2

LOCAL = "tcp://127.0.0.1:*"


@pytest.mark.parametrize(
    "text",
    ["", "tcp://", "tcp://:5", "tcp://h:", "tcp://h:x", "tcp://h:-1", "tcp://h:65536", "ipc://"],
)
def test_what_is_no_endpoint_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(EndpointError) as raised:
        Endpoint(text)
    assert str(raised.value) == (
        f"{text!r} is not an endpoint; write tcp://127.0.0.1:5555 "
        "(tcp://127.0.0.1:* for any free port) or ipc:///path/of/a/socket"
    )


@pytest.mark.parametrize("text", ["udp://127.0.0.1:5", "127.0.0.1:5555", "inproc://a"])
def test_other_transports_are_not_served(text: str) -> None:
    with pytest.raises(EndpointError, match="is not an endpoint"):
        Server(Wander, text)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "192.168.0.7", "example.org", "127.evil", "[::]"])
def test_an_address_that_others_can_reach_takes_a_word_more(host: str) -> None:
    with pytest.raises(EndpointError) as raised:
        Server(Wander, f"tcp://{host}:5555")
    assert str(raised.value) == (
        f"tcp://{host}:5555 can be reached from other machines, and nobody is asked who they are; "
        "ask for keys by keys=FOLDER, bind to 127.0.0.1, or pass allow_strangers=True"
    )


def test_an_address_that_others_can_reach_is_bound_if_asked_to() -> None:
    with Server(Wander, "tcp://0.0.0.0:*", allow_strangers=True) as server:
        port = server.endpoint.rpartition(":")[2]
        assert Client(f"tcp://127.0.0.1:{port}").hello().tasks[0].name == "Wander"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.99"])
def test_a_free_port_is_found(host: str) -> None:
    with Server(Wander, f"tcp://{host}:*") as server, Server(Wander, LOCAL) as other:
        assert server.endpoint != other.endpoint
        for place in (server, other):
            assert int(place.endpoint.rpartition(":")[2]) > 0
            assert Client(place.endpoint).hello().version == (1, 4)


def has_ipv6() -> bool:
    """Return whether this machine can be reached by IPv6, if only by itself."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")
def test_agents_come_and_take_leave_by_ipv6() -> None:
    with Server(Evidence, "tcp://[::1]:*", name="Evidence") as server:
        client = Client(server.endpoint)
        session = Client(server.endpoint).open("Evidence")
        assert client.status().sessions == 1
        # Its farewell goes over a socket of its own.
        del session
        deadline = time.monotonic() + 10
        while client.status().sessions:
            assert time.monotonic() < deadline
        client.close()


def test_a_port_in_use_is_refused_by_name() -> None:
    with Server(Wander, LOCAL) as server:
        with pytest.raises(EndpointError) as raised:
            Server(Wander, server.endpoint)
        assert str(raised.value) == (
            f"{server.endpoint} is in use; stop the server that has it, or choose another endpoint"
        )


def test_an_address_that_is_not_this_machines_is_refused_with_the_systems_reason() -> None:
    with pytest.raises(EndpointError, match=r"can't use tcp://203\.0\.113\.1:5: "):
        Server(Wander, "tcp://203.0.113.1:5", allow_strangers=True)


def test_a_path_in_use_is_not_taken_away_from_the_server_that_has_it(tmp_path: Path) -> None:
    place = f"ipc://{tmp_path}/s"
    with Server(Wander, place) as server:
        with pytest.raises(EndpointError, match="is in use"):
            Server(Wander, place)
        assert Client(server.endpoint).status().sessions == 0
    assert not (tmp_path / "s").exists()


def test_a_path_that_is_a_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("of value")
    with pytest.raises(EndpointError, match="exists and is not a socket; choose another path"):
        Server(Wander, f"ipc://{path}")
    assert path.read_text() == "of value"


def test_a_socket_that_a_server_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with Server(Wander, f"ipc://{path}") as server:
        assert Client(server.endpoint).hello().version == (1, 4)


def test_a_path_that_is_too_long_is_refused_before_anything_is_bound() -> None:
    with pytest.raises(EndpointError, match="its path has 201 bytes, and a socket's can have 107"):
        Server(Wander, f"ipc:///{'x' * 200}")


# MARK: beginning and end


def test_a_stopped_server_leaves_its_endpoint_free_and_its_environments_closed() -> None:
    made: list[Evidence] = []

    def make() -> Evidence:
        made.append(Evidence())
        return made[-1]

    with Server(make, LOCAL, name="E") as server:
        Client(server.endpoint).open("E", lane_count=3).begin()
        assert [env.is_open for env in made] == [True] * 3
    assert [env.is_open for env in made] == [False] * 3
    with Server(make, server.endpoint, name="E") as again:
        assert Client(again.endpoint).status().sessions == 0


def test_a_server_runs_once_and_stops_from_any_thread() -> None:
    server = Server(Wander, LOCAL)
    thread = threading.Thread(target=server.run)
    thread.start()
    Client(server.endpoint).hello()
    with pytest.raises(RuntimeError, match="a server runs once; make another"):
        server.run()
    server.stop()
    thread.join()
    server.stop()
    server.run()


def test_a_server_that_never_ran_is_stopped_too() -> None:
    server = Server(Wander, LOCAL)
    server.stop()
    server.run()
    with pytest.raises(RuntimeError, match="a server runs once"):
        server.__enter__()
    Server(Wander, server.endpoint).stop()


def test_a_stop_waits_for_the_request_that_is_under_way() -> None:
    is_stepping, may_go_on = threading.Event(), threading.Event()

    class Slow(Wander):
        def step(self, action: object) -> object:  # type: ignore[override]
            if server is not None:
                is_stepping.set()
                assert may_go_on.wait(10)
            return super().step(1)

    server: Server | None = None
    first = Server(Slow, LOCAL)
    thread = threading.Thread(target=first.run)
    thread.start()
    with RawAgent(first.endpoint) as agent:
        agent.open("Slow")
        agent.begin()
        server = first
        step = gym_pb2.Step(choices=b"\0")
        request = gym_pb2.Request(sequence=2, session=agent.token, step=step)
        agent.socket.send(request.SerializeToString())
        assert is_stepping.wait(10)
        first.stop()
        may_go_on.set()
        reply = gym_pb2.Reply.FromString(agent.socket.recv())
        assert reply.frame.stages == b"\x02"
    thread.join()


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import operant
from served_environments import Evidence
operant.serve(Evidence, {endpoint!r})
print("done")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_it_listens_and_ends_in_order_at_a_signal(
    number: signal.Signals, tmp_path: Path
) -> None:
    endpoint = f"ipc://{tmp_path}/s"
    program = PROGRAM.format(tests=str(Path(__file__).parent), endpoint=endpoint)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(30)
        assert process.stdout.readline() == f"listening on {endpoint}\n"
        client = Client(endpoint)
        client.open("Evidence").begin()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stdout.read() == "done\n"
        assert process.stderr.read() == ""
        client.close()
    assert not (tmp_path / "s").exists()
