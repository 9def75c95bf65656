import json
import warnings

import gymnasium
import numpy as np
import pytest

from operant.environment import OperantEnv
from operant.vector import AutoresetMode, OperantVectorEnv

MODES = list(AutoresetMode)
IS_OLD = not hasattr(gymnasium.vector, "AutoresetMode")
FINAL_OBSERVATION = "final_observation" if IS_OLD else "final_obs"


def subject(lane, trial, step):
    """Mostly wait; now and then do something, which depends on lane, trial and step alone."""
    draw = (lane * 2_654_435_761 + trial * 40_503 + step * 69_069 + 12_345) % 1009
    return draw % 3 if draw < 12 else 0


def succession(endpoint, lane, trials, seed=97):
    """Play trials of a lane by itself: what each showed, earned and told."""
    env = OperantEnv("rdm_fixed", endpoint, first_lane=lane)
    played = []
    for trial in range(trials):
        observation, _ = env.reset(seed=seed, options={"trial": trial})
        shown, earned, step, is_over = [observation], [], 0, False
        while not is_over:
            observation, reward, is_over, _, info = env.step(subject(lane, trial, step))
            shown.append(observation)
            earned.append(reward)
            step += 1
        played.append((shown, earned, info))
    env.close()
    return played


def told(infos, lane):
    """Return what vector infos tell of a lane."""
    return {
        name: told(value, lane) if isinstance(value, dict) else value[lane].item()
        for name, value in infos.items()
        if not name.startswith("_")
    }


def written(info):
    """Return an info in words, where what is not a number equals itself."""
    return json.dumps(info, sort_keys=True)


@pytest.mark.parametrize("mode", MODES)
def test_each_lane_plays_the_trials_it_would_play_by_itself(endpoint, mode):
    lanes, trials = 4, 3
    expected = [succession(endpoint, lane, trials) for lane in range(lanes)]
    env = OperantVectorEnv("rdm_fixed", lanes, endpoint, autoreset_mode=mode)
    assert env.metadata["autoreset_mode"] is mode
    observations, infos = env.reset(seed=97)
    assert infos == {}
    trial, step, is_due = [0] * lanes, [0] * lanes, [False] * lanes
    while min(trial) < trials:
        if mode is AutoresetMode.DISABLED and any(is_due):
            observations, _ = env.reset(options={"reset_mask": np.array(is_due)})
            is_due = [False] * lanes
        for lane in range(lanes):
            if trial[lane] < trials and not is_due[lane]:
                shown = expected[lane][trial[lane]][0]
                np.testing.assert_array_equal(observations[lane], shown[step[lane]])
        actions = [1 if is_due[i] else subject(i, trial[i], step[i]) for i in range(lanes)]
        observations, rewards, terminations, truncations, infos = env.step(np.array(actions))
        assert not truncations.any()
        for lane in range(lanes):
            if is_due[lane]:
                # The step after an end begins the next trial, whatever the action.
                assert rewards[lane] == 0
                assert not terminations[lane]
                is_due[lane] = False
                continue
            if trial[lane] >= trials:
                if terminations[lane]:
                    trial[lane], step[lane] = trial[lane] + 1, 0
                    is_due[lane] = mode is not AutoresetMode.SAME_STEP
                else:
                    step[lane] += 1
                continue
            shown, earned, info = expected[lane][trial[lane]]
            assert rewards[lane] == np.float32(earned[step[lane]])
            step[lane] += 1
            assert terminations[lane] == (step[lane] == len(earned))
            if not terminations[lane]:
                continue
            mine = infos["final_info"] if mode is AutoresetMode.SAME_STEP else infos
            assert mine["_trial"][lane]
            assert written(told(mine, lane)) == written(info)
            if mode is AutoresetMode.SAME_STEP:
                assert infos["_" + FINAL_OBSERVATION][lane]
                np.testing.assert_array_equal(infos[FINAL_OBSERVATION][lane], shown[-1])
            else:
                np.testing.assert_array_equal(observations[lane], shown[-1])
            trial[lane], step[lane] = trial[lane] + 1, 0
            is_due[lane] = mode is not AutoresetMode.SAME_STEP
    env.close()


def test_an_idle_lane_shows_nothing_until_it_is_begun(endpoint):
    env = OperantVectorEnv("rdm_fixed", 2, endpoint, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)
    env.step(np.array([1, 0]))
    observations, rewards, terminations, _, infos = env.step(np.array([1, 0]))
    assert observations[0].tolist() == [0, 0, 0]
    assert observations[1].tolist() == [1, 0, 0]
    assert rewards.tolist() == [0, 0]
    assert not terminations.any()
    assert infos == {}
    observations, _ = env.reset(options={"reset_mask": np.array([True, False])})
    assert observations.tolist() == [[1, 0, 0], [1, 0, 0]]
    env.close()


@pytest.mark.parametrize("mode", MODES)
def test_what_it_returns_is_of_its_spaces_and_of_the_types_it_declares(endpoint, mode):
    env = OperantVectorEnv("rdm_rt", 8, endpoint, autoreset_mode=mode)
    observations, _ = env.reset(seed=3)
    assert observations in env.observation_space
    env.action_space.seed(4)
    kept = [observations.copy()]
    returned = [observations]
    for _ in range(50):
        step = env.step(env.action_space.sample())
        observations, rewards, terminations, truncations, _ = step
        assert observations in env.observation_space
        assert observations.dtype == rewards.dtype == np.float32
        assert terminations.dtype == truncations.dtype == np.bool_
        assert rewards.shape == terminations.shape == truncations.shape == (8,)
        kept.append(observations.copy())
        returned.append(observations)
    # Nothing that was returned has been written to since.
    for then, now in zip(kept, returned, strict=True):
        np.testing.assert_array_equal(then, now)
        now[:] = 0
    env.close()


