"""What can be known of a task before it is opened."""

import math

from operant.conformance.candidate import Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("describe", "describe → task")

_LIST = "A list for whoever writes a server"


def _expect_distinct(names: list[str], what: str) -> None:
    for name in names:
        expect(name, f"{what} without a name", "a name for each")
        expect(names.count(name) == 1, f"two {what}s named '{name}'", "a name for each")


@group.check("Every task on offer is described under its name, as the welcome lists it.")
def _by_name(candidate: Candidate) -> None:
    for entry in candidate.welcome.tasks:
        task = candidate.describe(entry.name)
        aliases = [alias.name for alias in task.aliases]
        came = (task.name, aliases, task.summary)
        wanted = (entry.name, list(entry.aliases), entry.summary)
        expect_equal(came, wanted, "name, aliases and summary of a task")


@group.check("A task is described under each of its aliases as under its name.")
def _by_alias(candidate: Candidate) -> None:
    aliases = [(task.name, alias) for task in candidate.welcome.tasks for alias in task.aliases]
    if not aliases:
        raise Skipped("no task on offer has an alias")
    for name, alias in aliases:
        came, wanted = candidate.describe(alias), candidate.describe(name)
        expect(came == wanted, f"'{alias}' is described otherwise than '{name}'", "the same task")


@group.check("A task is described the same every time.")
def _constant(candidate: Candidate) -> None:
    once = candidate.describe(candidate.task_name)
    session = candidate.open()
    session.begin()
    again = candidate.describe(candidate.task_name)
    expect(once == again, "another description after a session was played", "the same")


@group.check("A name that nothing answers to is refused with UNKNOWN_TASK.")
def _unknown_task(candidate: Candidate) -> None:
    own = candidate.task.name
    known = {name for task in candidate.welcome.tasks for name in (task.name, *task.aliases)}
    for name in {"no task has this name", own + "x", own.swapcase(), ""} - known:
        candidate.refused(candidate.describe_request(name), gym_pb2.CODE_UNKNOWN_TASK)


@group.check("An observation is made of named channels, each of one number at least.")
def _channels(candidate: Candidate) -> None:
    channels = candidate.task.channels
    expect(channels, "a task without channels", "at least one")
    _expect_distinct([channel.name for channel in channels], "channel")
    for channel in channels:
        expect(channel.width > 0, f"channel '{channel.name}' of no numbers", "at least one")


@group.check("Actions are 1 to 255 that have names, or numbers in a range.")
def _actions(candidate: Candidate) -> None:
    task = candidate.task
    kind = task.WhichOneof("actions")
    if kind == "discrete":
        names = list(task.discrete.names)
        expect(1 <= len(names) <= 255, f"{len(names)} actions", "1 to 255")
        _expect_distinct(names, "action")
        return
    expect(kind == "continuous", "neither discrete nor continuous actions", "one of the two")
    low, high = task.continuous.low, task.continuous.high
    expect(task.continuous.width > 0, "actions of no numbers", "at least one")
    expect(
        math.isfinite(low) and math.isfinite(high) and low <= high,
        f"actions between {low} and {high}",
        "finite bounds, the lower one first",
    )


@group.check("There is at least one condition, and factors tell all of them apart.")
def _conditions(candidate: Candidate) -> None:
    conditions = candidate.task.conditions
    expect(conditions, "a task without conditions", "at least one")
    if len(conditions) == 1:
        return
    factors = [{f.name: f.value for f in condition.factors} for condition in conditions]
    for number, one in enumerate(factors):
        expect(
            set(one) == set(factors[0]),
            f"condition {number} has factors {sorted(one)}, condition 0 {sorted(factors[0])}",
            "the same factors",
        )
        first = factors.index(one)
        expect(first == number, f"conditions {first} and {number} are both {one}", "a difference")


@group.check("Each parameter has a name of its own, and a default within its range.")
def _parameters(candidate: Candidate) -> None:
    parameters = candidate.task.parameters
    _expect_distinct([parameter.name for parameter in parameters], "parameter")
    for parameter in parameters:
        values = list(parameter.default_value)
        name = f"'{parameter.name}'"
        if parameter.is_list:
            expect(values, f"{name}, a list, with an empty default", "at least one number")
        else:
            expect(len(values) == 1, f"{name} with {len(values)} default numbers", "one")
        expect(
            all(parameter.low <= value <= parameter.high for value in values),
            f"{name} with default {values}",
            f"{parameter.low:g} to {parameter.high:g}",
        )


@group.check("Each fact has a name of its own.")
def _facts(candidate: Candidate) -> None:
    _expect_distinct([fact.name for fact in candidate.task.facts], "fact")


