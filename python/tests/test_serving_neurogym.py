"""Neurogym's tasks, served trial by trial."""

import importlib
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
import pytest

from operant import Client, Dataset, Server
from operant.serving import ServedTask
from operant.serving.draws import trial_seed
from operant.serving.offer import Offer
from operant.session import Frame

with warnings.catch_warnings():
    # What it imports warns of what will be.
    warnings.simplefilter("ignore")
    neurogym = pytest.importorskip("neurogym")
    from neurogym import wrappers
    from neurogym.envs.registration import ALL_NATIVE_ENVS

pytestmark = pytest.mark.filterwarnings("ignore")

FIXATE, LEFT, RIGHT = 0, 1, 2
SEED = 97
# Two steps of fixation, three of stimulus, two to decide.
TIMING = {"fixation": 200, "stimulus": 300, "decision": 200}
CONDITIONS = [{"ground_truth": g, "coh": c} for g in (0, 1) for c in (6.4, 51.2)]


def native(name: str, **options: Any) -> Any:
    """Make one of neurogym's tasks."""
    module, _, kind = ALL_NATIVE_ENVS[f"{name}-v0"].partition(":")
    return getattr(importlib.import_module(module), kind)(**options)


def dots(**options: Any) -> Any:
    return native("PerceptualDecisionMaking", **{"timing": TIMING, **options})


@contextmanager
def served(make_env: Callable[[], Any], **options: Any) -> Iterator[Client]:
    with Server(make_env, "tcp://127.0.0.1:*", **options) as server:
        client = Client(server.endpoint)
        yield client
        client.close()


def drawn(task: Any, lane: int, trial: int, **condition: Any) -> Any:
    """Have a task draw a trial the way neurogym does, and return the task."""
    task.seed(trial_seed(SEED, lane, trial))
    task.new_trial(**condition)
    return task


def run(client: Client, name: str, actions: list[int], **condition: Any) -> list[Frame]:
    """Play one trial of a condition by a list of actions; its frames."""
    session = client.open(name, seed=SEED)
    number = session.task.condition(**condition) if condition else 0
    frames = [session.begin((), [0], [number])]
    frames += [session.step(bytes([action])) for action in actions]
    session.close()
    return frames


def told(frame: Frame, client: Client, name: str) -> dict[str, Any]:
    """Return what a frame tells of the only trial that ended in it."""
    assert frame.ended is not None
    names = [fact.name for fact in client.describe(name).facts]
    facts = dict(zip(names, frame.ended.facts[0].tolist(), strict=True))
    return {
        "ending": int(frame.ended.endings[0]),
        "choice": int(frame.ended.choices[0]),
        "steps": int(frame.ended.step_counts[0]),
        **facts,
    }


# MARK: what is seen when


def test_a_trial_shows_all_its_moments_from_the_first() -> None:
    with served(dots, conditions=CONDITIONS) as client:
        task = client.describe("PerceptualDecisionMaking")
        assert [(c.name, c.width) for c in task.channels] == [("fixation", 1), ("stimulus", 2)]
        assert task.actions == ("fixation", "choice1", "choice2")
        assert task.epochs == ("fixation", "stimulus", "delay", "decision")
        assert (task.presets[0].time_step_ms, task.time_limit_ms) == (100, 600)
        for condition in CONDITIONS:
            frames = run(client, task.name, [FIXATE] * 7, **condition)
            expected = drawn(dots(), 0, 0, **condition)
            assert len(expected.ob) == 7
            shown = np.stack([frame.observations[0] for frame in frames[:7]])
            np.testing.assert_array_equal(shown, expected.ob)
            # After the last moment there is none of this trial to show.
            np.testing.assert_array_equal(frames[7].observations[0], expected.ob[-1])
            assert [int(frame.stages[0]) for frame in frames] == [1, 2, 2, 2, 2, 2, 2, 12]


