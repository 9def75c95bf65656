"""Trial k of lane l is the same trial, whatever else is played, and wherever."""

from collections.abc import Iterator

import numpy as np
import pytest
from raw_agent import RawAgent
from served_environments import Evidence, Forgetful, Wander

from operant import Client, OperantEnv, RestartRule, Server
from operant.serving.draws import condition, stream, trial_seed
from operant.session import FIRST, IDLE, LAST, MIDDLE

SEED = 0x9E37_79B9_7F4A_7C15
LANES, TRIALS = 4, 5

Played = dict[tuple[int, int], list[tuple[bytes, float]]]


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    with Server(
        Evidence,
        "ipc://@operant-test-trials",
        conditions=Evidence.conditions,
        facts=["cue_time"],
        step_limit=12,
    ) as server:
        yield server.endpoint


def subject(lane: int, trial: int, step: int) -> int:
    """Choose by lane, trial and step alone."""
    draw = (lane * 40_503 + trial * 30_011 + step * 69_069) % 101
    return draw % 3 if draw < 40 else 0


def play(
    endpoint: str, rule: RestartRule, first_lane: int, lanes: int, trials: list[int] | None = None
) -> Played:
    """Play trials on some lanes; what each showed and earned, by lane and trial."""
    client = Client(endpoint)
    session = client.open(
        "Evidence", lane_count=lanes, seed=SEED, first_lane=first_lane, restart_rule=rule
    )
    waiting = list(range(TRIALS)) if trials is None else trials
    start = waiting[0]
    frame = session.begin((), [start] * lanes)
    numbers, steps = [start] * lanes, [0] * lanes
    turns = [0] * lanes
    played: Played = {
        (first_lane + lane, start): [(frame.observations[lane].tobytes(), 0.0)]
        for lane in range(lanes)
    }
    # Under the rules that restart by themselves, lanes that are done play on while others finish.
    while any(turn < len(waiting) for turn in turns):
        choices = [subject(first_lane + n, numbers[n], steps[n]) for n in range(lanes)]
        frame = session.step(bytes(choices))
        restarted = []
        for lane in range(lanes):
            stage, row = frame.stages[lane], frame.observations[lane].tobytes()
            key = (first_lane + lane, numbers[lane])
            steps[lane] += 1
            if stage & (MIDDLE | LAST):
                shown = row
                if stage & FIRST:
                    assert frame.ended is not None
                    index = frame.ended.lanes.tolist().index(lane)
                    shown = frame.ended.final_observations[index].tobytes()
                played[key].append((shown, float(frame.rewards[lane])))
            if stage & LAST:
                turns[lane] += 1
            if stage & FIRST:
                numbers[lane] += 1
                steps[lane] = 0
                played[(key[0], numbers[lane])] = [(row, 0.0)]
            if stage & LAST and rule == RestartRule.DISABLED and turns[lane] < len(waiting):
                restarted.append(lane)
            assert stage != IDLE or rule == RestartRule.DISABLED
        for lane in restarted:
            numbers[lane], steps[lane] = waiting[turns[lane]], 0
            frame = session.begin([lane], [numbers[lane]])
            row = frame.observations[lane].tobytes()
            played[(first_lane + lane, numbers[lane])] = [(row, 0.0)]
    session.close()
    client.close()
    return {key: shown for key, shown in played.items() if key[1] < TRIALS}


@pytest.fixture(scope="module")
def expected(place: str) -> Played:
    return play(place, RestartRule.DISABLED, 0, LANES)


@pytest.mark.parametrize("rule", list(RestartRule))
@pytest.mark.parametrize("layout", [[4], [1, 3], [3, 1], [1, 1, 1, 1]])
def test_trials_are_the_same_however_lanes_are_shared_out(
    place: str, expected: Played, rule: RestartRule, layout: list[int]
) -> None:
    played: Played = {}
    first = 0
    for lanes in layout:
        played |= play(place, rule, first, lanes)
        first += lanes
    assert played == expected
    assert len(expected) == LANES * TRIALS
    assert len({shown[0] for shown in map(tuple, expected.values())}) == LANES * TRIALS


def test_trials_are_the_same_in_any_order(place: str, expected: Played) -> None:
    for lane in range(LANES):
        played = play(place, RestartRule.DISABLED, lane, 1, [3, 1, 4, 1, 0, 2, 3])
        assert played == {key: shown for key, shown in expected.items() if key[0] == lane}


