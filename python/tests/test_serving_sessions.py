"""Sessions of a server of one's own: exactly once, leases, keys and counters."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from raw_agent import DISABLED
from served_environments import Evidence

from operant.client import Limits
from operant.errors import Code
from operant.serving.offer import Offer
from operant.serving.reception import USUAL_LIMITS, Reception
from operant.serving.requests import read_request
from operant.serving.served_task import ServedTask
from operant.v1 import gym_pb2


class Desk:
    """A reception whose clock stands still until it is moved on."""

    def __init__(self, **limits: int) -> None:
        self.made: list[Evidence] = []
        self.limits = Limits(**{**vars(USUAL_LIMITS), **limits})
        task = ServedTask(self._make, conditions=Evidence.conditions)
        self.now = 1000.0
        self.reception = Reception([Offer(task)], self.limits, self.now, lambda: 0)

    def _make(self) -> Evidence:
        self.made.append(Evidence())
        return self.made[-1]

    def ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        read = read_request(request.SerializeToString(), self.limits)
        return gym_pb2.Reply.FromString(self.reception.reply(read, self.now))

    def open(self, lane_count: int = 2, **options: Any) -> gym_pb2.Opened:
        opening = gym_pb2.Open(
            task="Evidence", lane_count=lane_count, restart_rule=DISABLED, **options
        )
        return self.ask(gym_pb2.Request(open=opening)).opened

    def begin(self, token: bytes, sequence: int = 1) -> gym_pb2.Reply:
        return self.ask(gym_pb2.Request(sequence=sequence, session=token, begin=gym_pb2.Begin()))

    def step(self, token: bytes, sequence: int, *choices: int) -> gym_pb2.Reply:
        step = gym_pb2.Step(choices=bytes(choices))
        return self.ask(gym_pb2.Request(sequence=sequence, session=token, step=step))

    def close(self, token: bytes, sequence: int) -> gym_pb2.Reply:
        return self.ask(gym_pb2.Request(sequence=sequence, session=token, close=gym_pb2.Close()))

    def status(self) -> gym_pb2.ServerStatus:
        return self.ask(gym_pb2.Request(status=gym_pb2.Status())).status


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.reception.close()
    assert not any(env.is_open for env in desk.made)


def test_a_repeated_request_is_answered_again_and_carried_out_once(desk: Desk) -> None:
    token = desk.open().session
    begun = desk.begin(token)
    assert desk.begin(token) == begun
    stepped = desk.step(token, 2, 0, 1)
    assert stepped.frame.stages == bytes([2, 12])
    assert desk.step(token, 2, 0, 1) == stepped
    # Not even another request of the same number is looked at.
    assert desk.begin(token, 2) == stepped
    status = desk.status()
    assert (status.lane_steps, status.trials) == (2, 1)
    # Those answered before this one: the open, two of each, and the last.
    assert (status.requests, status.refusals) == (6, 0)


def test_a_refused_request_has_not_used_up_its_number(desk: Desk) -> None:
    token = desk.open().session
    assert desk.step(token, 1, 0, 0).refusal.code == int(Code.NOTHING_BEGUN)
    assert desk.begin(token).HasField("frame")
    assert desk.step(token, 2, 0).refusal.code == int(Code.BAD_ACTION)
    assert desk.begin(token).frame.stages == b"\x01\x01"
    assert desk.step(token, 2, 0, 0).HasField("frame")
    assert desk.close(token, 2).refusal.code == int(Code.SEQUENCE)
    assert desk.close(token, 3).HasField("closed")


def test_closing_ends_a_session_and_closing_again_is_no_mistake(desk: Desk) -> None:
    token = desk.open().session
    desk.begin(token)
    assert [env.is_open for env in desk.made] == [True, True]
    for sequence in (2, 2, 77):
        reply = desk.close(token, sequence)
        assert (reply.sequence, reply.WhichOneof("body")) == (sequence, "closed")
    assert not any(env.is_open for env in desk.made)
    assert desk.begin(token).refusal.code == int(Code.UNKNOWN_SESSION)
    assert desk.close(bytes(16), 1).HasField("closed")


def test_a_session_outlives_silence_by_its_lease_and_no_longer(desk: Desk) -> None:
    token = desk.open(lease_ms=5000).session
    for _ in range(2):
        desk.now += 4.9
        assert desk.begin(token).HasField("frame")
    # A request that is refused names the session too.
    desk.now += 4.9
    assert desk.step(token, 9).refusal.code == int(Code.SEQUENCE)
    desk.now += 4.9
    assert desk.begin(token).HasField("frame")
    desk.now += 5
    assert desk.begin(token).refusal.code == int(Code.UNKNOWN_SESSION)
    assert not any(env.is_open for env in desk.made)
    assert desk.status().sessions == 0


def test_a_lease_counts_from_when_a_slow_request_was_answered(desk: Desk) -> None:
    token = desk.open(lease_ms=1000).session
    desk.begin(token)
    desk.now += 0.9
    desk.step(token, 2, 0, 0)
    # Carrying it out took longer than the lease.
    desk.now += 30
    desk.reception.keep(token, desk.now)
    desk.now += 0.9
    assert desk.step(token, 3, 0, 0).HasField("frame")


def test_silent_sessions_are_swept_when_others_ask(desk: Desk) -> None:
    token = desk.open(lease_ms=1).session
    desk.begin(token)
    lasting = desk.open(lease_ms=10_000).session
    desk.now += 1.5
    assert desk.status().sessions == 1
    assert not any(env.is_open for env in desk.made)
    assert desk.begin(lasting).HasField("frame")


def test_a_session_without_a_word_about_its_lease_lasts_a_minute(desk: Desk) -> None:
    opened = desk.open()
    assert opened.options.lease_ms == 60_000
    desk.now += 59.9
    assert desk.begin(opened.session).HasField("frame")


def test_an_open_with_the_same_key_answers_the_same_session(desk: Desk) -> None:
    first = desk.open(key=b"mine", lease_ms=5000)
    desk.now += 4
    # Whatever else it says: it is the request whose reply was lost.
    assert desk.open(7, key=b"mine") == first
    desk.now += 4
    assert desk.begin(first.session).HasField("frame")
    assert desk.open(key=b"yours").session != first.session
    assert desk.open().session != desk.open().session
    desk.now += 6
    another = desk.open(key=b"mine")
    assert another.session != first.session
    desk.close(another.session, 1)
    assert desk.open(key=b"mine").session != another.session


def test_what_is_left_open_is_filled_in(desk: Desk) -> None:
    options = desk.open(seed=5, first_lane=3, key=b"k").options
    assert options == gym_pb2.Open(
        task="Evidence",
        preset="default",
        seed=5,
        first_lane=3,
        lane_count=2,
        time_step_ms=10,
        restart_rule=DISABLED,
        look_ahead=1,
        lease_ms=60_000,
    )


def test_tokens_are_sixteen_bytes_nobody_can_guess(desk: Desk) -> None:
    tokens = {desk.open(1).session for _ in range(100)}
    assert {len(token) for token in tokens} == {16}
    assert len(tokens) == 100
    words = np.frombuffer(b"".join(sorted(tokens)), np.uint8)
    # The mean of 1600 bytes, within five standard errors.
    assert abs(words.mean() - 127.5) < 5 * 73.9 / 40


def test_environments_are_made_when_their_lanes_first_begin(desk: Desk) -> None:
    token = desk.open(3).session
    assert len(desk.made) == 1
    order = gym_pb2.Begin(lanes=np.array([2, 0], "<u4").tobytes())
    desk.ask(gym_pb2.Request(sequence=1, session=token, begin=order))
    assert len(desk.made) == 2
    for sequence in range(2, 5):
        desk.ask(gym_pb2.Request(sequence=sequence, session=token, begin=order))
    assert len(desk.made) == 2


def test_counters_count_actions_that_were_judged_and_trials_that_ended(desk: Desk) -> None:
    token = desk.open(3).session
    desk.begin(token)
    desk.step(token, 2, 0, 1, 0)
    desk.step(token, 3, 1, 0, 0)
    desk.step(token, 4, 0, 0, 0)
    status = desk.status()
    assert (status.lane_steps, status.trials) == (3 + 2 + 1, 2)
    assert status.software == "operant-python 0.1.0"
    assert not status.is_stepping
    desk.now += 2.5
    assert desk.status().uptime_ms == 2500


def test_what_breaks_in_the_server_itself_is_answered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall_over(*_: object) -> None:
        raise ZeroDivisionError("what a day")

    monkeypatch.setattr(desk.reception, "_tell_status", fall_over)
    reply = desk.ask(gym_pb2.Request(sequence=4, status=gym_pb2.Status()))
    assert (reply.sequence, reply.refusal.code) == (4, int(Code.INTERNAL))
    assert reply.refusal.sentence == (
        "something broke in the server: ZeroDivisionError: what a day"
    )
    assert "in fall_over" in capsys.readouterr().err
