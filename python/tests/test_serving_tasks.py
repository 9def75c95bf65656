"""What agents are told of an environment, and what can't be served."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from raw_agent import RawAgent
from served_environments import Evidence, Fragile, Reach, Wander

from operant import Client, Server
from operant.serving import ServedTask, Training
from operant.serving.spaces import UNBOUNDED, Amounts, Choices, Observations
from operant.task import Channel, Continuous, Fact, Task
from operant.v1 import gym_pb2


@contextmanager
def served(tasks: Any, **options: Any) -> Iterator[Client]:
    with Server(tasks, "tcp://127.0.0.1:*", **options) as server:
        client = Client(server.endpoint)
        yield client
        client.close()


def described(tasks: Any, task: str, **options: Any) -> Task:
    with served(tasks, **options) as client:
        return client.describe(task)


class Still(gymnasium.Env[Any, Any]):
    """Does nothing, in any spaces."""

    def __init__(self, observations: spaces.Space[Any], actions: spaces.Space[Any]) -> None:
        self.observation_space, self.action_space = observations, actions
        self.taken: list[Any] = []

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, Any]:
        super().reset(seed=seed)
        self.observation_space.seed(1)
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Any]:
        self.taken.append(action)
        return self.observation_space.sample(), 0.0, False, False, {}


BOX = spaces.Box(-1, 1, (2,), np.float32)


def named(space: Any, names: Any) -> Any:
    """Name the parts of a space as neurogym does."""
    vars(space)["name"] = names
    return space


# MARK: descriptions


def test_what_is_told_is_taken_from_the_environment_where_nothing_is_said() -> None:
    task = described(Evidence, "Evidence")
    assert task == Task(
        name="Evidence",
        aliases=(),
        summary="Judge noisy evidence when the cue comes.",
        reference="",
        channels=(Channel("cue", 2), Channel("evidence", 2)),
        actions=("5", "6", "7"),
        epochs=(),
        conditions=({},),
        parameters=(),
        facts=(),
        presets=task.presets,
        time_limit_ms=9990,
        allows_look_ahead=False,
        chance=None,
        oracle_reward=None,
        ideal_observer=None,
    )
    (preset,) = task.presets
    assert (preset.name, preset.time_step_ms, preset.settings) == ("default", 10, {})


def test_what_is_said_is_told() -> None:
    task = described(
        Evidence,
        "evidence",
        name="evidence",
        summary="Look and choose.",
        reference="Somebody (1992)",
        conditions=Evidence.conditions,
        time_step_ms=50,
        step_limit=5,
        facts=["cue_time", Fact("latency", "ms", "From cue to answer.")],
        chance=0.5,
        oracle_reward=0.875,
        ideal_observer=0.9,
    )
    assert (task.summary, task.reference) == ("Look and choose.", "Somebody (1992)")
    assert task.conditions == tuple(
        {name: float(value) for name, value in c.items()} for c in Evidence.conditions
    )
    assert (task.time_limit_ms, task.presets[0].time_step_ms) == (200, 50)
    assert task.facts == (
        Fact("cue_time", "", "The trial's cue_time, as the environment told it."),
        Fact("latency", "ms", "From cue to answer."),
    )
    assert (task.chance, task.oracle_reward, task.ideal_observer) == (0.5, 0.875, 0.9)


def test_a_registered_environment_has_its_name_and_its_limit() -> None:
    task = described(lambda: gymnasium.make("CartPole-v1"), "CartPole-v1")
    assert task.time_limit_ms == (500 - 1) * 10
    assert task.summary.startswith("This environment corresponds to the version of the cart-pole")
    assert task.summary.endswith(".")
    assert task.actions == ("0", "1")
    assert task.channels == (Channel("observation", 4),)


def test_several_tasks_are_served_side_by_side() -> None:
    with served({"reach": Reach, "wander": Wander}, step_limit=7) as client:
        assert [offer.name for offer in client.hello().tasks] == ["reach", "wander"]
        assert client.describe("wander").time_limit_ms == 60
        client.open("reach").begin()
        client.open("wander").begin()
    tasks = [ServedTask(Reach, step_limit=3), ServedTask(Wander, name="w", time_step_ms=5)]
    with served(tasks) as client:
        assert client.describe("Reach").time_limit_ms == 20
        assert client.describe("w").presets[0].time_step_ms == 5


def test_advice_for_training_reaches_the_agent() -> None:
    training = Training(
        trials_per_update=3,
        validation_trials=4,
        validation_interval=5,
        decisions_to_reach=0.5,
        correct_to_reach=0.625,
        reward_time_constant_ms=700,
        learning_rate=0.25,
    )
    request = gym_pb2.Request(describe=gym_pb2.Describe(task="Evidence"))
    with (
        Server(Evidence, "tcp://127.0.0.1:*", training=training) as server,
        RawAgent(server.endpoint) as agent,
    ):
        told = agent.ask(request).task.presets[0].training
    assert {field.name: value for field, value in told.ListFields()} == vars(training)


# MARK: endings


class Judged(Still):
    """Ends at once, as its action says."""

    INFOS: tuple[dict[str, Any], ...] = (
        {},
        {"ending": "miss"},
        {"ending": 2},
        {"ending": "Truncated"},
        {"ending": "miss"},
    )
    ENDS = ((True, False), (True, False), (True, False), (True, False), (False, True))

    def __init__(self) -> None:
        super().__init__(BOX, spaces.Discrete(5))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Any]:
        return self.observation_space.sample(), 2.0, *self.ENDS[action], dict(self.INFOS[action])


def endings(**options: Any) -> list[tuple[int, int, int]]:
    """Return the stage, the ending and the choice that each action leads to."""
    with served(Judged, **options) as client:
        session = client.open("Judged", lane_count=5)
        session.begin()
        frame = session.step(bytes(range(5)))
    assert frame.ended is not None
    columns = (frame.stages, frame.ended.endings, frame.ended.choices)
    return [tuple(row) for row in np.stack(columns, axis=1).tolist()]


def test_an_environment_says_itself_how_a_trial_ended() -> None:
    completed, missed, error, cut_off, late = endings()
    assert completed == (12, 6, 0)
    assert missed == (12, 4, 255)
    assert error == (12, 2, 2)
    assert cut_off == (20, 5, 255)
    # What the environment calls a miss is one by its rules.
    assert late == (12, 4, 255)


def test_a_judge_says_how_a_trial_ended_before_anybody_else() -> None:
    def judge(info: dict[str, Any], action: Any, reward: float) -> str | None:
        assert reward == 2
        return "correct" if "ending" not in info else "abort" if action == 2 else None

    assert endings(judge=judge) == [
        (12, 1, 0),
        (12, 4, 255),
        (12, 3, 2),
        (20, 5, 255),
        (12, 4, 255),
    ]


# MARK: spaces


OBSERVATIONS = {
    "a box": (spaces.Box(0, 255, (2, 3), np.uint8), [("observation", 6)]),
    "a number": (spaces.Box(0, 1, (), np.float64), [("observation", 1)]),
    "one of several": (spaces.Discrete(4, start=-1), [("observation", 4)]),
    "several of several": (spaces.MultiDiscrete([2, 3]), [("observation", 5)]),
    "bits": (spaces.MultiBinary(3), [("observation", 3)]),
    "a pair": (spaces.Tuple((BOX, spaces.Discrete(3))), [("observation", 5)]),
    "named parts": (
        spaces.Dict({"b": BOX, "a": spaces.Discrete(3), "none": spaces.Box(0, 1, (0,))}),
        [("b", 2), ("a", 3)],
    ),
    "parts within parts": (
        spaces.Dict({"eye": spaces.Dict({"left": BOX, "right": BOX}), "ear": BOX}),
        [("ear", 2), ("eye", 4)],
    ),
    "names as neurogym gives them": (
        named(spaces.Box(0, 1, (4,)), {"stimulus": range(1, 4), "fixation": 0}),
        [("fixation", 1), ("stimulus", 3)],
    ),
    "names that overlap": (
        named(spaces.Box(0, 1, (3,)), {"all": [0, 1, 2], "last": 2}),
        [("observation", 3)],
    ),
    "names that leave something out": (
        named(spaces.Box(0, 1, (3,)), {"first": 0, "last": 2}),
        [("observation", 3)],
    ),
}


@pytest.mark.parametrize(("space", "channels"), OBSERVATIONS.values(), ids=OBSERVATIONS)
def test_observations_are_numbers_one_after_the_other(
    space: spaces.Space[Any], channels: list[tuple[str, int]]
) -> None:
    observations = Observations(space, "X")
    # Whether a Dict keeps the order of its parts is Gymnasium's business.
    assert sorted((c.name, c.width) for c in observations.channels) == sorted(channels)
    if isinstance(space, spaces.Dict):
        parts = [name for name in space.spaces if name != "none"]
        assert [c.name for c in observations.channels] == parts
    space.seed(3)
    observation = space.sample()
    shown = observations.flatten(observation)
    assert shown.dtype == np.float32
    np.testing.assert_array_equal(shown, np.asarray(spaces.flatten(space, observation), np.float32))


@pytest.mark.parametrize(
    ("space", "names"),
    [
        (spaces.Discrete(3), ("0", "1", "2")),
        (spaces.Discrete(2, start=-1), ("-1", "0")),
        (
            named(spaces.Discrete(4), {"fixation": 0, "choice": [1, 2], "sure": 3}),
            ("fixation", "choice1", "choice2", "sure"),
        ),
        (named(spaces.Discrete(3), {"go": np.array([2])}), ("0", "1", "go")),
        (named(spaces.Discrete(2), {"a": 0, "b": 0}), ("b", "1")),
        (named(spaces.Discrete(2), {"1": 0}), ("0", "1")),
        (named(spaces.Discrete(2), "whatever"), ("0", "1")),
    ],
)
def test_actions_have_names_of_their_own(space: spaces.Discrete, names: tuple[str, ...]) -> None:
    choices = Choices(space, "X")
    assert choices.names == names
    assert all(space.contains(value) for value in choices.values)
    assert [choices.place(value) for value in choices.values] == list(range(len(names)))
    with pytest.raises(ValueError, match="is not one of its"):
        choices.place(int(space.start) + len(names))


AMOUNTS = {
    "one range": (spaces.Box(-2, 2, (3,), np.float32), (-2, 2), [-2, 2, 1], [-2, 2, 1]),
    "a matrix": (spaces.Box(0, 1, (2, 1), np.float64), (0, 1), [0.25, 1], [[0.25], [1]]),
    "two ranges": (
        spaces.Box(np.array([0, -1.0]), np.array([4, 1.0]), dtype=np.float64),
        (-1, 1),
        [0.5, 0.5],
        [3, 0.5],
    ),
    "no bounds": (spaces.Box(-np.inf, np.inf, (1,)), (-UNBOUNDED, UNBOUNDED), [7], [7]),
    "a lower bound": (spaces.Box(0, np.inf, (1,)), (0, UNBOUNDED), [7], [7]),
    "a high lower bound": (
        spaces.Box(5000, np.inf, (1,)),
        (5000, 5000 + UNBOUNDED),
        [5500],
        [5500],
    ),
    "whole numbers": (spaces.Box(0, 10, (2,), np.int64), (0, 10), [2.75, 10], [3, 10]),
}


@pytest.mark.parametrize(("space", "bounds", "amounts", "action"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_become_what_the_environment_takes(
    space: spaces.Box, bounds: tuple[float, float], amounts: list[float], action: Any
) -> None:
    actions = Amounts(space, "X")
    assert (actions.low, actions.high) == bounds
    value = actions.value(np.array(amounts, np.float32))
    assert space.contains(value)
    np.testing.assert_array_equal(value, np.array(action, space.dtype))
    for edge in bounds:
        row = np.full(actions.width, edge, np.float32)
        assert space.contains(actions.value(row))


def test_discrete_actions_are_what_the_space_itself_would_draw() -> None:
    made: list[Still] = []

    def make() -> Still:
        made.append(Still(BOX, spaces.Discrete(3, start=4)))
        return made[-1]

    with served(make, name="X", step_limit=9) as client:
        session = client.open("X")
        session.begin()
        made[0].taken.clear()
        session.step(b"\x02")
    (action,) = made[0].taken
    assert (action, type(action)) == (6, type(spaces.Discrete(3).sample()))


def test_names_and_ranges_reach_the_agent() -> None:
    task = described(lambda: Still(BOX, spaces.Box(-3, 3, (2,))), "Still")
    assert task.actions == Continuous(2, -3, 3)


# MARK: what can't be served


def still(observations: Any = BOX, actions: Any = None) -> Any:
    return lambda: Still(observations, actions or spaces.Discrete(2))


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "actions of several parts": (
        still(actions=spaces.MultiDiscrete([3, 2])),
        {},
        r"the actions of Still are MultiDiscrete\(\[3 2\]\); a server can take Discrete and Box: "
        "wrap it in a gymnasium.ActionWrapper whose action_space is one of them",
    ),
    "actions that are text": (
        still(actions=spaces.Text(5)),
        {},
        "a server can take Discrete and Box",
    ),
    "many actions": (
        still(actions=spaces.Discrete(256)),
        {},
        "Still has 256 actions; a server can offer 255",
    ),
    "no amounts": (
        still(actions=spaces.Box(0, 1, (0,))),
        {},
        "the actions of Still have 0 numbers",
    ),
    "observations of any length": (
        still(spaces.Sequence(spaces.Discrete(2))),
        {},
        "which has no fixed number of numbers; wrap it in a gymnasium.ObservationWrapper",
    ),
    "no observations": (
        still(spaces.Box(0, 1, (0,))),
        {},
        "the observations of Still have 0 numbers",
    ),
    "a long trial": (
        Evidence,
        {"step_limit": 1 << 24, "time_step_ms": 10_000},
        "a trial of Evidence could last 167772150000 ms",
    ),
    "no step": (Evidence, {"step_limit": 0}, "step_limit is 0; it can be 1 to 16777216"),
    "half a millisecond": (
        Evidence,
        {"time_step_ms": 0.5},
        "time_step_ms is 0.5; it can be a whole number, 1 to 10000",
    ),
    "no conditions": (Evidence, {"conditions": []}, "conditions are empty; name at least one"),
    "conditions of different factors": (
        Evidence,
        {"conditions": [{"side": 1}, {"strength": 1}]},
        "condition 1 has the factors strength, condition 0 side; all need the same",
    ),
    "a factor that is no number": (
        Evidence,
        {"conditions": [{"side": "left"}]},
        "'side' of condition 0 is 'left'; factors are finite numbers",
    ),
    "an infinite factor": (
        Evidence,
        {"conditions": [{"side": float("inf")}]},
        "'side' of condition 0 is inf",
    ),
    "a fact told twice": (
        Evidence,
        {"facts": ["a", "a"]},
        "facts are a, a; every fact needs a name of its own",
    ),
    "no name": (Evidence, {"name": "x" * 257}, "has 257 bytes; it can have 1 to 256"),
    "a level that is no number": (
        Evidence,
        {"chance": float("nan")},
        "chance is nan; it can be 0 to 1",
    ),
    "nothing": ([], {}, "there is nothing to serve"),
    "the same name twice": (
        [ServedTask(Evidence), ServedTask(Evidence)],
        {},
        "the tasks are named Evidence, Evidence; each needs a name of its own",
    ),
}


@pytest.mark.parametrize(("tasks", "options", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_served_is_refused_at_once(
    tasks: Any, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Server(tasks, "tcp://127.0.0.1:*", **options)


@pytest.mark.parametrize(
    ("advice", "sentence"),
    [
        ({"trials_per_update": 0}, "trials_per_update is 0; it can be 1 to 65536"),
        ({"correct_to_reach": 1.5}, "correct_to_reach is 1.5; it can be 0 to 1"),
        ({"learning_rate": -1}, "learning_rate is -1; it can be 0 to 1000"),
        ({"reward_time_constant_ms": -1}, "reward_time_constant_ms is -1; it can be 0 or more"),
    ],
)
def test_advice_that_cannot_be_is_refused(advice: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Training(**advice)


@pytest.mark.parametrize(
    ("tasks", "options", "sentence"),
    [
        (Evidence(), {}, "makes no environment; pass a function that does"),
        (Evidence, {"time_step": 3}, "time_step"),
        (ServedTask(Evidence), {"step_limit": 3}, "give it to the ServedTask"),
        ([Evidence], {}, r"is no ServedTask; write ServedTask\(make_env, name=…\)"),
    ],
)
def test_what_is_no_task_is_a_mistake(tasks: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        Server(tasks, "tcp://127.0.0.1:*", **options)


def test_an_environment_itself_in_place_of_what_makes_one_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="a function that makes an environment"):
        ServedTask(Fragile())  # type: ignore[arg-type]


@pytest.mark.parametrize("tasks", [None, "CartPole-v1", gymnasium.make("CartPole-v1")])
def test_what_makes_no_environment_is_answered_with_what_does(tasks: Any) -> None:
    with pytest.raises(TypeError, match="makes no environment; pass a function that does"):
        Server(tasks)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": ""}, "name is ''; it has to be a text"),
        ({"name": 5}, "name is 5; it has to be a text"),
        ({"facts": "coherence"}, r"facts is 'coherence'; it has to be a list"),
        ({"judge": "x"}, "judge is 'x'; it has to be a function"),
        ({"ideal_action": 5}, "ideal_action is 5; it has to be a function"),
        ({"training": {}}, r"training is {}; it has to be a Training\(…\)"),
        ({"conditions": [1, 2]}, "1 is no condition; each is a mapping"),
        ({"chance": 3}, "chance is 3; it can be 0 to 1"),
    ],
)
def test_a_slip_in_what_is_told_of_a_task_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        ServedTask(lambda: gymnasium.make("CartPole-v1"), **options)
