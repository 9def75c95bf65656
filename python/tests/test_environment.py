import pickle
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import operant
from operant.environment import OperantEnv
from operant.errors import OperantError, RefusedError, TrialOverError
from operant.registration import TASKS

NAMES = [name for task, aliases in TASKS.items() for name in (task, *aliases)]


@pytest.fixture
def env(endpoint):
    env = OperantEnv("rdm_fixed", endpoint)
    yield env
    env.close()


def play(env, *, options=None, seed=None, action=None):
    """Hold fixation while it is shown, then go right; return what was seen, earned and told."""
    observation, info = env.reset(seed=seed, options=options)
    seen, earned = [observation], []
    while True:
        choice = action if action is not None else 0 if observation[0] > 0.5 else 2
        observation, reward, terminated, truncated, info = env.step(choice)
        seen.append(observation)
        earned.append(reward)
        if terminated or truncated:
            return np.array(seen), earned, info


@pytest.mark.parametrize("name", NAMES)
def test_passes_gymnasiums_own_check_without_a_warning(name, endpoint):
    env = gymnasium.make(f"operant/{name}-v1", endpoint=endpoint)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # A rate has the range of its units, and nobody's optimiser is asked.
        warnings.filterwarnings("ignore", message=".*a symmetric and normalized space")
        check_env(env.unwrapped)
    env.close()


def test_every_task_of_the_server_is_registered_under_all_its_names(endpoint):
    offers = operant.Client(endpoint).hello().tasks
    assert {offer.name: offer.aliases for offer in offers} == TASKS


def test_without_an_endpoint_it_starts_a_server_of_its_own(endpoint):
    env = gymnasium.make("operant/PerceptualDecisionMaking-v1")
    observation, _ = env.reset(seed=1)
    assert observation.tolist() == [1, 0, 0]
    env.close()


def test_channels_and_actions_have_names(env):
    assert env.channels == {"fixation": slice(0, 1), "left": slice(1, 2), "right": slice(2, 3)}
    assert env.actions == ("fixate", "left", "right")
    assert env.observation_space.shape == (3,)
    assert env.observation_space.dtype == np.float32
    assert env.action_space == gymnasium.spaces.Discrete(3)


def test_samples_of_its_spaces_are_in_them(env):
    assert env.observation_space.sample() in env.observation_space
    assert env.action_space.sample() in env.action_space


def test_the_seed_decides_every_trial_to_come(env, endpoint):
    first = [play(env, seed=7), play(env), play(env)]
    other = OperantEnv("rdm_fixed", endpoint)
    second = [play(other, seed=7), play(other), play(other)]
    for (seen, earned, info), (seen2, earned2, info2) in zip(first, second, strict=True):
        np.testing.assert_array_equal(seen, seen2)
        assert earned == earned2
        assert info == info2
    assert [info["trial"] for _, _, info in first] == [0, 1, 2]
    assert len(play(other, seed=8)[0]) != len(first[0][0])
    other.close()


def test_the_info_of_the_last_step_tells_of_the_trial_that_ended(env):
    _, earned, info = play(env, seed=3)
    told = env.task.conditions[info["condition"]]
    assert info["trial"] == 0
    assert info["choice"] == 2
    assert info["ending"] == ("correct" if told["direction"] == 1 else "error")
    assert info["correct"] == (told["direction"] == 1)
    assert info["step_count"] == len(earned)
    assert info["facts"]["coherence"] == pytest.approx(told["coherence"])
    assert info["facts"]["direction"] == told["direction"]
    assert set(info["facts"]) == {fact.name for fact in env.task.facts}


def test_who_lets_go_early_is_told_so(env):
    _, earned, info = play(env, seed=3, action=1)
    assert earned == [-1]
    assert info["ending"] == "abort"
    assert not info["correct"]


def test_who_never_answers_misses_and_has_made_no_choice(env):
    _, _, info = play(env, seed=3, action=0)
    assert info["ending"] == "miss"
    assert info["choice"] == -1
    assert np.isnan(info["facts"]["reactionTime"])


def test_a_condition_can_be_asked_for_by_number_or_by_its_factors(env):
    for condition in range(len(env.task.conditions)):
        assert play(env, options={"condition": condition})[2]["condition"] == condition
    wanted = {"coherence": 25.6, "direction": -1}
    info = play(env, options={"condition": wanted})[2]
    assert env.task.conditions[info["condition"]] == wanted


