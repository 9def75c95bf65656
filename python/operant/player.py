"""What scalar and vector environments have in common: a place at a server, and lanes there."""

import contextlib
import os
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from operant.client import Client, RestartRule
from operant.errors import OperantError, SessionLostError
from operant.local_server import LocalServer, hold_local_server, let_go
from operant.session import DRAWN, Frame, Session
from operant.task import Continuous, Task
from operant.whole import is_whole, require_whole

# How long an agent may think, or a notebook rest, before a session is lost.
_LEASE_MS = 600_000
_SEEDS = 1 << 64
_MOST_TRIALS = (1 << 63) - 1
_CHOICES = [bytes([choice]) for choice in range(256)]
_OPTIONS = ("condition", "trial", "reset_mask")


class Seat:
    """A place at a server for one task, under parameters that stay."""

    def __init__(
        self,
        task: str,
        endpoint: str | None,
        *,
        preset: str,
        settings: Mapping[str, float | Sequence[float]] | None,
        time_step_ms: int,
        first_lane: int,
        with_ideal_actions: bool,
        time_out: float,
        server_key: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
    ) -> None:
        """Connect, and ask about the task under its parameters."""
        if endpoint is None and (server_key or key):
            raise ValueError(
                "server_key and key are for a server that is running; pass its endpoint, too"
            )
        self._server_key, self._key = server_key, key
        self._local: LocalServer | None = None
        self._release: weakref.finalize[..., Seat] | None = None
        self._endpoint = endpoint
        self._time_out = time_out
        self._task_name = task
        self._preset = preset
        self._settings = dict(settings or {})
        self._time_step_ms = time_step_ms
        self._first_lane = first_lane
        self._with_ideal_actions = with_ideal_actions
        try:
            self._sit_down()
            # Opened once to learn what the task is under these parameters.
            session = self.open(lane_count=1, seed=0)
            self.task: Task = session.task
            self.step_limit = session.step_limit
            session.close()
        except BaseException:
            self.leave()
            raise

    def open(
        self,
        *,
        lane_count: int,
        seed: int,
        restart_rule: RestartRule = RestartRule.DISABLED,
        look_ahead: int = 1,
    ) -> Session:
        """Open a session of the task, at another server if one of this process's own has died."""
        if self.has_lost_its_server:
            self.leave()
            self._sit_down()
        return self._client.open(
            self._task_name,
            preset=self._preset,
            settings=self._settings,
            time_step_ms=self._time_step_ms,
            first_lane=self._first_lane,
            with_ideal_actions=self._with_ideal_actions,
            lane_count=lane_count,
            seed=seed,
            restart_rule=restart_rule,
            look_ahead=look_ahead,
            lease_ms=self._lease_ms,
        )

    def column(self, value: Any, count: int, name: str) -> list[int]:
        """Return one number a lane, or none at all."""
        if value is None:
            return []
        numbers = [value] * count if np.ndim(value) == 0 else list(value)
        if len(numbers) != count:
            raise ValueError(
                f"{name!r} has {len(numbers)} numbers; there are {count} lanes to reset"
            )
        for number in numbers:
            require_whole(name, number, _MOST_TRIALS)
        return [int(number) for number in numbers]

    def conditions(self, value: Any, count: int) -> list[int]:
        """Return the number of a condition for each lane; DRAWN where None is asked for."""
        if value is None:
            return []
        if isinstance(value, Mapping):
            value = self._condition(value)
        wanted = [value] * count if np.ndim(value) == 0 else list(value)
        numbers = [
            DRAWN if one is None else self._condition(one) if isinstance(one, Mapping) else one
            for one in wanted
        ]
        there_are = len(self.task.conditions)
        for asked, number in zip(wanted, numbers, strict=True):
            if asked is None:
                continue
            if not is_whole(number) or not 0 <= number < there_are:
                raise ValueError(
                    f"condition {number!r} is not one of this task's {there_are}, "
                    f"0 to {there_are - 1}"
                )
        return self.column(numbers, count, "condition")

    def _condition(self, factors: Mapping[str, float]) -> int:
        return self.task.condition(**{str(name): factors[name] for name in factors})

    @property
    def has_lost_its_server(self) -> bool:
        """Whether the server was this process's own and has ended."""
        return self._local is not None and not self._local.is_usable

    def _sit_down(self) -> None:
        """Connect to the server, which is started if there is none to connect to."""
        if self._endpoint is None:
            self._local = hold_local_server()
            # Also for an environment that is dropped without being closed.
            self._release = weakref.finalize(self, let_go, self._local)
        place = self._local.endpoint if self._local else self._endpoint
        assert place is not None
        self._client = Client(place, self._time_out, server_key=self._server_key, key=self._key)
        self._lease_ms = min(_LEASE_MS, self._client.hello().limits.longest_lease_ms)

    def leave(self) -> None:
        """Close the connection, and end the server if this was the last who used it."""
        if hasattr(self, "_client"):
            self._client.close()
        if self._release is not None:
            self._release()
        self._local = None


