"""Refusals: a code, a sentence, and nothing changed."""

from collections.abc import Callable

import numpy as np

from operant.conformance import fields
from operant.conformance.candidate import Candidate, name_code
from operant.conformance.findings import Skipped, expect
from operant.conformance.frame import NEXT_STEP, expect_same_frame
from operant.conformance.registry import Group
from operant.conformance.session import Session
from operant.v1 import gym_pb2

group = Group("refusals", "Refusals")


def _provoke(candidate: Candidate) -> dict[int, gym_pb2.Refusal]:
    """Provoke whatever can be provoked from outside; return the refusals by their codes."""
    session = candidate.open(lane_count=candidate.lanes(2))
    out_of_turn = session.begin_request()
    out_of_turn.sequence = 3
    nothing_begun = session.step_request()
    session_refusals = [
        session.refused(out_of_turn, gym_pb2.CODE_SEQUENCE),
        session.refused(nothing_begun, gym_pb2.CODE_NOTHING_BEGUN),
        session.refused(session.begin_request(lanes=[9999]), gym_pb2.CODE_OUT_OF_RANGE),
    ]
    session.begin()
    too_many = [session.actions.any(0)] * (session.lane_count + 1)
    nobody = gym_pb2.Request(sequence=1, session=bytes(16), begin=gym_pb2.Begin())
    strange = [gym_pb2.Setting(name="?", value=[1.0])]
    provoked = [
        *session_refusals,
        session.refused(session.step_request(too_many), gym_pb2.CODE_BAD_ACTION),
        candidate.malformed(b"\xff\xff\xff", "three bytes 0xff"),
        candidate.refused(candidate.hello(major=2), gym_pb2.CODE_VERSION),
        candidate.refused(candidate.describe_request("?"), gym_pb2.CODE_UNKNOWN_TASK),
        candidate.refused(candidate.open_request(preset="?"), gym_pb2.CODE_UNKNOWN_PRESET),
        candidate.refused(candidate.open_request(settings=strange), gym_pb2.CODE_BAD_SETTING),
        candidate.refused(nobody, gym_pb2.CODE_UNKNOWN_SESSION),
        candidate.refused(candidate.open_request(key=bytes(65)), gym_pb2.CODE_LIMIT),
    ]
    return {refusal.code: refusal for refusal in provoked}


@group.check("Every refusal has a sentence of its own that says what came.")
def _sentences(candidate: Candidate) -> None:
    sentences: dict[str, int] = {}
    for code, refusal in _provoke(candidate).items():
        expect(
            refusal.sentence not in sentences,
            f"'{refusal.sentence}' for {name_code(code)} too",
            "a sentence that tells one refusal from another",
        )
        sentences[refusal.sentence] = code


@group.check("What can never be met is not said to be worth another try.")
def _can_retry(candidate: Candidate) -> None:
    hopeless = (
        gym_pb2.CODE_MALFORMED,
        gym_pb2.CODE_VERSION,
        gym_pb2.CODE_UNKNOWN_SESSION,
        gym_pb2.CODE_BAD_ACTION,
        gym_pb2.CODE_OUT_OF_RANGE,
    )
    for code, refusal in _provoke(candidate).items():
        if code in hopeless:
            expect(not refusal.can_retry, f"'can_retry' with {name_code(code)}", "false")


@group.check("A token that no session has is refused with UNKNOWN_SESSION.", "Lost sessions")
def _unknown_session(candidate: Candidate) -> None:
    session = candidate.open()
    session.begin()
    forged = bytes([session.token[0] ^ 1]) + session.token[1:]
    for token in (bytes(16), bytes(range(16)), forged):
        for request in (session.begin_request(), session.step_request()):
            request.session = token
            session.refused(request, gym_pb2.CODE_UNKNOWN_SESSION)
    session.step()


@group.check("A token of another length than 16 bytes is refused as malformed.")
def _token_length(candidate: Candidate) -> None:
    session = candidate.open()
    for token in (session.token[:15], session.token + b"\0", b"\0"):
        request = session.begin_request()
        request.session = token
        session.refused(request, gym_pb2.CODE_MALFORMED)
    hello = candidate.hello()
    hello.session = b"abc"
    candidate.refused(hello, gym_pb2.CODE_MALFORMED)
    session.begin()


