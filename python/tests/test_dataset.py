import numpy as np
import pytest

from operant import Dataset, OperantEnv
from operant.errors import RefusedError

TASKS = ["rdm_fixed", "rdm_rt"]


@pytest.fixture(params=TASKS)
def dataset(request, endpoint):
    dataset = Dataset(request.param, 8, seed=3, endpoint=endpoint)
    yield dataset
    dataset.close()


def test_inputs_targets_and_mask_are_time_by_trial(dataset):
    inputs, targets, mask, trials = next(dataset)
    time = inputs.shape[0]
    assert inputs.shape == (time, 8, 3)
    assert targets.shape == mask.shape == (time, 8)
    assert (inputs.dtype, targets.dtype, mask.dtype) == (np.float32, np.int64, np.bool_)
    assert mask[-1].any()
    assert (targets[~mask] == 0).all()
    assert trials.step_count.tolist() == mask.sum(axis=0).tolist()
    assert trials.trial.tolist() == [0] * 8


def test_inputs_are_those_an_agent_is_shown_and_targets_what_earns_it_the_reward(dataset, endpoint):
    inputs, targets, mask, trials = dataset[5]
    for lane in range(8):
        env = OperantEnv(dataset.task.name, endpoint, first_lane=lane)
        observation, _ = env.reset(seed=3, options={"trial": 5})
        step, is_over = 0, False
        while not is_over:
            np.testing.assert_array_equal(observation, inputs[step, lane])
            assert mask[step, lane]
            observation, reward, is_over, _, info = env.step(targets[step, lane])
            step += 1
        assert reward == 1
        assert info["ending"] == "correct"
        assert info["condition"] == trials.condition[lane]
        facts = {name: column[lane].item() for name, column in trials.facts.items()}
        assert facts == info["facts"]
        env.close()


def test_all_of_the_time_to_answer_has_its_target(endpoint):
    dataset = Dataset("rdm_fixed", 4, seed=1, endpoint=endpoint)
    _, targets, _, trials = next(dataset)
    for lane in range(4):
        steps = trials.step_count[lane]
        answer = 2 if trials.facts["direction"][lane] > 0 else 1
        # 500 ms of 10 ms each.
        assert targets[steps - 50 : steps, lane].tolist() == [answer] * 50
        assert not targets[: steps - 50, lane].any()
    dataset.close()


def test_a_batch_is_the_same_whenever_it_is_asked_for(dataset, endpoint):
    batches = [next(dataset) for _ in range(3)]
    np.testing.assert_array_equal(dataset[1].inputs, batches[1].inputs)
    again = Dataset(dataset.task.name, 8, seed=3, endpoint=endpoint)
    for batch in batches:
        np.testing.assert_array_equal(next(again).inputs, batch.inputs)
    again.close()
    other = Dataset(dataset.task.name, 8, seed=4, endpoint=endpoint)
    assert (
        next(other).inputs.shape != batches[0].inputs.shape
        or (other[0].inputs != batches[0].inputs).any()
    )
    other.close()


def test_conditions_can_be_asked_for(endpoint):
    dataset = Dataset("rdm_rt", 4, seed=1, endpoint=endpoint, conditions=[0, 3, 3, 11])
    assert next(dataset).trials.condition.tolist() == [0, 3, 3, 11]
    assert next(dataset).trials.condition.tolist() == [0, 3, 3, 11]
    dataset.close()


def test_trials_too_long_for_one_frame_come_step_by_step(endpoint):
    whole = Dataset("rdm_fixed", 4, seed=1, endpoint=endpoint)
    by_one = Dataset("rdm_fixed", 4, seed=1, endpoint=endpoint)
    # More than the server shows at once.
    by_one._seat.step_limit = 5000
    by_one._session = by_one._open()
    batch, expected = by_one[0], whole[0]
    # Up to the end that ideal actions bring about, which is the first moment that takes an answer.
    for lane in range(4):
        steps = batch.trials.step_count[lane]
        assert steps == expected.trials.step_count[lane] - 49
        np.testing.assert_array_equal(batch.inputs[:steps, lane], expected.inputs[:steps, lane])
        assert batch.targets[steps - 1, lane] == expected.targets[steps, lane]
    assert batch.trials.condition.tolist() == expected.trials.condition.tolist()
    whole.close()
    by_one.close()


def test_a_session_that_ran_out_while_a_network_learned_is_opened_again(dataset):
    before = dataset[2]
    # As if its lease had run out: the server forgets it, and the data set does not know.
    dataset._session.close()
    np.testing.assert_array_equal(dataset[2].inputs, before.inputs)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size is 0; it has to be 1 at least"),
        ({"conditions": [1]}, ValueError, "'condition' has 1 numbers; there are 2 lanes"),
        ({"task": "rdm"}, RefusedError, "no task named 'rdm'"),
    ],
)
def test_what_it_cannot_be_made_of_is_refused_in_words(endpoint, arguments, error, words):
    with pytest.raises(error, match=words):
        Dataset(**{"task": "rdm_rt", "batch_size": 2, "seed": 1, "endpoint": endpoint, **arguments})


def test_batches_are_counted_from_0(dataset):
    with pytest.raises(IndexError, match="counted from 0"):
        dataset[-1]