def test_the_seed_decides_everything_and_going_on_goes_on(endpoint):
    def record(env, **arguments):
        observations, _ = env.reset(**arguments)
        frames = [observations]
        for step in range(120):
            actions = [subject(lane, 0, step) for lane in range(3)]
            frames.append(env.step(np.array(actions))[0])
        return np.array(frames)

    first = OperantVectorEnv("rdm_fixed", 3, endpoint)
    second = OperantVectorEnv("rdm_fixed", 3, endpoint)
    seven = record(first, seed=7)
    more = record(first)
    np.testing.assert_array_equal(record(second, seed=7), seven)
    np.testing.assert_array_equal(record(second), more)
    assert (record(second, seed=8) != seven).any()
    np.testing.assert_array_equal(record(first, seed=7), seven)
    first.close()
    second.close()


def test_conditions_can_be_asked_for_lane_by_lane(endpoint):
    env = OperantVectorEnv("rdm_fixed", 3, endpoint, autoreset_mode=AutoresetMode.DISABLED)
    wanted = [4, {"coherence": 0, "direction": 1}, None]
    env.reset(seed=1, options={"condition": wanted, "trial": [5, 6, 7]})
    infos = env.step(np.array([1, 1, 1]))[4]
    assert infos["condition"][:2].tolist() == [4, 1]
    assert infos["trial"].tolist() == [5, 6, 7]
    env.reset(options={"condition": 9})
    assert env.step(np.array([1, 1, 1]))[4]["condition"].tolist() == [9, 9, 9]
    env.close()


def test_ideal_actions_come_with_every_step(endpoint):
    env = OperantVectorEnv("rdm_rt", 16, endpoint, with_ideal_actions=True)
    _, infos = env.reset(seed=1)
    correct = 0
    for _ in range(200):
        actions = np.maximum(infos["ideal_action"], 0)
        infos = env.step(actions)[4]
        if "correct" in infos:
            assert infos["correct"][infos["_correct"]].all()
            correct += infos["correct"].sum()
    assert correct == 16 * 2
    env.close()


def test_gymnasium_makes_it_by_name(endpoint):
    arguments = {"endpoint": endpoint, "autoreset_mode": "SameStep"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if IS_OLD:
            env = gymnasium.make_vec(
                "operant/Task-v1",
                4,
                vectorization_mode="custom",
                vector_kwargs={"task": "rdm_fixed", **arguments},
            )
        else:
            env = gymnasium.make_vec("operant/PerceptualDecisionMaking-v1", 4, **arguments)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert env.reset(seed=1)[0].shape == (4, 3)
    env.close()


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (np.array([0, 0]), r"the shape \(2,\); it has to be \(3,\)"),
        (np.zeros((3, 1), int), r"the shape \(3, 1\)"),
        (np.array([0.0, 1.0, 2.0]), "whole numbers"),
        (np.array([0, 3, 0]), "3.* is not one of this task's 3: 0 fixate, 1 left, 2 right"),
        (np.array([0, -1, 0]), "-1.* is not one of this task's 3"),
        (np.array([0, 256, 0]), "256.* is not one of this task's 3"),
        (["left"] * 3, "whole numbers"),
    ],
)
def test_actions_that_are_none_are_refused_and_change_nothing(endpoint, actions, words):
    env = OperantVectorEnv("rdm_fixed", 3, endpoint)
    twin = OperantVectorEnv("rdm_fixed", 3, endpoint)
    env.reset(seed=1)
    twin.reset(seed=1)
    with pytest.raises(ValueError, match=words):
        env.step(actions)
    for _ in range(3):
        mine, theirs = env.step(np.array([0, 1, 2])), twin.step(np.array([0, 1, 2]))
        np.testing.assert_array_equal(mine[0], theirs[0])
    env.close()
    twin.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_envs": 0}, "num_envs is 0"),
        ({"max_episode_steps": 5}, "max_episode_steps"),
        ({"autoreset_mode": "sometimes"}, "sometimes"),
    ],
)
def test_what_it_cannot_be_made_with_is_refused(endpoint, arguments, words):
    with pytest.raises(ValueError, match=words):
        OperantVectorEnv(**{"task": "rdm_fixed", "endpoint": endpoint, **arguments})


def test_a_list_of_seeds_is_refused_as_one_decides_everything(endpoint):
    env = OperantVectorEnv("rdm_fixed", 2, endpoint)
    with pytest.raises(TypeError, match="one whole number"):
        env.reset(seed=[1, 2])
    env.close()


@pytest.mark.parametrize("mask", [[True], np.array([False, False]), np.array([1, 0])])
def test_a_reset_mask_names_lanes_by_booleans(endpoint, mask):
    env = OperantVectorEnv("rdm_fixed", 2, endpoint, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="reset_mask has to be 2 booleans"):
        env.reset(options={"reset_mask": mask})
    env.close()


def test_it_needs_one_session_however_many_lanes(endpoint):
    from operant import Client

    client = Client(endpoint)
    before = client.status().sessions
    env = OperantVectorEnv("rdm_fixed", 256, endpoint)
    env.reset(seed=1)
    assert client.status().sessions == before + 1
    env.close()
    assert client.status().sessions == before
    client.close()
