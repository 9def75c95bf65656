"""Opening a session: what is asked for, what is filled in, what is refused."""

from operant.conformance.candidate import RULES, Candidate
from operant.conformance.findings import Skipped, expect, expect_equal
from operant.conformance.frame import NEXT_STEP
from operant.conformance.referee import expect_same_trials
from operant.conformance.registry import Group
from operant.v1 import gym_pb2

group = Group("open", "open → opened")


@group.check("Whoever asks for a lane of the task gets it, while nobody else plays.")
def _opens(candidate: Candidate) -> None:
    candidate.expect_body(candidate.ask(candidate.open_request()), "opened")


@group.check("Every session gets a token of 16 bytes, and no two the same.")
def _token(candidate: Candidate) -> None:
    tokens = [candidate.open().token for _ in range(8)]
    for token in tokens:
        expect_equal(len(token), 16, "the number of bytes of a token")
        expect(tokens.count(token) == 1, "a token that another session has", "one of its own")


@group.check("What is left open is filled in, and what is asked for is told back.")
def _options(candidate: Candidate) -> None:
    task = candidate.describe(candidate.task_name)
    for rule, name in RULES.items():
        session = candidate.open(rule, seed=97, first_lane=5, lease_ms=0, key=candidate.key())
        session.close()
        options = session.opened.options
        for what, came, wanted in (
            ("task", options.task, task.name),
            ("seed", options.seed, 97),
            ("first_lane", options.first_lane, 5),
            ("lane_count", options.lane_count, 1),
            ("restart_rule", options.restart_rule, rule),
            ("look_ahead", options.look_ahead, 1),
            ("key", options.key, b""),
        ):
            expect_equal(came, wanted, f"'options.{what}' of a session opened {name}")
        presets = {preset.name: preset for preset in task.presets}
        expect(
            options.preset in presets,
            f"'options.preset' is '{options.preset}'",
            f"one of {', '.join(presets)}",
        )
        expect_equal(
            options.time_step_ms, presets[options.preset].time_step_ms, "'options.time_step_ms'"
        )
        expect(
            0 < options.lease_ms <= candidate.limits.longest_lease_ms,
            f"'options.lease_ms' is {options.lease_ms}",
            "the server's own choice, within its limit",
        )


@group.check("An alias opens its task under its preset, a name under the first.")
def _alias(candidate: Candidate) -> None:
    task = candidate.task
    for name, preset in [(task.name, task.presets[0].name)] + [
        (alias.name, alias.preset) for alias in task.aliases
    ]:
        options = candidate.open(task=name).opened.options
        expect_equal(options.task, task.name, f"'options.task' of '{name}'")
        expect_equal(options.preset, preset, f"'options.preset' of '{name}'")


@group.check("Every preset can be asked for, and sets what it says.")
def _preset(candidate: Candidate) -> None:
    for preset in candidate.task.presets:
        opened = candidate.open(preset=preset.name).opened
        expect_equal(opened.options.preset, preset.name, "'options.preset'")
        values = {p.name: list(p.default_value) for p in opened.task.parameters}
        for setting in preset.settings:
            expect_equal(
                values.get(setting.name), list(setting.value), f"'{setting.name}' of {preset.name}"
            )


@group.check("An observation has as many numbers as the channels are wide.")
def _observation_size(candidate: Candidate) -> None:
    opened = candidate.open().opened
    width = sum(channel.width for channel in opened.task.channels)
    expect_equal(opened.observation_size, width, "'opened.observation_size'")
    described = sum(channel.width for channel in candidate.task.channels)
    expect_equal(width, described, "the width of all channels of 'opened.task'")


@group.check("The step limit is the time limit over the time step, rounded down, and one.")
def _step_limit(candidate: Candidate) -> None:
    opened = candidate.open().opened
    limit = opened.task.time_limit_ms // opened.options.time_step_ms + 1
    expect_equal(opened.step_limit, limit, "'opened.step_limit'")


@group.check("The preset's time step may be asked for by its number.")
def _same_time_step(candidate: Candidate) -> None:
    plain = candidate.open(seed=4)
    asked = candidate.open(seed=4, time_step_ms=plain.opened.options.time_step_ms)
    expect_equal(asked.opened.step_limit, plain.opened.step_limit, "'opened.step_limit'")
    for session in (plain, asked):
        session.play_trials(1)
    expect_same_trials(asked.referee.trials, plain.referee.trials, "sessions of one time step")