def test_an_action_is_judged_by_the_epoch_that_its_observation_was_of() -> None:
    with served(lambda: dots(abort=True, rewards={"fail": -0.5}), conditions=CONDITIONS) as client:
        name = "PerceptualDecisionMaking"
        shown = {"ground_truth": 1, "coh": 51.2}

        def ends(*actions: int) -> tuple[float, dict[str, Any]]:
            *before, last = run(client, name, list(actions), **shown)
            assert all(frame.ended is None for frame in before)
            return float(last.rewards[0]), told(last, client, name)

        for wait in (0, 1):
            reward, end = ends(*[FIXATE] * wait, LEFT)
            assert reward == pytest.approx(-0.1)
            assert (end["ending"], end["choice"], end["steps"]) == (3, LEFT, wait + 1)
        # Choices while the dots move count for nothing in this task.
        reward, end = ends(FIXATE, FIXATE, LEFT, LEFT, LEFT, RIGHT)
        assert (reward, end["ending"], end["choice"], end["steps"]) == (1, 1, RIGHT, 6)
        assert (end["reaction_time"], end["ground_truth"]) == (0, 1)
        assert end["coh"] == pytest.approx(51.2)
        reward, end = ends(*[FIXATE] * 6, LEFT)
        assert (reward, end["ending"], end["choice"], end["reaction_time"]) == (-0.5, 2, LEFT, 100)
        reward, end = ends(*[FIXATE] * 7)
        assert (reward, end["ending"], end["choice"]) == (0, 4, 255)
        assert math.isnan(end["reaction_time"])


def test_facts_and_final_observations_are_those_of_the_trial_that_ended() -> None:
    with served(dots) as client:
        for rule in ("NEXT_STEP", "SAME_STEP"):
            session = client.open(
                "PerceptualDecisionMaking",
                seed=SEED,
                restart_rule=int(rule == "SAME_STEP") + 1,  # type: ignore[arg-type]
            )
            session.begin()
            for trial in range(4):
                frames = [session.step(bytes([FIXATE])) for _ in range(5)]
                frames.append(session.step(bytes([RIGHT])))
                expected = drawn(dots(), 0, trial)
                ended = frames[-1].ended
                assert ended is not None
                assert ended.trials.tolist() == [trial]
                facts = ended.facts[0]
                assert facts[0] == expected.trial["ground_truth"]
                assert facts[1] == np.float32(expected.trial["coh"])
                if rule == "SAME_STEP":
                    np.testing.assert_array_equal(ended.final_observations[0], expected.ob[6])
                    first = frames[-1].observations[0]
                else:
                    np.testing.assert_array_equal(frames[-1].observations[0], expected.ob[6])
                    first = session.step(bytes([RIGHT])).observations[0]
                np.testing.assert_array_equal(first, drawn(dots(), 0, trial + 1).ob[0])


# MARK: endings of other tasks


def test_refraining_is_an_answer_where_nothing_is_to_be_done() -> None:
    conditions = [{"ground_truth": 0}, {"ground_truth": 1}]
    with served(lambda: native("GoNogo"), conditions=conditions) as client:
        steps = client.describe("GoNogo").time_limit_ms // 100 + 1
        endings = {}
        for truth in (0, 1):
            *_, waited = run(client, "GoNogo", [0] * steps, ground_truth=truth)
            endings[truth, "wait"] = told(waited, client, "GoNogo")["ending"]
            frames = run(client, "GoNogo", [0] * (steps - 5) + [1], ground_truth=truth)
            endings[truth, "go"] = told(frames[-1], client, "GoNogo")["ending"]
        # Correct, error (a false alarm); miss, correct.
        assert endings == {(0, "wait"): 1, (0, "go"): 2, (1, "wait"): 4, (1, "go"): 1}


def test_a_task_that_does_not_judge_is_completed() -> None:
    with served(lambda: native("Bandit")) as client:
        *_, last = run(client, "Bandit", [1])
        assert told(last, client, "Bandit")["ending"] == 6


def test_a_judge_can_look_at_the_trial() -> None:
    def judge(info: dict[str, Any], action: Any, _: float) -> str | None:
        return "correct" if info["trial"]["coh"] > 50 and action else None

    with served(dots, conditions=CONDITIONS, judge=judge) as client:
        for coh, ending in ((51.2, 1), (6.4, 2)):
            frames = run(
                client,
                "PerceptualDecisionMaking",
                [FIXATE] * 5 + [LEFT],
                ground_truth=1,
                coh=coh,
            )
            assert told(frames[-1], client, "PerceptualDecisionMaking")["ending"] == ending


# MARK: the ideal action


