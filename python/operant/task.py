"""What a server tells of a task."""

from dataclasses import dataclass, field

from operant.errors import MalformedReplyError
from operant.v1 import gym_pb2


@dataclass(frozen=True)
class Channel:
    """A named group of inputs."""

    name: str
    width: int
    """How many numbers of an observation it takes."""


@dataclass(frozen=True)
class Continuous:
    """Actions that are numbers in a range."""

    width: int
    low: float
    high: float


@dataclass(frozen=True)
class Parameter:
    """A number, or a list of numbers, that an experimenter may change."""

    name: str
    unit: str
    meaning: str
    default: tuple[float, ...]
    low: float
    high: float
    is_list: bool


@dataclass(frozen=True)
class Fact:
    """A number that comes with every trial that has ended."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Preset:
    """Whose experiment the parameters are."""

    name: str
    reference: str
    time_step_ms: int
    settings: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """All that can be known about a task before it is played."""

    name: str
    aliases: tuple[str, ...]
    summary: str
    reference: str
    channels: tuple[Channel, ...]
    actions: tuple[str, ...] | Continuous
    """The names of discrete actions, each of which is its place; or a range of numbers."""
    epochs: tuple[str, ...]
    conditions: tuple[dict[str, float], ...]
    """The factors of each condition; a condition's number is its place."""
    parameters: tuple[Parameter, ...]
    facts: tuple[Fact, ...]
    presets: tuple[Preset, ...]
    time_limit_ms: int
    allows_look_ahead: bool
    chance: float | None
    """The share of decisions that a subject gets right which chooses blindly; None if unknown."""
    oracle_reward: float | None
    """The mean reward of a trial to a subject that knows the truth; None if unknown."""
    ideal_observer: float | None
    """The share of decisions that an observer gets right which misses nothing; None if unknown."""

    @property
    def observation_size(self) -> int:
        """How many numbers an observation has."""
        return sum(channel.width for channel in self.channels)

    @property
    def slices(self) -> dict[str, slice]:
        """Where the numbers of each channel stand in an observation, by the channel's name."""
        places: dict[str, slice] = {}
        start = 0
        for channel in self.channels:
            places[channel.name] = slice(start, start + channel.width)
            start += channel.width
        return places

    def condition(self, **factors: float) -> int:
        """Return the number of the condition with these factors.

        Raises:
            ValueError: There is none, or more than one.

        """
        found = [
            number
            for number, condition in enumerate(self.conditions)
            if all(condition.get(name) == value for name, value in factors.items())
        ]
        if len(found) != 1:
            raise ValueError(
                f"{len(found)} conditions of {self.name} have {factors}; there are "
                + "; ".join(f"{number} {factors}" for number, factors in enumerate(self.conditions))
            )
        return found[0]


def read_task(message: gym_pb2.Task) -> Task:
    """Read a task's message.

    Raises:
        MalformedReplyError: It says what can't be.

    """
    kind = message.WhichOneof("actions")
    actions: tuple[str, ...] | Continuous
    if kind == "discrete":
        actions = tuple(message.discrete.names)
    else:
        actions = Continuous(
            message.continuous.width, message.continuous.low, message.continuous.high
        )
    task = Task(
        name=message.name,
        aliases=tuple(alias.name for alias in message.aliases),
        summary=message.summary,
        reference=message.reference,
        channels=tuple(Channel(channel.name, channel.width) for channel in message.channels),
        actions=actions,
        epochs=tuple(message.epochs),
        conditions=tuple(
            {factor.name: factor.value for factor in condition.factors}
            for condition in message.conditions
        ),
        parameters=tuple(
            Parameter(
                name=parameter.name,
                unit=parameter.unit,
                meaning=parameter.meaning,
                default=tuple(parameter.default_value),
                low=parameter.low,
                high=parameter.high,
                is_list=parameter.is_list,
            )
            for parameter in message.parameters
        ),
        facts=tuple(Fact(fact.name, fact.unit, fact.meaning) for fact in message.facts),
        presets=tuple(
            Preset(
                preset.name,
                preset.reference,
                preset.time_step_ms,
                {setting.name: tuple(setting.value) for setting in preset.settings},
            )
            for preset in message.presets
        ),
        time_limit_ms=message.time_limit_ms,
        allows_look_ahead=message.allows_look_ahead,
        chance=_level(message, "chance"),
        oracle_reward=_level(message, "oracle_reward"),
        ideal_observer=_level(message, "ideal_observer"),
    )
    for what, holds in [
        (
            "channels, each of one number at least",
            task.channels and all(c.width for c in task.channels),
        ),
        ("actions", kind and (actions.width if isinstance(actions, Continuous) else actions)),
        ("conditions", task.conditions),
        ("presets", task.presets),
    ]:
        if not holds:
            raise MalformedReplyError(f"the server's task {task.name!r} lacks {what}")
    return task


def _level(message: gym_pb2.Task, name: str) -> float | None:
    return float(getattr(message, name).value) if message.HasField(name) else None