@group.check("Another time step is kept to, or refused with OUT_OF_RANGE.")
def _other_time_step(candidate: Candidate) -> None:
    time_step = 2 * candidate.open().opened.options.time_step_ms
    request = candidate.open_request(time_step_ms=time_step)
    reply = candidate.ask(request)
    if reply.WhichOneof("body") == "refusal":
        candidate.expect_refusal(reply, gym_pb2.CODE_OUT_OF_RANGE)
        return
    session = candidate.open(time_step_ms=time_step)
    opened = session.opened
    expect_equal(opened.options.time_step_ms, time_step, "'options.time_step_ms'")
    limit = opened.task.time_limit_ms // time_step + 1
    expect_equal(opened.step_limit, limit, "'opened.step_limit'")
    session.play_trials(1)


@group.check("The task that is opened is the one that was described.")
def _task(candidate: Candidate) -> None:
    described, opened = candidate.task, candidate.open().opened.task
    for field in ("name", "channels", "facts", "epochs"):
        expect(
            getattr(opened, field) == getattr(described, field),
            f"'opened.task.{field}' differs from the description",
            "the same",
        )
    for field in ("discrete", "continuous"):
        expect(
            getattr(opened, field) == getattr(described, field),
            "'opened.task' has other actions than the description",
            "the same",
        )


@group.check("Seeds and first lanes have 64 bits.")
def _sixty_four_bits(candidate: Candidate) -> None:
    for seed, lane in (((1 << 64) - 1, 1 << 63), (1 << 63, 1 << 40)):
        session = candidate.open(seed=seed, first_lane=lane)
        options = session.opened.options
        expect_equal((options.seed, options.first_lane), (seed, lane), "seed and first lane")
        session.play_trials(1)


@group.check("A setting that is kept to is told in the opened task's parameters.")
def _setting(candidate: Candidate) -> None:
    if not candidate.task.parameters:
        raise Skipped("the task has no parameters")
    for parameter in candidate.task.parameters:
        for factor in (0.5, 2.0):
            values = [float(round(factor * value)) for value in parameter.default_value]
            if values == list(parameter.default_value) or not all(
                parameter.low <= value <= parameter.high for value in values
            ):
                continue
            setting = gym_pb2.Setting(name=parameter.name, value=values)
            reply = candidate.ask(candidate.open_request(settings=[setting]))
            if reply.WhichOneof("body") != "opened":
                # It may go with no other parameters' values.
                candidate.expect_refusal(reply, gym_pb2.CODE_BAD_SETTING)
                continue
            told = {p.name: list(p.default_value) for p in reply.opened.task.parameters}
            expect_equal(told.get(parameter.name), values, f"'{parameter.name}' when opened")
            expect(
                reply.opened.options.settings and reply.opened.options.settings[-1] == setting,
                f"'options.settings' without '{parameter.name}', the last one asked for",
                "the preset's and then the agent's",
            )
            return
    raise Skipped("no parameter took half or twice its value")


@group.check("Settings of the default values change nothing.")
def _default_settings(candidate: Candidate) -> None:
    plain = candidate.open(seed=11)
    settings = [
        gym_pb2.Setting(name=parameter.name, value=parameter.default_value)
        for parameter in plain.opened.task.parameters
    ]
    if not settings:
        raise Skipped("the task has no parameters")
    told = candidate.open(seed=11, settings=settings)
    for session in (plain, told):
        session.play_trials(2)
    expect_same_trials(told.referee.trials, plain.referee.trials, "with and without the defaults")


@group.check("Of two settings of one parameter the later counts.")
def _later_setting(candidate: Candidate) -> None:
    if not candidate.task.parameters:
        raise Skipped("the task has no parameters")
    parameter = candidate.task.parameters[0]
    default = list(parameter.default_value)
    other = [parameter.low if value != parameter.low else parameter.high for value in default]
    settings = [gym_pb2.Setting(name=parameter.name, value=value) for value in (other, default)]
    opened = candidate.open(settings=settings).opened
    told = {p.name: list(p.default_value) for p in opened.task.parameters}
    expect_equal(told.get(parameter.name), default, f"'{parameter.name}' when opened")


@group.check("A duration that is no whole number is refused with BAD_SETTING.", "BAD_SETTING")
def _whole_durations(candidate: Candidate) -> None:
    durations = [p for p in candidate.task.parameters if p.unit == "ms" and p.high > p.low]
    if not durations:
        raise Skipped("the task has no parameter in milliseconds")
    for parameter in durations:
        value = [parameter.low + 0.5] * len(parameter.default_value)
        setting = gym_pb2.Setting(name=parameter.name, value=value)
        candidate.refused(candidate.open_request(settings=[setting]), gym_pb2.CODE_BAD_SETTING)


@group.check("A setting of no parameter is refused with BAD_SETTING.", "BAD_SETTING")
def _unknown_setting(candidate: Candidate) -> None:
    for name in ("no parameter has this name", ""):
        setting = gym_pb2.Setting(name=name, value=[1.0])
        request = candidate.open_request(settings=[setting])
        candidate.refused(request, gym_pb2.CODE_BAD_SETTING)


