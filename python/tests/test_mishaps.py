"""What happens to agents: slow servers, dead ones, Ctrl-C, forks, threads, and things forgotten."""

import copy
import gc
import multiprocessing
import os
import pickle
import select
import signal
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from operant import Client, Dataset, OperantEnv, OperantVectorEnv
from operant.errors import OperantError, ServerGoneError, ServerSlowError, SessionLostError
from operant.local_server import LocalServer
from operant.vector import AutoresetMode


@pytest.fixture
def server():
    server = LocalServer()
    yield server
    server._process.send_signal(signal.SIGCONT)
    server.end()


def await_truth(is_true):
    """Ask until something comes true, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline


def held(env, steps):
    """Return what is seen over so many steps of fixation."""
    return [env.step(0)[0].tolist() for _ in range(steps)]


@pytest.fixture
def expected(endpoint):
    """The first observations of seed 1, of a subject that fixates."""
    env = OperantEnv("rdm_fixed", endpoint)
    first = env.reset(seed=1)[0].tolist()
    seen = held(env, 90)
    env.close()
    return first, seen


def stall(env, server, action):
    """Choose an action that a server carries out too late."""
    server._process.send_signal(signal.SIGSTOP)
    with pytest.raises(ServerSlowError):
        env.step(action)
    server._process.send_signal(signal.SIGCONT)


def test_a_step_that_was_answered_too_late_can_be_made_again_and_counts_once(server, expected):
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=0.6)
    env.reset(seed=1)
    seen = held(env, 76)
    stall(env, server, 0)
    assert seen + held(env, 14) == expected[1]
    env.close()


def test_another_step_than_the_one_that_was_not_answered_is_refused(server):
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=0.6)
    env.reset(seed=1)
    stall(env, server, 0)
    with pytest.raises(OperantError, match="choose the same action again, or call reset"):
        env.step(1)
    assert not env.step(0)[2]
    env.close()


def test_a_reset_after_a_step_that_was_not_answered_begins_anew(server, expected):
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=0.6)
    env.reset(seed=1)
    stall(env, server, 1)
    assert env.reset(seed=1)[0].tolist() == expected[0]
    assert held(env, 90) == expected[1]
    env.close()


def test_a_step_that_was_interrupted_leaves_nothing_behind(endpoint, expected):
    env = OperantEnv("rdm_fixed", endpoint)

    class Interrupted:
        """A socket whose user presses Ctrl-C while it waits."""

        def __init__(self, socket):
            self.socket = socket

        def recv(self):
            raise KeyboardInterrupt

        def __getattr__(self, name):
            return getattr(self.socket, name)

    env.reset(seed=1)
    for _ in range(5):
        connection = env._seat._client._connection
        connection._socket = Interrupted(connection._socket)
        with pytest.raises(KeyboardInterrupt):
            env.step(0)
        assert env.reset(seed=1)[0].tolist() == expected[0]
        assert held(env, 90) == expected[1]
    env.close()


def test_a_masked_reset_that_would_take_the_other_lanes_trials_is_refused(endpoint):
    env = OperantVectorEnv("rdm_fixed", 2, endpoint, autoreset_mode=AutoresetMode.DISABLED)
    mask = {"reset_mask": np.array([True, False])}
    with pytest.raises(ValueError, match="without reset_mask"):
        env.reset(seed=1, options=mask)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="without reset_mask"):
        env.reset(seed=2, options=mask)
    # Lost with its server: the other lanes have no trial to go on with.
    env._player._session.close()
    with pytest.raises(SessionLostError):
        env.reset(options=mask)
    assert env.reset()[0].tolist() == [[1, 0, 0]] * 2
    env.close()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps])
def test_a_live_session_is_not_copied(endpoint, duplicate):
    env = OperantEnv("rdm_fixed", endpoint)
    with pytest.raises(TypeError, match=r"copy env\.spec"):
        duplicate(env)
    env.reset(seed=1)
    env.close()


def _in_child(make, use, told):
    try:
        use(make)
        told.put("nothing was raised")
    except OperantError as error:
        told.put(str(error))


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (lambda place: OperantEnv("rdm_fixed", place), lambda env: env.reset()),
        (lambda place: Dataset("rdm_fixed", 2, 1, endpoint=place), next),
    ],
)
def test_what_was_made_before_a_fork_says_so_after_it(endpoint, make, use):
    made = make(endpoint)
    use(made)
    forking = multiprocessing.get_context("fork")
    told = forking.SimpleQueue()
    child = forking.Process(target=_in_child, args=(made, use, told))
    child.start()
    assert "made in another process" in told.get()
    child.join()
    use(made)
    made.close()


def test_a_second_thread_is_refused(server):
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=2)
    env.reset(seed=1)
    server._process.send_signal(signal.SIGSTOP)
    first = threading.Thread(target=lambda: env.step(0))
    first.start()
    connection = env._seat._client._connection
    await_truth(connection._lock.locked)
    with pytest.raises(OperantError, match="one for each thread"):
        env.step(0)
    server._process.send_signal(signal.SIGCONT)
    first.join()
    env.step(0)
    env.close()


def test_a_server_of_ones_own_that_died_is_replaced_at_the_next_reset(monkeypatch):
    # Not the one that other tests play at.
    monkeypatch.setattr("operant.local_server._running", None)
    env = OperantEnv("rdm_fixed", time_out=1)
    env.reset(seed=1)
    env._seat._local._process.kill()
    env._seat._local._process.wait()
    with pytest.raises(ServerGoneError):
        env.step(0)
    assert env.reset(seed=1)[0].tolist() == [1, 0, 0]
    env.close()


def test_closing_never_fails(server):
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=0.3)
    dataset = Dataset("rdm_fixed", 2, 1, endpoint=server.endpoint, time_out=0.3)
    env.reset(seed=1)
    server._process.send_signal(signal.SIGSTOP)
    env.close()
    dataset.close()


def test_what_is_dropped_without_being_closed_is_forgotten(server):
    client = Client(server.endpoint)
    for _ in range(3):
        env = OperantEnv("rdm_fixed", server.endpoint)
        env.reset(seed=1)
    dropped = weakref.ref(env)
    del env
    gc.collect()
    assert dropped() is None
    # The farewells are under way on sockets of their own.
    await_truth(lambda: client.status().sessions == 0)


def test_no_folder_is_left_of_a_server_whose_holder_is_killed():
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        held = LocalServer()
        os.write(writable, f"{held.endpoint} {held._process.pid}".encode())
        signal.pause()
    place, process = os.read(readable, 1000).decode().split()
    handle = os.pidfd_open(int(process))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(readable)
    os.close(writable)
    # Readable once the server is over.
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)
    assert not Path(place.removeprefix("ipc://")).parent.exists()


def test_a_closed_data_set_says_so(endpoint):
    with Dataset("rdm_fixed", 2, 1, endpoint=endpoint) as dataset:
        next(dataset)
    with pytest.raises(OperantError, match="closed; make another"):
        next(dataset)


@pytest.mark.parametrize("index", [0.5, "a", slice(2)])
def test_a_batch_has_a_whole_number(endpoint, index):
    dataset = Dataset("rdm_fixed", 2, 1, endpoint=endpoint)
    with pytest.raises(TypeError, match="batches are numbered"):
        dataset[index]
    dataset.close()


def test_numbers_of_numpy_are_numbers(endpoint):
    settings = {"noise": np.float32(0.5), "fixation": np.int64(100), "coherences": np.array([5])}
    env = OperantEnv("rdm_fixed", endpoint, settings=settings, time_step_ms=np.int64(20))
    env.reset(seed=np.int64(3), options={"condition": np.int64(1), "trial": np.uint8(4)})
    assert env.step(np.int64(1))[4]["condition"] == 1
    dataset = Dataset("rdm_rt", 2, 1, endpoint=endpoint, conditions=np.array([1, 2]))
    assert next(dataset).trials.condition.tolist() == [1, 2]
    dataset.close()
    env.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"lane_count": -1}, "'lane_count' is -1"),
        ({"seed": 1.5}, "'seed' is 1.5"),
        ({"time_step_ms": "a"}, "'time_step_ms' is 'a'"),
        ({"settings": {"noise": None}}, "'noise' is set to None; it has to be a number"),
        ({"settings": {"noise": "a"}}, "'noise' is set to 'a'"),
    ],
)
def test_what_can_not_be_opened_is_named(endpoint, arguments, words):
    with pytest.raises(ValueError, match=words):
        Client(endpoint).open("rdm_fixed", **arguments)
