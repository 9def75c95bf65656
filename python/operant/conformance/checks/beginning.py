"""Beginning trials: which ones, on which lanes, of which conditions."""

from operant.conformance import draws
from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.frame import DRAWN, FIRST, IDLE, NEXT_STEP, show_numbers
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("begin", "begin → frame")


@group.check("Every lane begun shows FIRST and no reward, whatever it did before.")
def _first_frame(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(3), seed=1)
    for _ in range(2):
        frame = session.begin()
        for lane in range(session.lane_count):
            expect_equal(int(frame.stages[0, lane]), FIRST, f"the stage of lane {lane}")
            expect_equal(float(frame.rewards[0, lane]), 0.0, f"the reward of lane {lane}")
        expect(not frame.ended, "an 'ended' in a frame that begins trials", "none")
        session.play_steps(3)


@group.check("Trials are numbered from 0 on every lane, each one more than the last.")
def _numbering(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2), seed=2)
    session.play_trials(3)
    for lane in range(session.lane_count):
        numbers = [trial for place, trial in session.referee.ended_trials if place == lane]
        expect_equal(numbers, [0, 1, 2], f"the trials of lane {lane}")


@group.check("A trial can be asked for by its number, and the next one follows it.")
def _asked_trial(candidate: Candidate) -> None:
    straight, jumping = candidate.twins(lane_count=candidate.lanes(2), seed=3)
    straight.play_trials(5)
    every = range(jumping.lane_count)
    jumping.play_trials(1, trials=[3 for _ in every])
    jumping.play_trials(1)
    expect_same_trials(jumping.referee.trials, straight.referee.trials, "trials 3 and 4")
    expect_equal([trial for lane, trial in jumping.referee.trials if lane == 0], [3, 4], "trials")
    # And one that nobody comes to by counting.
    jumping.play_trials(1, trials=[(1 << 40) + lane for lane in every])


@group.check("A trial number beyond 2⁶³ − 1 is refused with OUT_OF_RANGE.", "Limits")
def _last_trial(candidate: Candidate) -> None:
    session = candidate.open()
    for trial in ((1 << 64) - 1, 1 << 63):
        request = session.begin_request(trials=[trial])
        session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)
    session.begin(trials=[(1 << 63) - 1])
    session.step()


@group.check("Every condition can be asked for, and is the one that is played.")
def _asked_condition(candidate: Candidate) -> None:
    count = len(candidate.task.conditions)
    lanes = candidate.lanes(min(count, 16))
    session = candidate.open(lane_count=lanes, seed=5)
    for start in range(0, min(count, 64), lanes):
        asked = [(start + lane) % count for lane in range(lanes)]
        session.play_trials(1, conditions=asked)
    for (lane, trial), record in session.referee.ended_trials.items():
        wanted = (trial * lanes + lane) % count
        assert record.ended is not None
        expect_equal(record.ended.condition, wanted, f"the condition of trial {trial}")


@group.check("Condition 4294967295 leaves a lane's to the server, beside others asked for.")
def _drawn_condition(candidate: Candidate) -> None:
    lanes = candidate.lanes(2)
    count = len(candidate.task.conditions)
    plain, asked = candidate.twins(lane_count=lanes, seed=6)
    plain.play_trials(1)
    other = (draws.condition(6, 0, 0, count) + 1) % count
    conditions = [DRAWN] if lanes == 1 else [other, DRAWN]
    asked.play_trials(1, conditions=conditions)
    left = {key: trial for key, trial in asked.referee.trials.items() if key[0] == lanes - 1}
    expect_same_trials(left, plain.referee.trials, "a lane left to the server and one never asked")


