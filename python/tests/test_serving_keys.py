"""Servers of Python that ask for keys."""

import errno
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq
from keyed import Keyring, make_key
from served_environments import Evidence, Wander
from zmq.utils.monitor import recv_monitor_message

from operant import Client, OperantVectorEnv, Server
from operant.errors import (
    KeyFileError,
    KeyFileOpenError,
    KeyFileUnreadableError,
    NotLetInError,
)
from operant.keys import Keys, read_pair
from operant.serving import EndpointError
from operant.serving.authorised_keys import AuthorisedKeys
from operant.serving.command import main
from operant.serving.doorkeeper import Doorkeeper
from operant.serving.trust import stranded_user
from operant.v1 import gym_pb2

LOCAL = "tcp://127.0.0.1:*"


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path)


@pytest.fixture
def server(ring: Keyring) -> Iterator[Server]:
    with Server(Evidence, LOCAL, keys=ring.server) as server:
        yield server


def knock(endpoint: str, keys: Keys | None, message: bytes = b"") -> int:
    """Return what becomes of a handshake, whose agent has something to say and is not answered."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        if keys is not None:
            keys.show(dealer)
        monitor = dealer.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        dealer.connect(endpoint)
        if message:
            dealer.send(message)
        assert monitor.poll(10_000)
        event = recv_monitor_message(monitor)["event"]
        if message:
            assert not dealer.poll(100)
        dealer.disable_monitor()
        monitor.close(linger=0)
    return int(event)


def await_rejections(client: Client, count: int) -> None:
    """Ask until so many are counted, for ten seconds at most; the doorkeeper has its own thread."""
    deadline = time.monotonic() + 10
    while client.status().rejected_peers < count:
        assert time.monotonic() < deadline


# MARK: who comes in


@pytest.mark.parametrize("endpoint", [LOCAL, "tcp://0.0.0.0:*", "ipc"])
def test_who_is_authorised_plays_as_if_there_were_no_keys(
    ring: Keyring, endpoint: str, tmp_path: Path
) -> None:
    place = f"ipc://{tmp_path}/s" if endpoint == "ipc" else endpoint
    with Server(Evidence, place, keys=ring.server) as far, Server(Evidence, LOCAL) as near:
        reachable = far.endpoint.replace("0.0.0.0", "127.0.0.1")
        theirs = OperantVectorEnv("Evidence", 4, reachable, server_key=ring.public, key=ring.alice)
        ours = OperantVectorEnv("Evidence", 4, near.endpoint)
        np.testing.assert_array_equal(ours.reset(seed=97)[0], theirs.reset(seed=97)[0])
        for _ in range(20):
            for one, other in zip(
                ours.step(np.zeros(4, int))[:4], theirs.step(np.zeros(4, int))[:4], strict=True
            ):
                np.testing.assert_array_equal(one, other)
        # Nor does the stranger count with whom the server tried its own door.
        assert ring.client(reachable, ring.alice).status().rejected_peers == 0
        theirs.close()
        ours.close()


def test_nobody_else_comes_in_and_each_learns_why_and_is_counted(
    ring: Keyring, server: Server
) -> None:
    alice = ring.client(server.endpoint, ring.alice)
    foreign = ring.mallory.with_suffix(".pub")
    for client, words in (
        (
            ring.client(server.endpoint, ring.mallory),
            r"is not authorised; put its \.pub file into",
        ),
        (Client(server.endpoint, 2), r"if it is a server that asks|nobody without a key"),
        (
            Client(server.endpoint, 0.6, server_key=foreign, key=ring.alice),
            "it is not the server whose key is",
        ),
    ):
        before = alice.status().rejected_peers
        with pytest.raises(NotLetInError, match=words):
            client.hello()
        # Before the next one knocks, who knocks more than once, too.
        await_rejections(alice, before + 1)


def test_not_a_byte_of_a_stranger_is_read(ring: Keyring, server: Server) -> None:
    hello = gym_pb2.Request(sequence=1, hello=gym_pb2.Hello(major=1)).SerializeToString()
    mallory, alice = read_pair(ring.mallory), read_pair(ring.alice)
    public = read_pair(ring.own).public
    # Alice's public half is for everybody to know, and of no use without the other.
    for keys in (
        None,
        Keys(public, mallory.public, mallory.secret),
        Keys(public, alice.public, mallory.secret),
    ):
        assert knock(server.endpoint, keys, hello) != zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert ring.client(server.endpoint, ring.alice).status().requests == 0


def test_a_key_counts_from_when_it_lies_there_until_it_is_taken_away(
    ring: Keyring, server: Server
) -> None:
    client = ring.client(server.endpoint, ring.mallory)
    with pytest.raises(NotLetInError):
        client.hello()
    public = ring.authorise(ring.mallory)
    assert client.hello().version[0] == 1
    public.unlink()
    # Who is in stays in; who comes again does not.
    assert client.hello().version[0] == 1
    client.close()
    with pytest.raises(NotLetInError):
        client.hello()


def test_nobody_comes_in_while_others_can_put_keys_there(ring: Keyring, server: Server) -> None:
    client = ring.client(server.endpoint, ring.alice)
    ring.authorised.chmod(0o777)
    with pytest.raises(NotLetInError):
        client.hello()
    ring.authorised.chmod(0o700)
    assert client.hello().version[0] == 1


def test_a_server_without_keys_turns_away_who_wants_it_to_have_some(ring: Keyring) -> None:
    words = r"has no keys, so|it is not the server whose"
    with Server(Evidence, LOCAL) as server, pytest.raises(NotLetInError, match=words):
        ring.client(server.endpoint, ring.alice, 0.6).hello()


def test_a_server_without_keys_counts_who_wants_it_to_have_some() -> None:
    # ZMTP's greeting (https://rfc.zeromq.org/spec/23): signature, version, mechanism, role, filler.
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
    with Server(Evidence, LOCAL) as server:
        host, _, port = server.endpoint.removeprefix("tcp://").rpartition(":")
        with socket.create_connection((host, int(port)), 10) as peer:
            peer.sendall(greeting)
            while peer.recv(100):
                pass
        await_rejections(Client(server.endpoint), 1)


# MARK: what is written about it


def test_a_file_that_is_no_key_is_told_of_and_keeps_nobody_else_out(
    ring: Keyring, server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (ring.authorised / "notes.pub").write_text("operant-key 1\npublic abc\n")
    (ring.authorised / "readme.txt").write_text("who may come in")
    (ring.authorised / "gone.pub").symlink_to("nowhere")
    (ring.authorised / "round.pub").symlink_to("round.pub")
    # Whoever can write where it lies could let in anybody.
    (ring.authorised / "bob.pub").symlink_to(make_key(tmp_path, "bob").with_suffix(".pub"))
    ring.authorise(ring.mallory).chmod(0o664)
    assert ring.client(server.endpoint, ring.alice).hello().version[0] == 1
    assert [line.message for line in caplog.records] == [
        f"{ring.authorised}/bob.pub is a link; put the file itself there",
        f"{ring.authorised}/gone.pub is a link; put the file itself there",
        f"others can put another key into {ring.authorised}/mallory.pub (mode 664); "
        f"run: chmod go-w {ring.authorised}/mallory.pub",
        f"{ring.authorised}/notes.pub is no key file; make one by 'operant keygen'",
        f"{ring.authorised}/round.pub is a link; put the file itself there",
    ]
    for stranger in (ring.mallory, tmp_path / "bob.key"):
        with pytest.raises(NotLetInError):
            ring.client(server.endpoint, stranger).hello()


def test_a_folder_that_is_named_like_a_key_is_none_and_is_not_left_open(ring: Keyring) -> None:
    (ring.authorised / "folder.pub").mkdir(0o700)
    os.mkfifo(ring.authorised / "pipe.pub", 0o600)
    keys = AuthorisedKeys(ring.server)
    descriptors = len(list(Path("/dev/fd").iterdir()))
    assert [str(error) for error in keys.reread() or []] == [
        f"{ring.authorised}/{name}.pub is no key file; make one by 'operant keygen'"
        for name in ("folder", "pipe")
    ]
    # They are looked at once, and have changed no more than the others.
    assert keys.reread() is None
    assert keys.name(read_pair(ring.alice).public) == "alice.pub"
    assert len(list(Path("/dev/fd").iterdir())) == descriptors


def test_a_stranger_that_knocks_for_ever_does_not_fill_the_log(
    ring: Keyring,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("operant.serving.doorkeeper.monotonic", lambda: now)
    pair = read_pair(ring.mallory)
    keys = Keys(read_pair(ring.own).public, pair.public, pair.secret)
    for _ in range(103):
        assert knock(server.endpoint, keys) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert len(caplog.records) == 100
    now += 1
    knock(server.endpoint, keys)
    assert caplog.records[-1].levelno == logging.WARNING
    told = caplog.records[-1].message
    assert told.startswith(f"the key {pair.public.decode()} of somebody at 127.0.0.1 is not")
    assert told.endswith("(3 lines were left out before this one)")
    assert ring.client(server.endpoint, ring.alice).status().rejected_peers == 104


# MARK: what keeps a server from running


def test_a_server_that_lets_in_a_stranger_does_not_run(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Doorkeeper, "_admit", lambda *_: "anybody")
        with pytest.raises(EndpointError, match="let in a key that nobody has authorised") as told:
            Server(Evidence, LOCAL, keys=ring.server)
    # And leaves its endpoint free.
    place = str(told.value).split()[3]
    with Server(Evidence, place, keys=ring.server) as server:
        assert ring.client(server.endpoint, ring.alice).hello().version[0] == 1


def test_a_server_whose_door_can_not_be_tried_does_not_run(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(doorkeeper: Doorkeeper) -> None:
        doorkeeper._stopped.recv()

    monkeypatch.setattr(Doorkeeper, "_attend", sleep)
    monkeypatch.setattr("operant.serving.stranger_trial._PATIENCE_MS", 200)
    with pytest.raises(EndpointError, match="it can't be tried whether strangers stay out"):
        Server(Evidence, LOCAL, keys=ring.server)


def test_a_doorkeeper_that_stumbles_lets_in_nobody_until_it_is_over(
    ring: Keyring,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: object) -> None:
        raise LookupError("the rig has come loose")

    with monkeypatch.context() as patched:
        patched.setattr(AuthorisedKeys, "reread", stumble)
        with pytest.raises(OSError, match=r"no reply|hangs up|has not answered"):
            ring.client(server.endpoint, ring.alice, 0.6).hello()
    assert caplog.records[0].message == (
        "somebody was not let in, since looking for the key failed: "
        "LookupError('the rig has come loose')"
    )
    assert ring.client(server.endpoint, ring.alice).hello().version[0] == 1
    with pytest.raises(NotLetInError, match="is not authorised"):
        ring.client(server.endpoint, ring.mallory).hello()


def test_each_doubt_about_an_empty_folder_is_told_once(ring: Keyring) -> None:
    for path in ring.authorised.iterdir():
        path.unlink()
    keys = AuthorisedKeys(ring.server)
    assert keys.reread() == []
    for mode in (0o770, 0o777):
        ring.authorised.chmod(mode)
        told = keys.reread()
        assert told is not None
        assert [f"(mode {mode:o})" in str(error) for error in told] == [True]
        assert keys.reread() is None
    ring.authorised.chmod(0o700)
    assert keys.reread() == []


def test_keys_that_can_not_be_used_are_told_with_what_to_do(ring: Keyring, tmp_path: Path) -> None:
    def refusal(kind: type[KeyFileError]) -> str:
        with pytest.raises(kind) as raised:
            Server(Wander, "tcp://0.0.0.0:*", keys=ring.server)
        assert type(raised.value) is kind
        return str(raised.value)

    ring.authorised.chmod(0o720)
    assert refusal(KeyFileOpenError) == (
        f"others can put keys into {ring.authorised} (mode 720); run: chmod go-w {ring.authorised}"
    )
    ring.authorised.chmod(0o700)
    tmp_path.chmod(0o770)
    assert refusal(KeyFileOpenError) == (
        f"others can write to {tmp_path} (mode 770) and put another folder in the place of "
        f"{ring.server}, which leads to the keys; run: chmod go-w {tmp_path}, or keep the keys "
        "where only you can write"
    )
    # The sticky bit keeps people from moving what is not theirs.
    tmp_path.chmod(0o1777)
    Server(Wander, LOCAL, keys=ring.server).stop()
    tmp_path.chmod(0o700)
    ring.authorised.rename(tmp_path / "elsewhere")
    assert refusal(KeyFileUnreadableError) == (
        f"can't read the keys in {ring.authorised}: No such file or directory"
    )
    ring.own.chmod(0o640)
    assert refusal(KeyFileOpenError) == (
        f"{ring.own} holds a secret, and others can read it (mode 640); run: chmod 600 {ring.own}"
    )
    ring.own.chmod(0o600)
    public, secret = ring.alice.read_text(), ring.mallory.read_text()
    ring.own.write_text("\n".join([*public.splitlines()[:2], secret.splitlines()[2]]))
    assert "its two lines are of two keys" in refusal(KeyFileError)
    ring.own.write_bytes(ring.public.read_bytes())
    assert "holds a public key only" in refusal(KeyFileError)
    ring.own.unlink()
    os.mkfifo(ring.own, 0o600)
    assert "is no key file" in refusal(KeyFileError)
    ring.own.unlink()
    assert refusal(KeyFileUnreadableError).endswith(
        "No such file or directory; 'operant-server keygen' and 'operant keygen' make keys"
    )


def test_a_pyzmq_that_can_not_use_keys_is_told_from_files_that_are_none(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lack(_secret: bytes) -> bytes:
        raise zmq.ZMQError(errno.ENOTSUP)

    # As both behave in a libzmq that was built without CURVE.
    monkeypatch.setattr("zmq.has", lambda capability: capability != "curve")
    monkeypatch.setattr("zmq.curve_public", lack)
    told = ": this pyzmq was built without CURVE; install one with it, as pip does"
    with pytest.raises(KeyFileError) as raised:
        ring.client("tcp://127.0.0.1:5555", ring.alice)
    assert str(raised.value) == f"can't show the key in {ring.alice}{told}"
    with pytest.raises(EndpointError) as refused:
        Server(Wander, LOCAL, keys=ring.server)
    assert str(refused.value) == f"can't ask for keys at {LOCAL}{told}"


def test_a_libzmq_that_can_not_insist_on_a_doorkeeper_asks_it_all_the_same(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_option = zmq.Socket.setsockopt

    def refuse(socket: "zmq.Socket[bytes]", option: int, value: int) -> None:
        # As one does that is older than the option.
        if option == zmq.ZAP_ENFORCE_DOMAIN:
            raise zmq.ZMQError(errno.EINVAL)
        set_option(socket, option, value)

    monkeypatch.setattr(zmq.Socket, "setsockopt", refuse)
    with Server(Evidence, LOCAL, keys=ring.server) as server:
        assert ring.client(server.endpoint, ring.alice).hello().version[0] == 1
        with pytest.raises(NotLetInError):
            ring.client(server.endpoint, ring.mallory).hello()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("whose", ["authorised", "above"])
def test_keys_in_somebody_elses_folder_are_not_trusted(ring: Keyring, whose: str) -> None:
    folder = ring.authorised if whose == "authorised" else ring.server
    os.chown(folder, 12345, -1)
    with pytest.raises(KeyFileOpenError) as raised:
        Server(Wander, LOCAL, keys=ring.server)
    assert str(raised.value).startswith(
        f"{folder} belongs to user 12345, who could let in anybody; the folder of keys and all "
        "above it have to belong to root, as whom this runs: run it as user 12345, or make a folder"
    )


def test_roots_folders_are_trusted_where_root_has_no_number() -> None:
    # As user_namespaces(7) has them: everybody; one user, and root is shown as 65534; no map.
    assert stranded_user("         0          0 4294967295\n", "65534\n") is None
    assert stranded_user("      1000       1000          1\n", "65534\n") == 65534
    assert stranded_user("0 1000 1\n1 100000 65536\n", "65534") is None
    assert stranded_user("0 1000 1\n", "99\n") == 99
    assert stranded_user("0 0 1\n998 998 1\n", "65534\n") is None
    assert stranded_user("", "") is None


# MARK: the command


def end(*arguments: str) -> int:
    """Return the code with which the command ends."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def test_the_command_refuses_with_operant_servers_codes(
    ring: Keyring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("mine_.py").write_text(
        "from gymnasium.error import DependencyNotInstalled\n"
        "from served_environments import Wander\n"
        "what = 3\n"
        "def lander():\n"
        "    raise DependencyNotInstalled('Box2D is not installed')\n"
        "def robot():\n"
        "    import a_physics_engine\n"
    )
    ring.own.chmod(0o644)
    for arguments, code, words in (
        (
            ("mine_:Wander", "--bind", "tcp://*:*"),
            64,
            "ask for keys by --keys FOLDER, bind to 127.0.0.1, or pass --allow-strangers",
        ),
        (("mine_:Wander", "--bind", "nowhere"), 64, "is not an endpoint"),
        (("mine_:what",), 64, "make_env is 3; it has to be a function"),
        (("mine_:Wonder",), 64, "Wonder"),
        (("nobodys:Wander",), 64, "No module named 'nobodys'"),
        (("mine_:lander",), 65, "Box2D is not installed"),
        (("mine_:robot",), 65, "No module named 'a_physics_engine'"),
        (("CartPole-v1", "--keys", "nothing"), 66, "can't read the key in nothing/server.key"),
        (("CartPole-v1", "--keys", "keys"), 77, "run: chmod 600 keys/server.key"),
        (("CartPole-v1", "--bind", "tcp://203.0.113.1:5", "--allow-strangers"), 69, "can't use"),
        (("CartPole-v1", "--bind", LOCAL, "--announce", "no/where"), 73, "can't announce the"),
    ):
        assert end(*arguments) == code
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("operant-serve: ")
        assert words in said.err


