"""Agents of Python and servers that ask for keys."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from operant import Client, OperantEnv, OperantVectorEnv
from operant.errors import KeyFileError, NotLetInError
from operant.keys import find_keys
from operant.local_server import server_program


class Keyed(NamedTuple):
    """A server with keys that lets in alice, and mallory's key."""

    endpoint: str
    server_key: Path
    alice: Path
    mallory: Path
    authorised: Path


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    folder = tmp_path_factory.mktemp("keys")
    program = server_program()
    for name in ["server", "alice", "mallory"]:
        subprocess.run(
            [program, "keygen", "--folder", str(folder / name)], check=True, capture_output=True
        )
    keys = folder / "server"
    shutil.copy(folder / "alice" / "server.pub", keys / "authorised" / "alice.pub")
    arguments = ["--bind", "tcp://127.0.0.1:*", "--keys", str(keys), "--log-level", "error"]
    with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        endpoint = process.stdout.readline().removeprefix("listening on ").strip()
        yield Keyed(
            endpoint,
            keys / "server.pub",
            folder / "alice" / "server.key",
            folder / "mallory" / "server.key",
            keys / "authorised",
        )
        process.terminate()


def test_an_authorised_key_is_let_in(keyed: Keyed) -> None:
    client = Client(keyed.endpoint, server_key=keyed.server_key, key=keyed.alice)
    assert client.hello().version[0] == 1
    status = client.status()
    assert status.latency is not None
    assert 0 < status.latency.median_us <= status.latency.slow_us


def test_the_environment_names_keys(keyed: Keyed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERANT_SERVER_KEY", str(keyed.server_key))
    monkeypatch.setenv("OPERANT_KEY", str(keyed.alice))
    assert Client(keyed.endpoint).hello().version[0] == 1
    # A server of one's own asks for none.
    own = OperantEnv("rdm_fixed")
    own.close()


def test_environments_play_the_same_with_keys_as_without(keyed: Keyed, endpoint: str) -> None:
    near = OperantVectorEnv("rdm_fixed", 4, endpoint)
    far = OperantVectorEnv(
        "rdm_fixed", 4, keyed.endpoint, server_key=keyed.server_key, key=keyed.alice
    )
    np.testing.assert_array_equal(near.reset(seed=97)[0], far.reset(seed=97)[0])
    for _ in range(50):
        for ours, theirs in zip(
            near.step(np.zeros(4, int))[:4], far.step(np.zeros(4, int))[:4], strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
    near.close()
    far.close()


def test_a_stranger_learns_why_it_is_not_let_in(keyed: Keyed) -> None:
    client = Client(keyed.endpoint, server_key=keyed.server_key, key=keyed.mallory)
    start = time.monotonic()
    with pytest.raises(NotLetInError, match=r"is not authorised; put its \.pub file into"):
        client.hello()
    assert time.monotonic() - start < 4
    with pytest.raises(NotLetInError, match=r"if it is a server that asks|nobody without a key"):
        Client(keyed.endpoint).hello()
    with pytest.raises(NotLetInError, match="it is not the server whose key is"):
        Client(keyed.endpoint, 1.0, server_key=keyed.mallory, key=keyed.alice).hello()
    alice = Client(keyed.endpoint, server_key=keyed.server_key, key=keyed.alice)
    assert alice.status().rejected_peers >= 3
    # From the moment its key lies there it is no stranger.
    public = keyed.authorised / "mallory.pub"
    shutil.copy(keyed.mallory.with_suffix(".pub"), public)
    assert client.hello().version[0] == 1
    client.close()
    public.unlink()
    with pytest.raises(NotLetInError):
        client.hello()


def test_keys_are_not_shown_to_a_server_without_any(keyed: Keyed) -> None:
    program = server_program()
    with subprocess.Popen(
        [program, "--bind", "tcp://127.0.0.1:*", "--log-level", "error"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        endpoint = process.stdout.readline().removeprefix("listening on ").strip()
        try:
            with pytest.raises(NotLetInError, match=r"has no keys, so|it is not the server whose"):
                Client(endpoint, server_key=keyed.server_key, key=keyed.alice).hello()
        finally:
            process.terminate()


def test_key_files_are_checked(keyed: Keyed, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="keys come in two"):
        find_keys(keyed.server_key, None)
    with pytest.raises(KeyFileError, match="No such file"):
        find_keys(keyed.server_key, tmp_path / "a.key")
    with pytest.raises(KeyFileError, match="holds a public key only"):
        find_keys(keyed.server_key, keyed.server_key)
    (tmp_path / "b.key").write_text("nonsense")
    with pytest.raises(KeyFileError, match="is no key file"):
        find_keys(tmp_path / "b.key", keyed.alice)
    shutil.copy(keyed.alice, tmp_path / "c.key")
    (tmp_path / "c.key").chmod(0o644)
    with pytest.raises(KeyFileError, match=r"\(mode 644\); run: chmod 600"):
        find_keys(keyed.server_key, tmp_path / "c.key")
    with pytest.raises(ValueError, match="pass its endpoint, too"):
        OperantEnv("rdm_fixed", server_key=keyed.server_key, key=keyed.alice)