@pytest.mark.parametrize(
    "name",
    [
        "AntiReach",
        "ContextDecisionMaking",
        "DelayComparison",
        "DelayMatchSample",
        "GoNogo",
        "MultiSensoryIntegration",
        "PerceptualDecisionMaking",
        "ProbabilisticReasoning",
        "ReadySetGo",
    ],
)
def test_who_takes_the_ideal_actions_is_always_correct(name: str) -> None:
    with served(lambda: native(name)) as client:
        session = client.open(name, lane_count=20, seed=3, with_ideal_actions=True)
        frame = session.begin()
        ended = 0
        while (frame.stages != 32).any():
            assert frame.ideal_actions is not None
            actions = np.where(frame.ideal_actions == 255, 0, frame.ideal_actions)
            frame = session.step(actions.tobytes())
            if frame.ended is not None:
                assert frame.ended.endings.tolist() == [1] * len(frame.ended.lanes)
                ended += len(frame.ended.lanes)
        assert ended == 20


def test_data_sets_are_made_of_neurogyms_tasks_too() -> None:
    with Server(dots, "tcp://127.0.0.1:*") as server:
        dataset = Dataset("PerceptualDecisionMaking", 4, seed=SEED, endpoint=server.endpoint)
        inputs, targets, mask, _ = dataset[3]
        dataset.close()
    for lane in range(4):
        expected = drawn(dots(), lane, 3)
        steps = int(mask[:, lane].sum())
        np.testing.assert_array_equal(inputs[:steps, lane], expected.ob[:steps])
        np.testing.assert_array_equal(targets[:steps, lane], expected.gt[:steps])


def test_a_ground_truth_that_is_no_action_is_not_told_as_one() -> None:
    assert not Offer(ServedTask(lambda: native("Reaching1D"))).tells_ideal_actions


# MARK: wrappers


def test_what_wrappers_add_is_seen_from_the_first_moment() -> None:
    def wrapped() -> Any:
        return wrappers.PassReward(wrappers.PassAction(dots()))

    with served(wrapped, conditions=CONDITIONS) as client:
        actions = [LEFT, FIXATE, FIXATE, FIXATE, FIXATE, RIGHT]
        frames = run(client, "PerceptualDecisionMaking", actions, ground_truth=1, coh=51.2)
        rewards = [0.0] + [float(frame.rewards[0]) for frame in frames[1:]]
        assert rewards == pytest.approx([0, -0.1, 0, 0, 0, 0, 1])
        expected = drawn(dots(), 0, 0, ground_truth=1, coh=51.2).ob
        for step, frame in enumerate(frames):
            seen, action, reward = np.split(frame.observations[0], [3, 4])
            np.testing.assert_array_equal(seen, expected[step])
            assert action == [0, *actions][step]
            assert reward == np.float32(rewards[step])


@pytest.mark.parametrize(("limit", "stages"), [(7, [2] * 6 + [12]), (6, [2] * 5 + [20])])
def test_a_limit_counts_the_actions_of_a_trial_and_nothing_else(
    limit: int, stages: list[int]
) -> None:
    with served(lambda: gymnasium.wrappers.TimeLimit(dots(), limit)) as client:
        session = client.open("PerceptualDecisionMaking")
        for _ in range(3):
            session.begin()
            frames = [session.step(bytes([FIXATE])) for _ in stages]
            assert [int(frame.stages[0]) for frame in frames][:limit] == stages


def test_a_reaction_time_wrapper_lets_the_subject_answer_early() -> None:
    with served(lambda: wrappers.ReactionTime(dots()), conditions=CONDITIONS) as client:
        frames = run(
            client,
            "PerceptualDecisionMaking",
            [FIXATE, FIXATE, FIXATE, RIGHT],
            ground_truth=1,
            coh=51.2,
        )
        end = told(frames[-1], client, "PerceptualDecisionMaking")
        assert (end["ending"], end["steps"], end["reaction_time"]) == (1, 4, 0)


LAYERS: dict[str, Callable[[], Any]] = {
    "nothing": dots,
    "noise": lambda: wrappers.Noise(dots(), 0.5),
    "random ground truth": lambda: wrappers.RandomGroundTruth(dots(), [0.9, 0.1]),
    "a registered name": lambda: gymnasium.make("PerceptualDecisionMaking-v0", timing=TIMING),
    "a time limit": lambda: gymnasium.wrappers.TimeLimit(dots(), 7),
    "a schedule of attributes": lambda: wrappers.ScheduleAttr(
        dots(),
        neurogym.utils.scheduler.RandomSchedule(3),
        [{"coh": 0}, {"coh": 20}, {"coh": 90}],
    ),
}