@group.check("A setting outside its parameter's range is refused with BAD_SETTING.", "BAD_SETTING")
def _setting_out_of_range(candidate: Candidate) -> None:
    if not candidate.task.parameters:
        raise Skipped("the task has no parameters")
    for parameter in candidate.task.parameters:
        outside = (parameter.low - 1, parameter.high + 1)
        for value in [v for v in outside if not parameter.low <= v <= parameter.high]:
            setting = gym_pb2.Setting(name=parameter.name, value=[value])
            request = candidate.open_request(settings=[setting])
            candidate.refused(request, gym_pb2.CODE_BAD_SETTING)


@group.check("A setting that is infinite or no number is refused with BAD_SETTING.", "BAD_SETTING")
def _setting_not_finite(candidate: Candidate) -> None:
    name = candidate.task.parameters[0].name if candidate.task.parameters else "noise"
    for value in (float("nan"), float("inf"), -float("inf")):
        setting = gym_pb2.Setting(name=name, value=[value])
        request = candidate.open_request(settings=[setting])
        candidate.refused(request, gym_pb2.CODE_BAD_SETTING)


@group.check(
    "A setting of too many numbers, or of none, is refused with BAD_SETTING.", "BAD_SETTING"
)
def _setting_count(candidate: Candidate) -> None:
    if not candidate.task.parameters:
        raise Skipped("the task has no parameters")
    for parameter in candidate.task.parameters:
        default = list(parameter.default_value)
        for value in [[]] if parameter.is_list else [[], default * 2]:
            setting = gym_pb2.Setting(name=parameter.name, value=value)
            request = candidate.open_request(settings=[setting])
            candidate.refused(request, gym_pb2.CODE_BAD_SETTING)


@group.check("A task that is not on offer is refused with UNKNOWN_TASK.", "UNKNOWN_TASK")
def _unknown_task(candidate: Candidate) -> None:
    for name in ("no task has this name", ""):
        candidate.refused(candidate.open_request(task=name), gym_pb2.CODE_UNKNOWN_TASK)


@group.check("A preset that the task has not is refused with UNKNOWN_PRESET.")
def _unknown_preset(candidate: Candidate) -> None:
    request = candidate.open_request(preset="no preset has this name")
    candidate.refused(request, gym_pb2.CODE_UNKNOWN_PRESET)


@group.check("A session of no lanes is refused with OUT_OF_RANGE.")
def _no_lanes(candidate: Candidate) -> None:
    candidate.refused(candidate.open_request(lane_count=0), gym_pb2.CODE_OUT_OF_RANGE)


@group.check("A time step of more than 10,000 ms is refused with OUT_OF_RANGE.", "Limits")
def _time_step_out_of_range(candidate: Candidate) -> None:
    for time_step in (10_001, 4_000_000_000):
        request = candidate.open_request(time_step_ms=time_step)
        candidate.refused(request, gym_pb2.CODE_OUT_OF_RANGE)


@group.check("A restart rule that is none is refused as malformed.")
def _no_rule(candidate: Candidate) -> None:
    for rule in (0, 4, 259):
        request = candidate.open_request(rule)  # type: ignore[arg-type]
        candidate.refused(request, gym_pb2.CODE_MALFORMED)


@group.check("Replay on opening is reserved: refused with UNSUPPORTED, or done.", "Lost sessions")
def _replay(candidate: Candidate) -> None:
    replay = gym_pb2.Replay(begin=gym_pb2.Begin())
    reply = candidate.ask(candidate.open_request(replay=replay))
    if reply.WhichOneof("body") != "opened":
        candidate.expect_refusal(reply, gym_pb2.CODE_UNSUPPORTED)


@group.check("Look-ahead of more than one under another rule than DISABLED is refused.")
def _look_ahead_needs_disabled(candidate: Candidate) -> None:
    if candidate.limits.look_ahead < 2:
        raise Skipped("the server has no look-ahead beyond 1")
    request = candidate.open_request(NEXT_STEP, look_ahead=2)
    candidate.refused(request, gym_pb2.CODE_OUT_OF_RANGE)


@group.check("An open that is refused leaves no session behind.", "Refusals")
def _leaves_nothing(candidate: Candidate) -> None:
    before = candidate.status().sessions
    for _ in range(5):
        candidate.refused(candidate.open_request(lane_count=0), gym_pb2.CODE_OUT_OF_RANGE)
        candidate.refused(
            candidate.open_request(settings=[gym_pb2.Setting(name="?", value=[1.0])]),
            gym_pb2.CODE_BAD_SETTING,
        )
    after = candidate.status().sessions
    expect(after <= before, f"{after - before} more sessions than before", "none more")