@group.check("A request is refused for the first thing that is wrong.", "What may follow what")
def _order(candidate: Candidate) -> None:
    session = candidate.open(lane_count=candidate.lanes(2))
    bad_step = session.step_request([session.actions.any(0)] * (session.lane_count + 1))
    bad_fields = session.request(begin=gym_pb2.Begin(lanes=bytes(3)))
    # Its fields before its session, its session before its number, its number before what it asks.
    for request in (bad_step, bad_fields):
        request.session, request.sequence = bytes(16), 9
    session.refused(bad_fields, gym_pb2.CODE_MALFORMED)
    session.refused(bad_step, gym_pb2.CODE_UNKNOWN_SESSION)
    bad_step.session = session.token
    session.refused(bad_step, gym_pb2.CODE_SEQUENCE)
    bad_step.sequence = 1
    session.refused(bad_step, gym_pb2.CODE_NOTHING_BEGUN)
    session.begin()
    bad_step.sequence = 2
    session.refused(bad_step, gym_pb2.CODE_BAD_ACTION)
    session.step()


# What follows is refused in mid-play; a twin that is spared it has to go on the same.


def _expect_unchanged(candidate: Candidate, disturb: Callable[[Session], None]) -> None:
    for seed, steps in ((110, 0), (111, 1), (112, 7)):
        session, twin = candidate.twins(NEXT_STEP, lane_count=candidate.lanes(3), seed=seed)
        for player in (session, twin):
            player.begin()
            player.play_steps(steps)
        disturb(session)
        for step in range(12):
            where = f"{step + 1} steps after the refusal"
            expect_same_frame(session.step(), twin.step(), where)
        session.close()
        twin.close()


@group.check("A step refused for an action of its last lane has moved no lane.")
def _bad_action(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        if not session.actions.is_discrete:
            raise Skipped("the task's actions are continuous")
        actions = [*session.choose()[:-1], session.actions.count]
        session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)

    _expect_unchanged(candidate, disturb)


@group.check("A step refused for an amount that is no number has moved no lane.")
def _bad_amount(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        amounts = np.zeros(session.lane_count * max(1, session.actions.width), "<f4")
        amounts[-1] = np.nan
        step = gym_pb2.Step(amounts=amounts.tobytes())
        session.refused(session.request(step=step), gym_pb2.CODE_BAD_ACTION)

    _expect_unchanged(candidate, disturb)


@group.check("A step refused for the number of its actions has moved no lane.")
def _bad_count(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        chosen = session.choose()
        for actions in (chosen[:-1], [*chosen, chosen[0]]):
            session.refused(session.step_request(actions), gym_pb2.CODE_BAD_ACTION)

    _expect_unchanged(candidate, disturb)


@group.check("A begin refused for one lane has begun no other.")
def _bad_lane(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        for lanes in ([0, session.lane_count], [0, 0]):
            request = session.begin_request(lanes=lanes)
            session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)

    _expect_unchanged(candidate, disturb)


@group.check("A begin refused for the condition of its last lane has begun no lane.")
def _bad_condition(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        stray = len(session.opened.task.conditions)
        request = session.begin_request(conditions=[0] * (session.lane_count - 1) + [stray])
        session.refused(request, gym_pb2.CODE_OUT_OF_RANGE)

    _expect_unchanged(candidate, disturb)


@group.check("A begin refused for the length of a column has begun no lane.")
def _bad_column(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        for begin in (
            gym_pb2.Begin(lanes=bytes(3)),
            gym_pb2.Begin(trials=bytes(7)),
            gym_pb2.Begin(conditions=bytes(5)),
            gym_pb2.Begin(trials=bytes(8 * (session.lane_count + 1))),
        ):
            session.refused(session.request(begin=begin), gym_pb2.CODE_MALFORMED)

    _expect_unchanged(candidate, disturb)


@group.check("Bytes that break off within a session's request change nothing in it.")
def _broken_off(candidate: Candidate) -> None:
    def disturb(session: Session) -> None:
        whole = session.step_request().SerializeToString()
        number = fields.number(fields.SEQUENCE, session.sequence + 1)
        for end in range(len(number), len(whole)):
            what = f"the first {end} of a step's {len(whole)} bytes"
            candidate.malformed(whole[:end], what, session.sequence + 1)

    _expect_unchanged(candidate, disturb)