@pytest.mark.parametrize("make_env", [LAYERS[n] for n in list(LAYERS)[:5]], ids=list(LAYERS)[:5])
def test_trials_are_the_same_however_lanes_are_shared_out(make_env: Callable[[], Any]) -> None:
    def play(client: Client, first_lane: int, lanes: int) -> list[list[bytes]]:
        session = client.open(
            "PerceptualDecisionMaking", lane_count=lanes, seed=SEED, first_lane=first_lane
        )
        shown: list[list[bytes]] = [[] for _ in range(lanes)]
        for trial in (2, 0, 1, 2):
            frames = [session.begin((), [trial] * lanes)]
            for step in range(7):
                choices = bytes(
                    2 if step == 5 and (first_lane + lane + trial) % 2 else 0
                    for lane in range(lanes)
                )
                frames.append(session.step(choices))
            for lane in range(lanes):
                shown[lane] += [f.observations[lane].tobytes() for f in frames]
                shown[lane] += [f.rewards[lane].tobytes() for f in frames]
                assert frames[-1].stages[lane] in (12, 20, 32)
        session.close()
        return shown

    with served(make_env, name="PerceptualDecisionMaking") as client:
        together = play(client, 0, 4)
        apart = [*play(client, 0, 1), *play(client, 1, 2), *play(client, 3, 1)]
        assert together == apart
        assert len({lane[0] + lane[2] for lane in together}) == 4


def test_what_a_wrapper_chooses_is_decided_by_the_seed() -> None:
    def biased() -> Any:
        return wrappers.RandomGroundTruth(dots(), [0.9, 0.1])

    with served(biased) as client:
        session = client.open("PerceptualDecisionMaking", lane_count=200, seed=5)
        session.begin()
        for _ in range(5):
            session.step(bytes(200))
        ended = session.step(bytes([LEFT]) * 200).ended
    assert ended is not None
    # Nine in ten are to the left: 180 of 200, within four standard deviations.
    assert abs((ended.endings == 1).sum() - 180) < 4 * math.sqrt(200 * 0.9 * 0.1)


def test_state_that_outlives_a_trial_is_told_on(capsys: pytest.CaptureFixture[str]) -> None:
    Offer(ServedTask(lambda: native("HierarchicalReasoning"))).close()
    assert "does not play the same trial twice" in capsys.readouterr().err
    for make_env in LAYERS.values():
        offer = Offer(ServedTask(make_env))
        offer.close()
    # A schedule that knows where it was last is the only other one that can't forget.
    said = capsys.readouterr().err
    assert said.count("does not play the same trial twice") <= 1


# MARK: every task


@pytest.mark.parametrize(
    "name", sorted(n.removesuffix("-v0") for n in ALL_NATIVE_ENVS if "Suppress" not in n)
)
def test_every_task_can_be_served(name: str) -> None:
    with served(lambda: native(name)) as client:
        task = client.describe(name)
        session = client.open(name, lane_count=8, seed=2)
        for _ in range(3):
            frame = session.begin()
            steps = ended = 0
            while (frame.stages != 32).any():
                if isinstance(task.actions, tuple):
                    count = len(task.actions)
                    choices = bytes((7 * steps + lane) % count for lane in range(8))
                    frame = session.step(choices)
                else:
                    frame = session.step_amounts(np.zeros(8 * task.actions.width, np.float32))
                steps += 1
                if frame.ended is not None:
                    ended += len(frame.ended.lanes)
                    assert 5 not in frame.ended.endings.tolist()
            assert ended == 8


def test_a_time_step_is_the_tasks_own() -> None:
    with pytest.raises(ValueError, match="has a time step of its own, 100 ms: make it with dt=20"):
        Offer(ServedTask(dots, time_step_ms=20))
    with pytest.raises(ValueError, match=r"has a time step of 8\.3 ms; a server's is a whole"):
        Offer(ServedTask(lambda: native("SpatialSuppressMotion")))
    assert Offer(ServedTask(lambda: dots(dt=20), time_step_ms=20)).time_step_ms == 20


def test_timing_without_an_end_is_cut_off_somewhere() -> None:
    offer = Offer(ServedTask(lambda: native("EconomicDecisionMaking")))
    assert offer.step_limit == 1000
    timing = {"fixation": ("uniform", (100, 900)), "stimulus": [100, 500], "decision": 200}
    assert Offer(ServedTask(lambda: dots(timing=timing))).step_limit == 9 + 5 + 2
