"""Servers that break one promise each: a saboteur stands between the suite and an honest server."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import zmq
from google.protobuf.message import DecodeError

from operant.v1 import gym_pb2

FIRST, LAST, TERMINATED, TRUNCATED, IDLE = 1, 4, 8, 16, 32
IN_SESSION = ("begin", "step", "close")


class Saboteur:
    """Passes everything on as it comes: the honest one, from which the others take after."""

    meant: ClassVar[str] = ""
    """The check that is meant to catch it."""
    copies = 1
    """How often every reply is sent."""

    def connect(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> None:
        """Connect to the honest server."""
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.rcvtimeo = 5000
        self.socket.connect(endpoint)

    def forward(self, message: bytes) -> bytes:
        """Return what the honest server answers."""
        self.socket.send(message)
        return self.socket.recv()

    def ask(self, request: gym_pb2.Request) -> gym_pb2.Reply:
        """Return what the honest server answers."""
        return gym_pb2.Reply.FromString(self.forward(request.SerializeToString()))

    def answer(self, _peer: bytes, message: bytes) -> bytes | None:
        """Return the reply to a message; None for none."""
        return self.forward(message)

    def envelope(self, parts: list[bytes]) -> list[bytes]:
        """Return what goes before the reply, given what came before the request."""
        return parts


class Spoiler(Saboteur):
    """Changes requests on their way there, and replies on their way back."""

    def answer(self, peer: bytes, message: bytes) -> bytes | None:
        """Return the reply to a message; None for none."""
        try:
            request = gym_pb2.Request.FromString(message)
        except DecodeError:
            return self.answer_garbage(message)
        asked = gym_pb2.Request.FromString(message)
        if (refusal := self.refuse(peer, request)) is not None:
            refusal.sequence = request.sequence
            return refusal.SerializeToString()
        self.spoil_request(request)
        reply = (
            self.ask(request)
            if request != asked
            else gym_pb2.Reply.FromString(self.forward(message))
        )
        self.spoil_reply(asked, reply)
        return reply.SerializeToString()

    def answer_garbage(self, message: bytes) -> bytes | None:
        """Answer what is no request."""
        return self.forward(message)

    def refuse(self, _peer: bytes, _request: gym_pb2.Request) -> gym_pb2.Reply | None:
        """Refuse a request in the server's place."""
        return None

    def spoil_request(self, request: gym_pb2.Request) -> None:
        """Change a request."""

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        """Change the reply to a request, which is as it came."""


def refusal(code: gym_pb2.Code, sentence: str) -> gym_pb2.Reply:
    return gym_pb2.Reply(refusal=gym_pb2.Refusal(code=code, sentence=sentence))


# MARK: hello, open


class WrongSequence(Spoiler):
    """Counts replies of its own."""

    meant = "handshake/sequence"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        reply.sequence = (request.sequence + 1) % (1 << 64)


class AnyVersion(Spoiler):
    """Greets agents of every version."""

    meant = "handshake/other-major"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("hello"):
            request.hello.major = 1


class OneMinor(Spoiler):
    """Greets agents of its own minor version alone."""

    meant = "handshake/newer-minor"

    def refuse(self, _peer: bytes, request: gym_pb2.Request) -> gym_pb2.Reply | None:
        if request.hello.minor > 4:
            return refusal(gym_pb2.CODE_VERSION, "update the server")
        return None


class NoLookAhead(Spoiler):
    """Leaves a limit to be guessed."""

    meant = "handshake/limits"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("welcome"):
            reply.welcome.limits.look_ahead = 0


class HidesAliases(Spoiler):
    """Lists tasks without their aliases."""

    meant = "describe/by-name"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("welcome"):
            for task in reply.welcome.tasks:
                del task.aliases[:]


class AliasesOfOthers(Spoiler):
    """Describes a task otherwise under its alias."""

    meant = "describe/by-alias"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("task") and request.describe.task != reply.task.name:
            reply.task.name = request.describe.task


