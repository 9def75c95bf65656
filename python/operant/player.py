"""What scalar and vector environments have in common: a place at a server, and lanes there."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from operant.client import Client, RestartRule
from operant.errors import OperantError, ServerGoneError, SessionLostError
from operant.local_server import LocalServer, hold_local_server, let_go
from operant.session import DRAWN, Frame, Session
from operant.task import Continuous, Task

# How long an agent may think, or a notebook rest, before a session is lost.
_LEASE_MS = 600_000
_SEEDS = 1 << 64
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
    ) -> None:
        """Connect, and ask about the task under its parameters."""
        self._local: LocalServer | None = None if endpoint else hold_local_server()
        self._task_name = task
        self._preset = preset
        self._settings = dict(settings or {})
        self._time_step_ms = time_step_ms
        self._first_lane = first_lane
        self._with_ideal_actions = with_ideal_actions
        try:
            place = self._local.endpoint if self._local else str(endpoint)
            self._client = Client(place, time_out)
            limits = self._client.hello().limits
            self._lease_ms = min(_LEASE_MS, limits.longest_lease_ms)
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
        """Open a session of the task."""
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

    def leave(self) -> None:
        """Close the connection, and end the server if this was the last who used it."""
        if hasattr(self, "_client"):
            self._client.close()
        if self._local is not None:
            let_go(self._local)
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
        trials = self._column(options.get("trial"), count, "trial")
        conditions = self._conditions(options.get("condition"), count)
        if seed is not None and not 0 <= seed < _SEEDS:
            raise ValueError(f"the seed is {seed}; it can be 0 to 2**64 - 1")
        if seed is not None and (self._session is None or self._session.seed != seed):
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
        except SessionLostError:
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

    def _column(self, value: Any, count: int, name: str) -> list[int]:
        """Return one number a lane, or none at all."""
        if value is None:
            return []
        numbers = [value] * count if np.ndim(value) == 0 else list(value)
        if len(numbers) != count:
            raise ValueError(
                f"{name!r} has {len(numbers)} numbers; there are {count} lanes to reset"
            )
        if strays := [n for n in numbers if int(n) != n or n < 0]:
            raise ValueError(f"{name!r} is {strays[0]}; it has to be a whole number from 0")
        return [int(number) for number in numbers]

    def _conditions(self, value: Any, count: int) -> list[int]:
        """Return the number of a condition for each lane; DRAWN where None is asked for."""
        if value is None:
            return []
        if isinstance(value, Mapping):
            value = self._seat.task.condition(**value)
        wanted = [value] * count if np.ndim(value) == 0 else list(value)
        numbers = [
            DRAWN
            if one is None
            else self._seat.task.condition(**one)
            if isinstance(one, Mapping)
            else one
            for one in wanted
        ]
        there_are = len(self._seat.task.conditions)
        for number in numbers:
            if number != DRAWN and not 0 <= number < there_are:
                raise ValueError(
                    f"condition {number} is not one of this task's {there_are}, "
                    f"0 to {there_are - 1}"
                )
        return self._column(numbers, count, "condition")

    # MARK: stepping

    def step_one(self, action: Any) -> Frame:
        """Carry out the action of the only lane."""
        session = self._playing()
        if self._continuous is not None:
            return session.step_amounts(self._amounts(action))
        try:
            choice = int(action)
        except (TypeError, ValueError):
            choice = -1
        if choice != action or not 0 <= choice < self._action_count:
            raise ValueError(self._stray(action))
        return session.step(_CHOICES[choice])

    def step(self, actions: Any) -> Frame:
        """Carry out the actions of all lanes."""
        session = self._playing()
        if self._continuous is not None:
            return session.step_amounts(self._amounts(actions))
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
            raise ValueError(self._stray(stray))
        frame = session.step(choices.astype(np.uint8).tobytes())
        if frame.ended is not None:
            self._next_trials[frame.ended.lanes] = frame.ended.trials + 1
        return frame

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

    def _amounts(self, actions: Any) -> npt.NDArray[np.float32]:
        assert self._continuous is not None
        amounts = np.asarray(actions, np.float32)
        if amounts.size != self._lane_count * self._continuous.width:
            raise ValueError(
                f"the actions have {amounts.size} numbers; "
                f"{self._lane_count} × {self._continuous.width} make a step"
            )
        if not np.isfinite(amounts).all():
            raise ValueError("the actions hold what is not a finite number")
        return amounts

    # MARK: leaving

    def _close_session(self) -> None:
        if self._session is None:
            return
        session, self._session = self._session, None
        try:
            session.close()
        except (SessionLostError, ServerGoneError):
            # It is gone already, which is what was wanted.
            return

    def close(self) -> None:
        """Close the session; nothing can be played after."""
        self._is_closed = True
        self._close_session()