@pytest.mark.parametrize("is_succeeded", [False, True])
def test_the_command_serves_announces_itself_and_ends_in_order(
    ring: Keyring, tmp_path: Path, is_succeeded: bool
) -> None:
    (tmp_path / "mine.py").write_text("from served_environments import Wander\n")
    announced = tmp_path / "servers" / "a"
    announced.parent.mkdir()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "operant.serving", "mine:Wander"),
            *("--bind", "tcp://0.0.0.0:*"),
            *("--keys", ring.server),
            *("--announce", announced),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        place = process.stdout.readline().removeprefix("listening on ").strip()
        port = place.rpartition(":")[2]
        said = announced.read_text()
        assert said.startswith("tcp://")
        assert said.endswith(f":{port}\n")
        assert "0.0.0.0" not in said
        assert [path.name for path in announced.parent.iterdir()] == ["a"]
        assert announced.stat().st_mode & 0o777 == 0o644
        client = ring.client(f"tcp://127.0.0.1:{port}", ring.alice)
        assert client.hello().tasks[0].name == "Wander"
        client.close()
        if is_succeeded:
            # Another server, which has come to the same port under the same name.
            (tmp_path / "other").write_text(said)
            (tmp_path / "other").replace(announced)
        process.terminate()
        assert process.wait(10) == 0
    assert announced.exists() == is_succeeded
