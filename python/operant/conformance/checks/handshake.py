"""Who is there: hello and its answer."""

from operant.client import MAJOR
from operant.conformance.candidate import Candidate
from operant.conformance.findings import expect, expect_equal
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("handshake", "hello → welcome")


@group.check("A hello of version 1 is answered with a welcome of version 1.")
def _welcome(candidate: Candidate) -> None:
    reply = candidate.expect_body(candidate.ask(candidate.hello()), "welcome")
    expect_equal(reply.welcome.major, MAJOR, "welcome.major")


@group.check("Every reply carries its request's sequence.", "Sockets and envelopes")
def _sequence(candidate: Candidate) -> None:
    for sequence in (0, 1, 127, 128, 1 << 32, (1 << 64) - 1):
        message = candidate.hello(sequence=sequence).SerializeToString()
        reply = candidate.exchange(message, f"hello {sequence}")
        expect_equal(reply.sequence, sequence, f"the sequence of the reply to hello {sequence}")


@group.check("A welcome tells every limit, and none is zero.")
def _limits(candidate: Candidate) -> None:
    limits = candidate.expect_body(candidate.ask(candidate.hello()), "welcome").welcome.limits
    for name in limits.DESCRIPTOR.fields_by_name:
        expect(getattr(limits, name) > 0, f"'limits.{name}' is 0", "what the server enforces")


@group.check("A welcome lists at least one task, and no name stands for two.")
def _tasks(candidate: Candidate) -> None:
    tasks = candidate.expect_body(candidate.ask(candidate.hello()), "welcome").welcome.tasks
    expect(tasks, "a welcome without tasks", "at least one")
    names = [name for task in tasks for name in (task.name, *task.aliases)]
    expect(all(names), "a task with an empty name or alias", "names")
    for name in names:
        expect(names.count(name) == 1, f"'{name}' stands for two tasks", "one task for each name")


@group.check("A hello of another major version is refused, and both versions are named.")
def _other_major(candidate: Candidate) -> None:
    for major in (MAJOR + 1, 77):
        refusal = candidate.refused(candidate.hello(major=major), gym_pb2.CODE_VERSION)
        expect(
            str(MAJOR) in refusal.sentence and str(major) in refusal.sentence,
            f"the sentence '{refusal.sentence}'",
            f"a sentence that names versions {MAJOR} and {major}",
        )


@group.check("A hello that names no version is refused as one of another version.")
def _no_major(candidate: Candidate) -> None:
    candidate.refused(candidate.hello(major=0), gym_pb2.CODE_VERSION)


@group.check("A hello of a newer minor version is welcome.", "Compatibility")
def _newer_minor(candidate: Candidate) -> None:
    candidate.expect_body(candidate.ask(candidate.hello(minor=4_000_000_000)), "welcome")


@group.check("Agents may say hello again, and after a hello that was refused.")
def _hello_again(candidate: Candidate) -> None:
    first = candidate.expect_body(candidate.ask(candidate.hello()), "welcome").welcome
    candidate.refused(candidate.hello(major=MAJOR + 1), gym_pb2.CODE_VERSION)
    again = candidate.expect_body(candidate.ask(candidate.hello()), "welcome").welcome
    expect(again == first, "another welcome than at first", "the same welcome")


@group.check("Whoever has not said hello is answered too.", "What may follow what")
def _courtesy(candidate: Candidate) -> None:
    for open_first in (False, True):
        wire = candidate.connect()
        request = (
            candidate.open_request()
            if open_first
            else gym_pb2.Request(sequence=candidate.number(), status=gym_pb2.Status())
        )
        if open_first:
            candidate.opened(request, wire).begin()
        else:
            candidate.expect_body(candidate.ask(request, wire), "status")