def test_trials_are_the_same_on_a_server_that_was_started_anew(expected: Played) -> None:
    with Server(Evidence, "tcp://127.0.0.1:*", conditions=Evidence.conditions, step_limit=12) as s:
        assert play(s.endpoint, RestartRule.DISABLED, 0, LANES) == expected


def test_a_session_that_was_lost_in_mid_trial_can_be_brought_back(place: str) -> None:
    with RawAgent(place) as agent:
        agent.open("Evidence", 2, seed=SEED)
        agent.begin([], [6, 8], [0, 2])
        frames = [agent.step(0, 0).frame for _ in range(5)]
        lost = agent.token
        agent.open("Evidence", 2, seed=SEED)
        assert agent.token != lost
        agent.begin([], [6, 8], [0, 2])
        assert [agent.step(0, 0).frame for _ in range(5)] == frames


def test_another_seed_means_other_trials(place: str, expected: Played) -> None:
    client = Client(place)
    session = client.open("Evidence", lane_count=LANES, seed=SEED + 1)
    frame = session.begin()
    shown = {frame.observations[lane].tobytes() for lane in range(LANES)}
    assert not shown & {first[0][0] for first in expected.values()}
    client.close()


@pytest.mark.parametrize("seed", [0, 97, (1 << 64) - 1])
@pytest.mark.parametrize("first_lane", [0, 1 << 32, (1 << 64) - 1])
def test_conditions_are_drawn_as_the_own_server_draws_them(
    endpoint: str, seed: int, first_lane: int
) -> None:
    client = Client(endpoint)
    session = client.open("rdm_fixed", lane_count=6, seed=seed, first_lane=first_lane)
    count = len(session.task.conditions)
    drawn = []
    for trial in (0, 1, 2, 1000, (1 << 63) - 1):
        session.begin((), [trial] * 6)
        # An answer in fixation ends the trial at once.
        ended = session.step(bytes([1] * 6)).ended
        assert ended is not None
        for lane, number in zip(ended.lanes.tolist(), ended.conditions.tolist(), strict=True):
            key = (first_lane + lane) % 2**64
            assert condition(seed, key, trial, count) == number
            drawn.append(number)
    assert len(set(drawn)) > 5
    client.close()


def test_streams_are_keyed_by_the_hash_of_their_names() -> None:
    # FNV-1a of the empty name and of "a", by its definition.
    assert stream("") == 0xCBF29CE484222325
    assert stream("a") == 0xAF63DC4C8601EC8C


def test_every_condition_is_drawn_equally_often() -> None:
    count, trials = 7, 7000
    drawn = np.bincount([condition(3, 1, t, count) for t in range(trials)], minlength=count)
    expected = trials / count
    # χ² with 6 degrees of freedom; 22.5 is exceeded once in a thousand times.
    assert ((drawn - expected) ** 2 / expected).sum() < 22.5
    assert condition(3, 1, 5, 1) == 0


def test_seeds_of_trials_suit_every_generator() -> None:
    seeds = [trial_seed(SEED, lane, trial) for lane in range(40) for trial in range(40)]
    assert len(set(seeds)) == 1600
    assert min(seeds) >= 0
    assert 2**30 < max(seeds) < 2**31


def test_an_environment_that_forgets_its_seed_is_told_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Server(Forgetful, "tcp://127.0.0.1:*").stop()
    said = capsys.readouterr().err
    assert said.startswith("operant: Forgetful does not play the same trial twice")
    assert said.count("\n") == 1
    Server(Wander, "tcp://127.0.0.1:*").stop()
    assert capsys.readouterr().err == ""


def test_the_client_of_this_package_plays_there_too(place: str) -> None:
    env = OperantEnv("Evidence", place)
    observation, _ = env.reset(seed=4, options={"condition": {"side": 1, "strength": 3}})
    assert observation.shape == (4,)
    for _ in range(4):
        observation, reward, terminated, truncated, info = env.step(0)
        assert (reward, terminated, truncated, info) == (-0.125, False, False, {})
    *_, terminated, _, info = env.step(2)
    assert terminated
    assert (info["ending"], info["choice"]) == ("correct", 2)
    env.close()