def test_a_trial_can_be_asked_for_again(env):
    seen, _, info = play(env, seed=5, options={"trial": 41})
    play(env)
    again, _, info2 = play(env, options={"trial": 41})
    np.testing.assert_array_equal(seen, again)
    assert info == info2
    assert play(env)[2]["trial"] == 42


def test_parameters_and_time_step_can_be_set(endpoint):
    env = OperantEnv(
        "rdm_fixed",
        endpoint,
        settings={"fixation": 100, "coherences": [51.2]},
        time_step_ms=20,
    )
    assert len(env.task.conditions) == 2
    seen, _, info = play(env, seed=1)
    assert info["facts"]["stimulusStart"] == 100
    assert (seen[:5, env.channels["left"]] == 0).all()
    env.close()


def test_ideal_actions_earn_what_the_task_says(endpoint):
    env = OperantEnv("rdm_fixed", endpoint, with_ideal_actions=True)
    _, info = env.reset(seed=1)
    total = 0.0
    for _ in range(20):
        is_over = False
        while not is_over:
            _, reward, is_over, _, info = env.step(info["ideal_action"])
            total += reward
        assert info["ending"] == "correct"
        assert info["ideal_action"] == -1
        _, info = env.reset()
    assert total / 20 == env.task.oracle_reward
    env.close()


@pytest.mark.parametrize("action", [3, -1, 1.5, "left", None, 256])
def test_an_action_that_is_none_is_refused_with_the_names_of_those_there_are(env, action):
    env.reset(seed=1)
    with pytest.raises(ValueError, match="not one of this task's 3: 0 fixate, 1 left, 2 right"):
        env.step(action)
    env.step(0)


def test_numpy_actions_are_actions_too(env):
    env.reset(seed=1)
    for action in [np.int64(0), np.uint8(0), np.array(0), True - 1]:
        env.step(action)


def test_an_action_after_the_end_says_that_reset_is_due(env):
    with pytest.raises(OperantError, match=r"no trial has begun; call reset\(\) first"):
        env.step(0)
    play(env, seed=1, action=1)
    with pytest.raises(TrialOverError, match=r"call reset\(\)"):
        env.step(0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"condition": 10}, "condition 10 is not one of this task's 10, 0 to 9"),
        ({"condition": {"coherence": 7}}, "0 conditions of PerceptualDecisionMaking have"),
        ({"condition": {"coherence": 0}}, "2 conditions of PerceptualDecisionMaking have"),
        ({"trial": -1}, "'trial' is -1; it has to be a whole number from 0"),
        ({"trial": 0.5}, "'trial' is 0.5; it has to be a whole number from 0"),
        ({"trials": 3}, "reset has no option 'trials'; it has condition, trial, reset_mask"),
    ],
)
def test_what_cannot_be_asked_of_reset_is_refused_in_words(env, options, words):
    with pytest.raises(ValueError, match=words):
        env.reset(options=options)


def test_a_seed_out_of_range_is_refused(env):
    with pytest.raises(ValueError, match="seed"):
        env.reset(seed=1 << 64)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"task": "rdm_fixd"}, "did you mean 'rdm_fixed'"),
        ({"preset": "sang2017"}, "did you mean 'song2017'"),
        ({"settings": {"noise": -1}}, "'noise' is -1 1/√ms; it can be 0 to 1000"),
        ({"settings": {"nois": 1}}, "did you mean 'noise'"),
        ({"time_step_ms": 20_000}, "the time step in ms is 20000"),
    ],
)
def test_what_a_server_refuses_is_an_exception_that_says_what_to_do(endpoint, arguments, words):
    with pytest.raises(RefusedError, match=words) as refused:
        OperantEnv(**{"task": "rdm_fixed", "endpoint": endpoint, **arguments})
    assert "(" in str(refused.value)
    assert pickle.loads(pickle.dumps(refused.value)).code == refused.value.code


def test_closing_twice_is_closing(endpoint):
    env = OperantEnv("rdm_fixed", endpoint)
    env.reset(seed=1)
    env.close()
    env.close()
    with pytest.raises(OperantError, match="closed"):
        env.reset()


def test_an_environment_goes_on_with_its_trials_after_a_reset_when_its_session_was_lost():
    from operant.local_server import LocalServer

    server = LocalServer()
    env = OperantEnv("rdm_fixed", server.endpoint, time_out=2)
    expected = [play(env, seed=9), play(env), play(env)]
    assert play(env, seed=9)[2] == expected[0][2]
    # What the server knew is gone with its sessions; another one listens in its place.
    env._player._session.close()
    np.testing.assert_array_equal(play(env)[0], expected[1][0])
    assert play(env)[2] == expected[2][2]
    env.close()
    server.end()