@group.check("There is at least one preset, each with a time step, and settings of parameters.")
def _presets(candidate: Candidate) -> None:
    task = candidate.task
    expect(task.presets, "a task without presets", "at least one")
    _expect_distinct([preset.name for preset in task.presets], "preset")
    parameters = {parameter.name: parameter for parameter in task.parameters}
    for preset in task.presets:
        name = f"preset '{preset.name}'"
        expect(
            1 <= preset.time_step_ms <= 10_000,
            f"{name} with a time step of {preset.time_step_ms} ms",
            "1 to 10,000 ms",
        )
        expect(preset.HasField("training"), f"{name} without 'training'", "advice for training")
        for setting in preset.settings:
            expect(
                setting.name in parameters,
                f"{name} sets '{setting.name}'",
                f"one of {', '.join(parameters) or 'no parameters'}",
            )
            low, high = parameters[setting.name].low, parameters[setting.name].high
            expect(
                all(low <= value <= high for value in setting.value),
                f"{name} sets '{setting.name}' to {list(setting.value)}",
                f"{low:g} to {high:g}",
            )
    for alias in task.aliases:
        expect(
            alias.preset in [preset.name for preset in task.presets],
            f"alias '{alias.name}' stands for preset '{alias.preset}'",
            "one of the task's presets",
        )


@group.check("A local rule that a preset advises is one that a network can have.")
def _local_rules(candidate: Candidate) -> None:
    for preset in candidate.task.presets:
        if not preset.training.HasField("local_rule"):
            continue
        rule, name = preset.training.local_rule, f"the local rule of preset '{preset.name}'"
        for field in ("response", "perturbation_shape", "eligibility"):
            expect(getattr(rule, field) != 0, f"{name} without '{field}'", "one of its values")
        expect(rule.units > 0, f"{name} for no units", "one unit or more")
        for field in ("rectified_units", "units_without_input"):
            count = getattr(rule, field)
            expect(count <= rule.units, f"{name} with '{field}' {count}", f"0 to {rule.units}")
        for held in rule.held_units:
            expect(
                held.unit < rule.units,
                f"{name} holds unit {held.unit}",
                f"one of 0 to {rule.units - 1}",
            )
        for field in ("current_memory", "error_memory"):
            memory = getattr(rule, field)
            expect(0 <= memory <= 1, f"{name} with '{field}' {memory:g}", "0 to 1")
        for field in ("perturbation_size", "learning_rate", "change_limit", "error_to_reach"):
            size = getattr(rule, field)
            expect(0 <= size < math.inf, f"{name} with '{field}' {size:g}", "0 or more")


@group.check("Epochs have names, where they are told.")
def _epochs(candidate: Candidate) -> None:
    _expect_distinct(list(candidate.task.epochs), "epoch")


@group.check("Chance and the ideal observer are fractions, where they are known.")
def _levels(candidate: Candidate) -> None:
    task = candidate.task
    for name in ("chance", "ideal_observer", "oracle_reward"):
        if not task.HasField(name):
            continue
        value = getattr(task, name).value
        expect(math.isfinite(value), f"'{name}' is {value}", "a number, or nothing")
        if name != "oracle_reward":
            expect(0 <= value <= 1, f"'{name}' is {value:g}", "a fraction of decisions, 0 to 1")


@group.check("Names, texts and lists are no longer than agents believe them to be.", _LIST)
def _sizes(candidate: Candidate) -> None:
    task = candidate.task
    for what, count, most in (
        ("conditions", len(task.conditions), 1 << 20),
        ("numbers of an observation", sum(channel.width for channel in task.channels), 1 << 20),
        ("parameters", len(task.parameters), 1 << 16),
        ("facts", len(task.facts), 1 << 16),
        ("epochs", len(task.epochs), 1 << 16),
        ("presets", len(task.presets), 1 << 16),
        ("bytes of the summary", len(task.summary.encode()), 1 << 16),
        ("bytes of the reference", len(task.reference.encode()), 1 << 16),
    ):
        expect(count <= most, f"{count} {what}", f"at most {most}")
    names = [task.name, *task.epochs, *task.discrete.names]
    names += [channel.name for channel in task.channels]
    names += [parameter.name for parameter in task.parameters]
    names += [fact.name for fact in task.facts]
    names += [preset.name for preset in task.presets]
    names += [alias.name for alias in task.aliases]
    for name in names:
        size = len(name.encode())
        expect(size <= 4096, f"a name of {size} bytes", "at most 4,096")
        expect("\0" not in name, f"a name with a zero byte, {name!r}", "none in any text")