@group.check("Lanes that are not named show IDLE, and go on with their trials.")
def _named_lanes(candidate: Candidate) -> None:
    lanes = candidate.lanes(3, at_least=2)
    whole, named = candidate.twins(NEXT_STEP, lane_count=lanes, seed=7)
    whole.begin()
    whole.play_steps(60)
    named.begin()
    for step in range(60):
        named.play_steps(1)
        if step in (2, 5, 17):
            frame = named.begin(lanes=[0])
            stages = frame.stages[0].tolist()
            expect_equal(stages, [FIRST] + [IDLE] * (lanes - 1), "the stages of lane 0's begin")
    others = {key: trial for key, trial in named.referee.trials.items() if key[0] > 0}
    expect_same_trials(others, whole.referee.trials, "lanes beside one that is begun again")


@group.check("Lanes that are not named show what they showed before, or zeros.")
def _unnamed_observations(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(3, at_least=2), seed=14)
    frame = session.begin(lanes=[0])
    expect(not frame.observations[0, 1:].any(), "observations of lanes never begun", "zeros")
    session.begin(lanes=range(1, session.lane_count))
    for _ in range(3):
        before = session.step().observations[0, 1:]
        after = session.begin(lanes=[0]).observations[0, 1:]
        expect(
            before.tobytes() == after.tobytes(),
            f"other observations than before, {show_numbers(after)}",
            show_numbers(before),
        )


@group.check("Trials and conditions belong to the lanes at the same places.")
def _order_of_lanes(candidate: Candidate) -> None:
    lanes = candidate.lanes(4, at_least=2)
    count = len(candidate.task.conditions)
    there, back = candidate.twins(lane_count=lanes, seed=8)
    trials = [10 + 3 * lane for lane in range(lanes)]
    conditions = [lane % count for lane in range(lanes)]
    order = list(range(lanes))
    there.play_trials(1, lanes=order, trials=trials, conditions=conditions)
    back.play_trials(1, lanes=order[::-1], trials=trials[::-1], conditions=conditions[::-1])
    expect_same_trials(back.referee.trials, there.referee.trials, "lanes named in two orders")


@group.check("A lane begun in the middle of a trial leaves it without a trace.")
def _mid_trial(candidate: Candidate) -> None:
    session, twin = candidate.twins(seed=9)
    session.begin()
    session.begin()
    session.begin()
    expect_equal(session.referee.lanes[0].trial, 2, "the trial under way")
    twin.begin(trials=[2])
    while not twin.is_idle:
        session.step()
        twin.step()
    expect_same_trials(
        session.referee.ended_trials, twin.referee.ended_trials, "a trial after two left alone"
    )


@group.check("A lane that the session has not is refused with OUT_OF_RANGE.")
def _lane_out_of_range(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2))
    for lane in (session.lane_count, (1 << 32) - 1):
        request = session.begin_request(lanes=[lane])
        session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)
    session.begin()


@group.check("A lane that is named twice is refused with OUT_OF_RANGE.")
def _lane_twice(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2))
    request = session.begin_request(lanes=[0, 0])
    session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)
    session.begin()


@group.check("A condition that the task has not is refused with OUT_OF_RANGE.")
def _condition_out_of_range(candidate: Candidate) -> None:
    session = candidate.open()
    for condition in (len(session.opened.task.conditions), DRAWN - 1):
        request = session.begin_request(conditions=[condition])
        session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)
    session.begin()


@group.check("Trials or conditions for more or fewer lanes than named are refused as malformed.")
def _column_counts(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(3))
    lanes = session.lane_count
    for request in (
        session.begin_request(trials=[0] * (lanes + 1)),
        session.begin_request(conditions=[0] * (lanes + 1)),
        session.begin_request(lanes=[0], trials=[0, 0]),
        session.begin_request(lanes=[0], conditions=[0, 0]),
    ):
        session.refused(request, gym_pb2.CODE_MALFORMED)
    session.begin()


@group.check("A begin without a session is refused with UNKNOWN_SESSION.", "Lost sessions")
def _no_session(candidate: Candidate) -> None:
    request = gym_pb2.Request(sequence=1, begin=gym_pb2.Begin())
    candidate.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