class ConditionsAlike(Spoiler):
    """Has two conditions that nothing tells apart."""

    meant = "describe/conditions"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("task"):
            reply.task.conditions[1].CopyFrom(reply.task.conditions[0])


class MoreThanCertain(Spoiler):
    """Knows an observer that is right more often than always."""

    meant = "describe/levels"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("task"):
            reply.task.ideal_observer.value = 1.01


class RuleForNobody(Spoiler):
    """Advises a local rule for networks without a unit."""

    meant = "describe/local-rules"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("task"):
            rule = reply.task.presets[0].training.local_rule
            rule.response = gym_pb2.RATE_RESPONSE_TANH
            rule.perturbation_shape = gym_pb2.PERTURBATION_SHAPE_UNIFORM
            rule.eligibility = gym_pb2.ELIGIBILITY_CUBIC
            rule.units = 0


class ShortTokens(Spoiler):
    """Names sessions by the first bytes of their tokens."""

    meant = "open/token"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.session = reply.opened.session[:8]


class WrongSeed(Spoiler):
    """Opens with the seed after the one asked for."""

    meant = "seeds/documented-conditions"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("open"):
            request.open.seed = (request.open.seed + 1) % (1 << 64)

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.options.seed = request.open.seed


class WrongObservationSize(Spoiler):
    """Describes observations that are a number longer than they are."""

    meant = "open/observation-size"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.observation_size += 1


class WrongStepLimit(Spoiler):
    """Forgets the step at the time limit itself."""

    meant = "open/step-limit"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.step_limit -= 1


class IgnoresSettings(Spoiler):
    """Opens the task as it is, whatever settings are asked for."""

    meant = "open/setting"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("open"):
            del request.open.settings[:]


class IgnoresRule(Spoiler):
    """Restarts lanes that are to be idle."""

    meant = "disabled/idle"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.open.restart_rule == gym_pb2.RESTART_RULE_DISABLED:
            request.open.restart_rule = gym_pb2.RESTART_RULE_NEXT_STEP

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.options.restart_rule = request.open.restart_rule


class IgnoresLimits(Spoiler):
    """Announces fewer lanes than it opens."""

    meant = "limits/lanes"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("welcome"):
            reply.welcome.limits.lanes_per_session = 16


class ForgetsKeys(Spoiler):
    """Opens a session for every open, whatever its key."""

    meant = "exactly-once/key"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("open"):
            request.open.key = b""


class EternalLeases(Spoiler):
    """Keeps sessions for ever."""

    meant = "leases/runs-out"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.open.lease_ms:
            request.open.lease_ms = 60_000

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            reply.opened.options.lease_ms = request.open.lease_ms


class ForgetsOnReconnect(Spoiler):
    """Takes a session to belong to the connection it was opened over."""

    meant = "leases/outlives-connection"

    def __init__(self) -> None:
        self.owners: dict[bytes, bytes] = {}
        self.peer = b""

    def refuse(self, peer: bytes, request: gym_pb2.Request) -> gym_pb2.Reply | None:
        self.peer = peer
        if self.owners.get(request.session, peer) != peer:
            return refusal(gym_pb2.CODE_UNKNOWN_SESSION, "this session is another connection's")
        return None

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            self.owners[reply.opened.session] = self.peer


# MARK: begin


class IgnoresCondition(Spoiler):
    """Draws conditions that were asked for."""

    meant = "begin/asked-condition"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("begin"):
            request.begin.conditions = b""


class IgnoresTrial(Spoiler):
    """Begins the next trial, whatever trial is asked for."""

    meant = "begin/asked-trial"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if request.HasField("begin"):
            request.begin.trials = b""


class BeginsEveryLane(Spoiler):
    """Begins lanes that were not named, too."""

    meant = "begin/named-lanes"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if len(request.begin.lanes) == 4 and not request.begin.trials:
            request.begin.lanes = b""


