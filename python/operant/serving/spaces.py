"""Gymnasium's spaces as the protocol has them: channels of numbers, and one kind of action."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from operant.task import Channel

MOST_NUMBERS = 1 << 20
"""The most numbers of an observation or an action that agents believe in."""

MOST_CHOICES = 255

UNBOUNDED = 1000.0
"""Stands for an infinite bound of an action, since the protocol has finite ones."""


class SpaceError(ValueError):
    """A space that can't be served; says what to wrap the environment in."""


class Observations:
    """What an environment shows, as numbers one after the other."""

    def __init__(self, space: spaces.Space[Any], name: str) -> None:
        """Flatten a space.

        Raises:
            SpaceError: It has no fixed number of numbers.

        """
        if not space.is_np_flattenable:
            raise SpaceError(
                f"the observations of {name} are {space}, which has no fixed number of numbers; "
                "wrap it in a gymnasium.ObservationWrapper whose observation_space is a Box"
            )
        self._space = space
        self.size = spaces.flatdim(space)
        """How many numbers an observation has."""
        if not 1 <= self.size <= MOST_NUMBERS:
            raise SpaceError(
                f"the observations of {name} have {self.size} numbers; a server can show 1 to "
                f"{MOST_NUMBERS}: wrap it in a gymnasium.ObservationWrapper that shows what counts"
            )
        self.channels = _channels(space, self.size)
        """Their names, in order."""

    def flatten(self, observation: Any) -> npt.NDArray[np.float32]:
        """Return an observation's numbers."""
        if not isinstance(self._space, spaces.Box):
            observation = spaces.flatten(self._space, observation)
        # The reshaping finds out what has another number of them.
        return np.asarray(observation, np.float32).reshape(self.size)


def _channels(space: spaces.Space[Any], size: int) -> tuple[Channel, ...]:
    if isinstance(space, spaces.Dict):
        widths = ((name, spaces.flatdim(part)) for name, part in space.spaces.items())
        return tuple(Channel(str(name), width) for name, width in widths if width)
    return _named_channels(getattr(space, "name", None), size) or (Channel("observation", size),)


def _named_channels(names: object, size: int) -> tuple[Channel, ...]:
    """Return the channels of neurogym's named spaces, if they share out the numbers in order."""
    if not isinstance(names, Mapping):
        return ()
    found, end = [], 0
    for name, places in sorted(_places(names).items(), key=lambda item: item[1]):
        if places != list(range(end, end + len(places))):
            return ()
        found.append(Channel(name, len(places)))
        end += len(places)
    return tuple(found) if end == size else ()


def _places(names: Mapping[Any, Any]) -> dict[str, list[int]]:
    """Return where the numbers of each name stand, for names that have any."""
    places = {str(name): [int(n) for n in np.atleast_1d(where)] for name, where in names.items()}
    return {name: where for name, where in places.items() if where}


class Choices:
    """One of several named actions; an action is its place."""

    def __init__(self, space: spaces.Discrete, name: str) -> None:
        """Name the actions.

        Raises:
            SpaceError: There are more than the protocol has.

        """
        count = int(space.n)
        if count > MOST_CHOICES:
            raise SpaceError(
                f"{name} has {count} actions; a server can offer {MOST_CHOICES}: "
                "wrap it in a gymnasium.ActionWrapper that has fewer"
            )
        self._start = int(space.start)
        self.names = _action_names(getattr(space, "name", None), count, self._start)
        """Their names, in order."""
        # What the space itself would draw: some environments are particular.
        self.values = [np.int64(self._start + choice) for choice in range(count)]
        """The actions as the environment takes them."""

    def place(self, action: Any) -> int:
        """Return the place of one of the environment's actions.

        Raises:
            ValueError: It is none.

        """
        choice = int(action) - self._start
        if not 0 <= choice < len(self.values):
            raise ValueError(f"{action!r} is not one of its {len(self.values)} actions")
        return choice


def _action_names(names: object, count: int, start: int) -> tuple[str, ...]:
    numbers = [str(start + choice) for choice in range(count)]
    if not isinstance(names, Mapping):
        return tuple(numbers)
    named = list(numbers)
    for name, places in _places(names).items():
        for number, place in enumerate(places, start=1):
            if 0 <= place < count:
                named[place] = name if len(places) == 1 else f"{name}{number}"
    return tuple(named if len(set(named)) == count else numbers)


class Amounts:
    """Numbers within a range."""

    def __init__(self, space: spaces.Box, name: str) -> None:
        """Find the range that all numbers can have.

        It is the environment's own if that is the same for all numbers, otherwise −1 to 1. Infinite
        bounds are taken for ±`UNBOUNDED`.

        Raises:
            SpaceError: There are no numbers, or too many.

        """
        self.width = int(np.prod(space.shape))
        """How many numbers an action has."""
        if not 1 <= self.width <= MOST_NUMBERS:
            raise SpaceError(
                f"the actions of {name} have {self.width} numbers; a server can take 1 to "
                f"{MOST_NUMBERS}"
            )
        self._space = space
        low, high = (np.asarray(bound, np.float64).ravel() for bound in (space.low, space.high))
        self._low = np.where(np.isinf(low), np.minimum(-UNBOUNDED, high - UNBOUNDED), low)
        self._high = np.where(np.isinf(high), np.maximum(UNBOUNDED, low + UNBOUNDED), high)
        self.is_rescaled = not ((self._low == self._low[0]) & (self._high == self._high[0])).all()
        """Whether agents see another range than the environment."""
        self.low, self.high = (
            (-1.0, 1.0)
            if self.is_rescaled
            else (float(np.float32(self._low[0])), float(np.float32(self._high[0])))
        )

    def value(self, amounts: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Return the environment's action for one lane's numbers."""
        values = amounts.astype(np.float64)
        if self.is_rescaled:
            values = self._low + (values + 1) / 2 * (self._high - self._low)
        values = np.clip(values, self._low, self._high)
        if self._space.dtype is not None and np.issubdtype(self._space.dtype, np.integer):
            values = np.rint(values)
        return values.astype(self._space.dtype).reshape(self._space.shape)


def read_actions(env: gymnasium.Env[Any, Any], name: str) -> Choices | Amounts:
    """Return the actions of an environment.

    Raises:
        SpaceError: They are of a kind that the protocol has not.

    """
    space = env.action_space
    if isinstance(space, spaces.Discrete):
        return Choices(space, name)
    if isinstance(space, spaces.Box):
        return Amounts(space, name)
    raise SpaceError(
        f"the actions of {name} are {space}; a server can take Discrete and Box: wrap it in a "
        "gymnasium.ActionWrapper whose action_space is one of them, such as a Discrete with a "
        "number for every combination"
    )
