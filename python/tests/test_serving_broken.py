"""An environment that breaks takes neither the server nor the session with it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import zmq
from raw_agent import RawAgent
from served_environments import Fragile, Wander

from operant import Client, OperantEnv, Server
from operant.errors import Code, RefusedError
from operant.v1 import gym_pb2

WAY = {way: number for number, way in enumerate(Fragile.WAYS)}
GO_ON = WAY["go on"]


@pytest.fixture
def agent() -> Iterator[RawAgent]:
    with (
        Server(Fragile, "tcp://127.0.0.1:*", step_limit=20) as server,
        RawAgent(server.endpoint) as agent,
    ):
        yield agent


WORDS = {
    "raise": "ValueError: two lines and a and ?",
    "observe nan": "its observation holds what is not a finite number",
    "earn infinity": "its reward is inf, which is not a finite number",
    "observe too much": "ValueError: cannot reshape array of size 3 into shape (2,)",
    "end strangely": "ValueError: 'triumph' is no ending; it can be correct, error, abort, miss, "
    "truncated, completed",
    "return nothing": "TypeError: cannot unpack non-iterable NoneType object",
    "exit": "SystemExit: 3",
    "mumble": "UnspeakableError",
}


@pytest.mark.parametrize("rule", ["NEXT_STEP", "SAME_STEP", "DISABLED"])
@pytest.mark.parametrize("way", WORDS)
def test_a_step_that_breaks_is_answered_and_trials_can_be_begun_again(
    agent: RawAgent, way: str, rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    agent.open("Fragile", 3, seed=5, restart_rule=f"RESTART_RULE_{rule}")
    agent.begin([], [4, 4, 4])
    agent.step(GO_ON, GO_ON, WAY["end"])
    before = agent.step(GO_ON, GO_ON, GO_ON)

    broken = agent.step(GO_ON, WAY[way], GO_ON)
    assert broken.refusal.code == int(Code.INTERNAL)
    assert not broken.refusal.can_retry
    sentence = broken.refusal.sentence
    assert sentence.startswith("the environment broke in trial 4 of lane 1: ")
    assert WORDS[way] in sentence
    assert sentence.endswith(
        "; the trials under way on all lanes are cut off, send 'begin' to go on"
    )
    said = capfd.readouterr().err
    assert "operant: trial 4 of lane 1 of Fragile broke:\nTraceback" in said

    # The number was not used up, the last request is answered as before, and no trial is under way.
    again = gym_pb2.Request(sequence=agent.sequence, session=agent.token, close=gym_pb2.Close())
    assert agent.ask(again).refusal.code == int(Code.SEQUENCE)
    step = gym_pb2.Step(choices=bytes(3))
    repeated = gym_pb2.Request(sequence=agent.sequence, session=agent.token, step=step)
    assert agent.ask(repeated) == before
    assert agent.step(GO_ON, GO_ON, GO_ON).refusal.code == int(Code.NOTHING_BEGUN)

    # Trials are numbered on from those that the agent knows of.
    numbers = {"NEXT_STEP": [5, 5, 6], "SAME_STEP": [5, 5, 6], "DISABLED": [5, 5, 5]}[rule]
    frame = agent.begin().frame
    assert frame.stages == b"\x01\x01\x01"
    ended = agent.step(WAY["end"], WAY["end"], WAY["end"]).frame.ended
    assert np.frombuffer(ended.trials, "<u8").tolist() == numbers


@pytest.fixture
def chooser() -> Iterator[RawAgent]:
    with (
        Server(Fragile, "tcp://127.0.0.1:*", conditions=Fragile.conditions) as server,
        RawAgent(server.endpoint) as agent,
    ):
        yield agent


def test_a_begin_that_breaks_leaves_the_other_lanes_where_they_are(
    chooser: RawAgent, capfd: pytest.CaptureFixture[str]
) -> None:
    agent = chooser
    agent.open("Fragile", 4, seed=5)
    agent.begin([0, 3], [2, 2], [0, 0])
    agent.step(GO_ON, GO_ON, GO_ON, GO_ON)
    refusal = agent.begin([1, 2, 3], [], [0, 1, 0]).refusal
    assert refusal.code == int(Code.INTERNAL)
    assert refusal.sentence == (
        "the environment broke in trial 0 of lane 2: LookupError: the rig has come loose; "
        "nothing has begun on the lanes that were named, send 'begin' to go on"
    )
    assert "the rig has come loose" in capfd.readouterr().err
    frame = agent.step(GO_ON, GO_ON, GO_ON, GO_ON).frame
    assert frame.stages == bytes([2, 32, 32, 32])
    # The numbers that nobody heard of come again.
    agent.begin([1, 2, 3], [], [0, 0, 0])
    frame = agent.step(*[WAY["end"]] * 4).frame
    assert np.frombuffer(frame.ended.trials, "<u8").tolist() == [2, 0, 0, 3]
    assert np.frombuffer(frame.ended.step_counts, "<u4").tolist() == [3, 1, 1, 1]


def test_an_environment_that_broke_is_replaced_and_the_others_are_kept(agent: RawAgent) -> None:
    agent.open("Fragile", 3)
    agent.begin()
    made = Fragile.made
    agent.step(GO_ON, WAY["raise"], GO_ON)
    agent.begin()
    assert Fragile.made == made + 1


def test_one_session_breaking_does_not_concern_another(agent: RawAgent) -> None:
    agent.open("Fragile")
    agent.begin()
    token, sequence = agent.token, agent.sequence
    agent.open("Fragile")
    agent.begin()
    assert agent.step(WAY["raise"]).HasField("refusal")
    agent.token, agent.sequence = token, sequence
    assert agent.step(WAY["end"]).frame.ended.endings == b"\x06"


def test_an_environment_that_breaks_when_it_is_tried_out_is_served_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Server(Fragile, "tcp://127.0.0.1:*") as server, RawAgent(server.endpoint) as agent:
        said = capsys.readouterr().err
        assert "operant: Fragile broke when it was tried out, and is served all the same:" in said
        agent.open("Fragile")
        assert agent.begin().HasField("frame")


def test_an_environment_that_cannot_begin_at_all_is_not_served() -> None:
    with pytest.raises(LookupError, match="the rig has come loose"):
        Server(Fragile, "tcp://127.0.0.1:*", conditions=[{"breaks": 1}])


def test_a_trial_that_breaks_when_it_restarts_by_itself_is_told_by_its_number() -> None:
    worn_out = False

    class Wearing(Wander):
        def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, Any]:
            nonlocal worn_out
            if worn_out and made.index(self) == 1:
                worn_out = False
                raise RuntimeError("worn out")
            return super().reset(seed=seed)

    made: list[Wearing] = []

    def make() -> Wearing:
        made.append(Wearing())
        return made[-1]

    with (
        Server(make, "tcp://127.0.0.1:*", name="Rig", step_limit=2) as server,
        RawAgent(server.endpoint) as agent,
    ):
        agent.open("Rig", 2, restart_rule="RESTART_RULE_SAME_STEP")
        agent.begin()
        agent.step(0, 0)
        worn_out = True
        refusal = agent.step(0, 0).refusal
        assert refusal.sentence.startswith(
            "the environment broke in trial 1 of lane 1: RuntimeError: worn out"
        )
        # The step did not happen, so the next trials are those that it would have begun.
        agent.begin()
        agent.step(0, 0)
        ended = agent.step(0, 0).frame.ended
        assert np.frombuffer(ended.trials, "<u8").tolist() == [1, 1]


def test_an_environment_that_cannot_be_made_is_answered() -> None:
    budget = [1]

    def make() -> Wander:
        if not budget:
            raise MemoryError("no more rigs")
        budget.pop()
        return Wander()

    with (
        Server(make, "tcp://127.0.0.1:*", name="Rig") as server,
        RawAgent(server.endpoint) as agent,
    ):
        agent.open("Rig", 2)
        refusal = agent.begin().refusal
        assert "trial 0 of lane 1: MemoryError: no more rigs" in refusal.sentence
        assert agent.begin([0]).frame.stages == b"\x01\x20"


def test_an_environment_with_other_spaces_than_the_first_is_not_taken() -> None:
    sizes = [3, 2]
    with (
        Server(lambda: Wander(sizes.pop()), "tcp://127.0.0.1:*", name="Rig") as server,
        RawAgent(server.endpoint) as agent,
    ):
        agent.open("Rig", 2)
        assert "all lanes have to show and take the same" in agent.begin().refusal.sentence


def test_the_python_client_turns_it_into_an_exception_and_can_reset(chooser: RawAgent) -> None:
    endpoint = chooser.socket.getsockopt_string(zmq.LAST_ENDPOINT)
    env = OperantEnv("Fragile", endpoint)
    options = {"condition": {"breaks": 0}}
    env.reset(seed=1, options=options)
    with pytest.raises(RefusedError, match="two lines and a") as raised:
        env.step(WAY["raise"])
    assert raised.value.code == Code.INTERNAL
    env.reset(options=options)
    assert env.step(WAY["end"])[2]
    env.close()
    assert Client(endpoint).status().sessions == 0