class Player:
    """Lanes that are played one trial after the other, seed by seed."""

    def __init__(
        self, seat: Seat, lane_count: int, restart_rule: RestartRule = RestartRule.DISABLED
    ) -> None:
        """Take place; nothing is opened before the first reset."""
        self._seat = seat
        self._lane_count = lane_count
        self._restart_rule = restart_rule
        self._session: Session | None = None
        self.fact_names = tuple(fact.name for fact in seat.task.facts)
        actions = seat.task.actions
        self._continuous = actions if isinstance(actions, Continuous) else None
        self._action_count = 0 if isinstance(actions, Continuous) else len(actions)
        self._is_closed = False
        # The number of each lane's next trial.
        self._next_trials = np.zeros(lane_count, np.uint64)

    # MARK: resetting

    def reset(
        self,
        seed: int | None,
        random: np.random.Generator,
        options: Mapping[str, Any] | None,
        lanes: Sequence[int] = (),
    ) -> Frame:
        """Begin trials on all lanes, or on the lanes named.

        A seed restarts the count of trials; without one it goes on, and the first seed is drawn
        from `random`.
        """
        if self._is_closed:
            raise OperantError("the environment is closed; make another")
        options = options or {}
        if strays := [name for name in options if name not in _OPTIONS]:
            raise ValueError(f"reset has no option {strays[0]!r}; it has {', '.join(_OPTIONS)}")
        count = len(lanes) or self._lane_count
        trials = self._seat.column(options.get("trial"), count, "trial")
        conditions = self._seat.conditions(options.get("condition"), count)
        if seed is not None and not 0 <= seed < _SEEDS:
            raise ValueError(f"the seed is {seed}; it can be 0 to 2**64 - 1")
        is_another = self._session is None or (seed is not None and self._session.seed != seed)
        if is_another and count < self._lane_count:
            raise ValueError(
                "the first trials of a seed begin on all lanes at once; reset() without reset_mask"
            )
        if seed is not None and is_another:
            self._open(seed)
        elif self._session is None:
            self._open(int(random.integers(_SEEDS, dtype=np.uint64, endpoint=False)))
        elif seed is not None and not trials:
            trials = [0] * count
        return self._begin(lanes, trials, conditions)

    def _begin(
        self, lanes: Sequence[int], trials: Sequence[int], conditions: Sequence[int]
    ) -> Frame:
        session = self._playing()
        try:
            frame = session.begin(lanes, trials, conditions)
        except OperantError as error:
            if not (isinstance(error, SessionLostError) or self._seat.has_lost_its_server):
                raise
            if 0 < len(lanes) < self._lane_count:
                # The trials of the other lanes are lost, too.
                self._session = None
                raise
            # The server was started anew, or the agent silent for longer than the lease. Trials are
            # the same in any session with this seed.
            places = list(lanes) or slice(None)
            self._open(session.seed, self._next_trials)
            frame = self._playing().begin(
                lanes, trials or self._next_trials[places].tolist(), conditions
            )
        if trials:
            self._next_trials[list(lanes) or slice(None)] = np.asarray(trials, np.uint64) + 1
        else:
            self._next_trials[list(lanes) or slice(None)] += 1
        return frame

    def _open(self, seed: int, next_trials: npt.NDArray[np.uint64] | None = None) -> None:
        """Open a session with that seed in place of the one there is."""
        self._close_session()
        if next_trials is None:
            self._next_trials = np.zeros(self._lane_count, np.uint64)
        self._session = self._seat.open(
            lane_count=self._lane_count, seed=seed, restart_rule=self._restart_rule
        )

    # MARK: stepping

    def step_one(self, action: Any) -> Frame:
        """Carry out the action of the only lane."""
        session = self._playing()
        if self._continuous is not None:
            return session.step_amounts(self._amounts(action, (self._continuous.width,)))
        choice = int(action) if isinstance(action, int) or is_whole(action) else -1
        if not 0 <= choice < self._action_count:
            raise ValueError(self._stray(action))
        return session.step(_CHOICES[choice])

    def step(self, actions: Any) -> Frame:
        """Carry out the actions of all lanes."""
        session = self._playing()
        if self._continuous is not None:
            shape = (self._lane_count, self._continuous.width)
            return session.step_amounts(self._amounts(actions, shape))
        choices = np.asarray(actions)
        if choices.shape != (self._lane_count,):
            raise ValueError(
                f"the actions have the shape {choices.shape}; it has to be ({self._lane_count},)"
            )
        if choices.dtype.kind not in "iu":
            raise ValueError(f"the actions are {choices.dtype}; they have to be whole numbers")
        # As numbers without a sign, those below zero are far too large.
        if np.maximum.reduce(choices.astype(np.uint64)) >= self._action_count:
            stray = choices[(choices < 0) | (choices >= self._action_count)][0]
            raise ValueError(self._stray(int(stray)))
        frame = session.step(choices.astype(np.uint8).tobytes())
        if frame.ended is not None:
            self._next_trials[frame.ended.lanes] = frame.ended.trials + 1
        return frame

    @property
    def has_begun(self) -> bool:
        """Whether any trial has begun, and nothing was closed since."""
        return self._session is not None

    def _playing(self) -> Session:
        if self._session is None:
            raise OperantError(
                "the environment is closed; make another"
                if self._is_closed
                else "no trial has begun; call reset() first"
            )
        return self._session

    def _stray(self, action: Any) -> str:
        names = self._seat.task.actions
        assert isinstance(names, tuple)
        return f"action {action!r} is not one of this task's {len(names)}: " + ", ".join(
            f"{number} {name}" for number, name in enumerate(names)
        )

    def _amounts(self, actions: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
        assert self._continuous is not None
        low, high = self._continuous.low, self._continuous.high
        amounts = np.asarray(actions, np.float32)
        if amounts.shape != shape and not (amounts.ndim == 0 and shape == (1,)):
            raise ValueError(f"the actions have the shape {amounts.shape}; it has to be {shape}")
        if not ((amounts >= low) & (amounts <= high)).all():
            raise ValueError(f"the actions hold numbers that are not {low:g} to {high:g}")
        return amounts

    # MARK: leaving

    def _close_session(self) -> None:
        if self._session is None:
            return
        session, self._session = self._session, None
        # Gone already, which is what was wanted; or out of reach, and then forgotten by and by.
        with contextlib.suppress(OperantError):
            session.close()

    def close(self) -> None:
        """Close the session; nothing can be played after."""
        self._is_closed = True
        self._close_session()