class RewardOnFirst(Spoiler):
    """Pays for beginning."""

    meant = "begin/first-frame"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if request.HasField("begin") and reply.HasField("frame"):
            reply.frame.rewards = np.ones(len(reply.frame.rewards) // 4, "<f4").tobytes()


# MARK: frames


class TruncatesForTerminated(Spoiler):
    """Takes every end of a trial for one that the rules did not mean."""

    meant = "step/ended-stage"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("frame"):
            swap = {LAST | TERMINATED: LAST | TRUNCATED}
            reply.frame.stages = bytes(swap.get(stage, stage) for stage in reply.frame.stages)


class NoisyObservations(Spoiler):
    """Adds noise to observations that no seed decides."""

    meant = "seeds/same-seed"

    def __init__(self) -> None:
        self.noise = itertools.count(1)

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if request.HasField("step") and reply.HasField("frame"):
            shown = np.frombuffer(reply.frame.observations, "<f4").copy()
            shown[shown != 0] += np.float32(1e-3 * next(self.noise))
            reply.frame.observations = shown.tobytes()


class CountsNoActions(Spoiler):
    """Leaves the last action out of a trial's count."""

    meant = "step/step-counts"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.frame.HasField("ended"):
            counts = np.frombuffer(reply.frame.ended.step_counts, "<u4")
            reply.frame.ended.step_counts = (counts - 1).astype("<u4").tobytes()


class ForgetsFinalObservations(Spoiler):
    """Shows the next trial's first observation and loses the last one's."""

    meant = "same-step/final-observation"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.frame.HasField("ended"):
            reply.frame.ended.final_observations = b""


class WrongFinalObservations(Spoiler):
    """Takes the observation that a frame shows for the last one."""

    meant = "same-step/final-observation"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.frame.ended.final_observations:
            lanes = np.frombuffer(reply.frame.ended.lanes, "<u4")
            shown = np.frombuffer(reply.frame.observations, "<f4")
            rows = shown.reshape(len(reply.frame.stages), -1)
            reply.frame.ended.final_observations = rows[lanes].tobytes()


class ShowsIdleLanes(Spoiler):
    """Goes on showing something to lanes that are idle."""

    meant = "disabled/idle"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if request.HasField("step") and reply.HasField("frame"):
            stages = np.frombuffer(reply.frame.stages, "u1")
            shown = np.frombuffer(reply.frame.observations, "<f4").copy()
            shown.reshape(len(stages), -1)[stages == IDLE] = 0.25
            reply.frame.observations = shown.tobytes()


class FirstOnce(Spoiler):
    """Shows FIRST for the first of the steps that look-ahead shows, MIDDLE for the others."""

    meant = "look-ahead/begin"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        stages = reply.frame.stages
        # The suite opens this many lanes there.
        if request.HasField("begin") and len(stages) > 2:
            reply.frame.stages = stages[:2] + b"\2" * (len(stages) - 2)


class WrongIdealActions(Spoiler):
    """Knows the other side better."""

    meant = "ideal-actions/oracle"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.frame.ideal_actions:
            swap = {1: 2, 2: 1}
            ideal = bytes(swap.get(action, action) for action in reply.frame.ideal_actions)
            reply.frame.ideal_actions = ideal


class FactsOfTheNext(Spoiler):
    """Where the next trial has begun already, tells of it in place of the one that ended."""

    meant = "same-step/facts"
    rules: ClassVar[tuple[int, ...]] = (gym_pb2.RESTART_RULE_SAME_STEP,)
    tells_condition = True

    def __init__(self) -> None:
        self.openings: dict[bytes, gym_pb2.Open] = {}

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("opened"):
            self.openings[reply.opened.session] = request.open
        if not reply.frame.HasField("ended"):
            return
        opening, ended = self.openings[request.session], reply.frame.ended
        if opening.restart_rule not in self.rules:
            return
        lanes, trials = np.frombuffer(ended.lanes, "<u4"), np.frombuffer(ended.trials, "<u8")
        following = [
            self.play(opening, int(lane), int(trial) + 1)
            for lane, trial in zip(lanes, trials, strict=True)
        ]
        ended.facts = b"".join(told.facts for told in following)
        if self.tells_condition:
            ended.conditions = b"".join(told.conditions for told in following)

    def play(self, opening: gym_pb2.Open, lane: int, trial: int) -> gym_pb2.EndedTrials:
        """Play a trial at the honest server, to see what it is like."""
        alone = gym_pb2.Open(
            task=opening.task,
            seed=opening.seed,
            first_lane=opening.first_lane + lane,
            lane_count=1,
            restart_rule=gym_pb2.RESTART_RULE_DISABLED,
            lease_ms=1000,
        )
        token = self.ask(gym_pb2.Request(sequence=1, open=alone)).opened.session
        number = np.array([trial], "<u8").tobytes()
        begin = gym_pb2.Begin(trials=number)
        frame = self.ask(gym_pb2.Request(sequence=1, session=token, begin=begin)).frame
        for sequence in itertools.count(2):
            if frame.HasField("ended"):
                break
            step = gym_pb2.Step(choices=b"\1")
            frame = self.ask(gym_pb2.Request(sequence=sequence, session=token, step=step)).frame
        return frame.ended


class FactsOfAnother(FactsOfTheNext):
    """Tells the facts of the next trial with the condition of the one that ended."""

    meant = "step/facts-of-condition"
    rules: ClassVar[tuple[int, ...]] = (1, 2, 3)
    tells_condition = False


class SwapsLanes(Spoiler):
    """Plays lane 0 on lane 1 and lane 1 on lane 0."""

    meant = "seeds/single-lanes"

    def spoil_request(self, request: gym_pb2.Request) -> None:
        if len(request.step.choices) > 1:
            choices = request.step.choices
            request.step.choices = bytes([choices[1], choices[0]]) + choices[2:]

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        lanes = len(reply.frame.stages)
        if lanes < 2:
            return
        order = [1, 0, *range(2, lanes)]
        for name, kind in (("stages", "u1"), ("rewards", "<f4"), ("observations", "<f4")):
            rows = np.frombuffer(getattr(reply.frame, name), kind).reshape(lanes, -1)
            setattr(reply.frame, name, rows[order].tobytes())
        if reply.frame.HasField("ended"):
            ended = reply.frame.ended
            places = [order[lane] for lane in np.frombuffer(ended.lanes, "<u4")]
            ended.lanes = np.array(places, "<u4").tobytes()
            by_lane = np.argsort(places)
            for field in ended.DESCRIPTOR.fields:
                column = getattr(ended, field.name)
                if column:
                    rows = np.frombuffer(column, "u1").reshape(len(places), -1)
                    setattr(ended, field.name, rows[by_lane].tobytes())


# MARK: exactly once


class Renumbering(Spoiler):
    """Carries out more or less than it is asked, under numbers of its own."""

    def __init__(self) -> None:
        self.behind: dict[bytes, int] = defaultdict(int)
        """How much further a session's numbers are at the honest server."""
        self.last: dict[bytes, int] = defaultdict(int)
        """The last number that an agent used."""

    def answer(self, peer: bytes, message: bytes) -> bytes | None:
        try:
            request = gym_pb2.Request.FromString(message)
        except DecodeError:
            return self.forward(message)
        kind, sequence = request.WhichOneof("body"), request.sequence
        if kind not in IN_SESSION:
            return self.forward(message)
        self.before(request)
        request.sequence = (request.sequence + self.behind[request.session]) % (1 << 64)
        reply = self.ask(request)
        if reply.HasField("frame"):
            reply = self.after(request, reply)
            self.last[request.session] = sequence
        elif reply.HasField("refusal"):
            self.after_refusal(request, reply)
        reply.sequence = sequence
        return reply.SerializeToString()

    def before(self, request: gym_pb2.Request) -> None:
        """See a request with the agent's number."""

    def after(self, _request: gym_pb2.Request, reply: gym_pb2.Reply) -> gym_pb2.Reply:
        """See a request that was carried out; return what is answered."""
        return reply

    def after_refusal(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        """See a request that was refused."""


class StepsTwice(Renumbering):
    """Carries every step out twice."""

    meant = "step/step-counts"

    def after(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> gym_pb2.Reply:
        is_new = request.sequence - self.behind[request.session] > self.last[request.session]
        if not request.HasField("step") or not is_new:
            return reply
        self.behind[request.session] += 1
        request.sequence += 1
        return self.ask(request)


class CarriesOutAgain(Renumbering):
    """Carries a request out again when it is sent again."""

    meant = "exactly-once/step-again"

    def before(self, request: gym_pb2.Request) -> None:
        if request.sequence == self.last[request.session] > 0:
            self.behind[request.session] += 1


class BeginsAgain(CarriesOutAgain):
    """Carries a begin out again when it is sent again."""

    meant = "exactly-once/begin-again"

    def before(self, request: gym_pb2.Request) -> None:
        if request.HasField("begin"):
            super().before(request)


class JumpsGaps(Renumbering):
    """Carries out whatever number is ahead."""

    meant = "exactly-once/gap"

    def before(self, request: gym_pb2.Request) -> None:
        ahead = request.sequence - self.last[request.session] - 1
        if ahead > 0:
            self.behind[request.session] -= ahead
            self.last[request.session] = request.sequence


class MovesWhenRefusing(Renumbering):
    """Takes the first action for one that it refuses."""

    meant = "refusals/bad-action"

    def after_refusal(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.refusal.code == gym_pb2.CODE_BAD_ACTION and request.HasField("step"):
            request.step.choices = bytes(len(request.step.choices))
            if self.ask(request).HasField("frame"):
                self.behind[request.session] += 1


class BeginsSomeWhenRefusing(Renumbering):
    """Begins the first lane before it sees that another can't be."""

    meant = "refusals/bad-lane"

    def after_refusal(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.refusal.code == gym_pb2.CODE_OUT_OF_RANGE and len(request.begin.lanes) > 4:
            request.begin.lanes = request.begin.lanes[:4]
            if self.ask(request).HasField("frame"):
                self.behind[request.session] += 1


class UsesUpNumbers(Spoiler):
    """Counts requests that it refused."""

    meant = "exactly-once/number-not-used"

    def __init__(self) -> None:
        self.used: set[tuple[bytes, int]] = set()

    def refuse(self, _peer: bytes, request: gym_pb2.Request) -> gym_pb2.Reply | None:
        if (request.session, request.sequence) in self.used:
            return refusal(gym_pb2.CODE_SEQUENCE, f"{request.sequence} is used up")
        return None

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("refusal") and request.session:
            self.used.add((request.session, request.sequence))


class CrossesSessions(Spoiler):
    """Answers a session with what was meant for the one that asked before."""

    meant = "sessions/interleaved"

    def __init__(self) -> None:
        self.session = b""
        self.frame = gym_pb2.Frame()

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if not request.HasField("step") or not reply.HasField("frame"):
            return
        own = gym_pb2.Frame()
        own.CopyFrom(reply.frame)
        if self.session not in (b"", request.session):
            reply.frame.CopyFrom(self.frame)
        self.session, self.frame = request.session, own


# MARK: bytes and envelopes


class SilentOnGarbage(Spoiler):
    """Does not answer what it can't read."""

    meant = "malformed/truncated"

    def answer_garbage(self, message: bytes) -> bytes | None:
        return None


class RefusesTheFuture(Spoiler):
    """Refuses fields that it does not know."""

    meant = "malformed/unknown-fields"

    def refuse(self, _peer: bytes, request: gym_pb2.Request) -> gym_pb2.Reply | None:
        size = request.ByteSize()
        request.DiscardUnknownFields()
        if request.ByteSize() < size:
            return refusal(gym_pb2.CODE_MALFORMED, "there are fields that nobody knows")
        return None


class RefusesUnderNoNumber(Spoiler):
    """Refuses what it can't read under number 0, though its number can be read."""

    meant = "malformed/number"

    def answer_garbage(self, message: bytes) -> bytes | None:
        reply = gym_pb2.Reply.FromString(self.forward(message))
        reply.sequence = 0
        return reply.SerializeToString()


class RefusesWithoutWords(Spoiler):
    """Refuses with a code and no sentence."""

    meant = "refusals/sentences"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("refusal"):
            reply.refusal.sentence = ""


class LosesEmptyParts(Saboteur):
    """Leaves the empty parts out of envelopes."""

    meant = "envelopes/parts"

    def envelope(self, parts: list[bytes]) -> list[bytes]:
        return [part for part in parts if part]


class AnswersTwice(Saboteur):
    """Answers everything twice."""

    meant = "envelopes/one-for-one"
    copies = 2


# MARK: counters


class CountsRepeats(Spoiler):
    """Counts the lane-steps of requests that were sent again, and nothing else rightly."""

    meant = "status/lane-steps"

    def __init__(self) -> None:
        self.lane_steps = 0

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if request.HasField("step"):
            self.lane_steps += len(reply.frame.stages)
        if reply.HasField("status"):
            reply.status.lane_steps = self.lane_steps


class CountsTheClosed(Spoiler):
    """Counts every session there ever was."""

    meant = "status/sessions"

    def __init__(self) -> None:
        self.sessions = 0

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        self.sessions += reply.HasField("opened")
        if reply.HasField("status"):
            reply.status.sessions = self.sessions


class RunsBack(Spoiler):
    """Counts the time that is left."""

    meant = "status/up-time"

    def __init__(self) -> None:
        self.left = itertools.count(1_000_000, -1)

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("status"):
            reply.status.uptime_ms = next(self.left)


class CountsNothing(Spoiler):
    """Has no idea how many requests came."""

    meant = "status/requests"

    def spoil_reply(self, request: gym_pb2.Request, reply: gym_pb2.Reply) -> None:
        if reply.HasField("status"):
            reply.status.requests = 7


def every_saboteur() -> list[type[Saboteur]]:
    """Return all that are meant to be caught."""
    found, left = [], [Saboteur]
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if kind.meant:
            found.append(kind)
    return sorted(found, key=lambda kind: kind.__name__)


@contextmanager
def between(endpoint: str, saboteur: Saboteur, folder: Path) -> Iterator[str]:
    """Put a saboteur in front of the server at `endpoint`; yields where it listens itself."""
    context = zmq.Context()
    saboteur.connect(context, endpoint)
    front = context.socket(zmq.ROUTER)
    front.linger = 0
    # As the honest server: beyond twice its limit the connection is cut.
    hello = gym_pb2.Request(sequence=1, hello=gym_pb2.Hello(major=1))
    front.maxmsgsize = 2 * saboteur.ask(hello).welcome.limits.message_bytes
    place = f"ipc://{folder}/between"
    front.bind(place)
    stop = context.socket(zmq.PAIR)
    stop.bind("inproc://stop")

    def serve() -> None:
        ordered = context.socket(zmq.PAIR)
        ordered.connect("inproc://stop")
        poller = zmq.Poller()
        poller.register(front, zmq.POLLIN)
        poller.register(ordered, zmq.POLLIN)
        while ordered not in dict(poller.poll()):
            peer, *envelope, message = front.recv_multipart()
            reply = relay(peer, envelope, message)
            if reply is not None:
                for _ in range(saboteur.copies):
                    front.send_multipart([peer, *reply])
        ordered.close()

    def relay(peer: bytes, envelope: list[bytes], message: bytes) -> list[bytes] | None:
        if len(envelope) > 7:
            # Its refusal is about the envelope.
            saboteur.socket.send_multipart([*envelope, message])
            return saboteur.socket.recv_multipart()
        reply = saboteur.answer(peer, message)
        return None if reply is None else [*saboteur.envelope(envelope), reply]

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield place
    finally:
        stop.send(b"")
        thread.join()
        for socket in (stop, front, saboteur.socket):
            socket.close()
        context.term()
