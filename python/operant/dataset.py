"""Trials with their ideal actions, for supervised learning."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operant.errors import OperantError, RefusedError, SessionLostError
from operant.player import Seat
from operant.session import NO_ACTION, EndedTrials, Session
from operant.whole import is_whole


@dataclass(frozen=True)
class TrialTable:
    """What there is to know of the trials of a batch, a column each."""

    trial: npt.NDArray[np.int64]
    """Their numbers on their lanes."""
    condition: npt.NDArray[np.int64]
    """The numbers of their conditions."""
    step_count: npt.NDArray[np.int64]
    """How many steps of each are in the batch."""
    facts: dict[str, npt.NDArray[np.float32]]
    """The facts of each, as they are after ideal actions."""


class Batch(NamedTuple):
    """Trials side by side."""

    inputs: npt.NDArray[np.float32]
    """What is sensed, [time × trial × channel]; zero where the trial is over."""
    targets: npt.NDArray[np.int64]
    """The ideal action, [time × trial]; zero where none makes a difference."""
    mask: npt.NDArray[np.bool_]
    """Whether there is an ideal action, [time × trial]."""
    trials: TrialTable


class Dataset:
    """An endless supply of batches of trials, each step with the action that ideally answers it.

    >>> for inputs, targets, mask, trials in Dataset("rdm_fixed", 64, seed=1):     # doctest: +SKIP
    ...     loss = cross_entropy(network(inputs)[mask], targets[mask])

    Batch *b* has trial *b* of each of `batch_size` lanes, so a data set is decided by its seed, and
    `dataset[b]` is the same batch whenever it is asked for. Use different seeds to train and to
    test.

    Where a task shows the same whatever is done until its end, as most do, a trial has all steps
    for which there is an ideal action (all of the time to answer, say). Otherwise it has those up
    to the end that ideal actions bring about.
    """

    def __init__(
        self,
        task: str,
        batch_size: int,
        seed: int,
        *,
        endpoint: str | None = None,
        preset: str = "",
        settings: Mapping[str, float | Sequence[float]] | None = None,
        time_step_ms: int = 0,
        conditions: Sequence[int | Mapping[str, float] | None] | None = None,
        time_out: float = 30.0,
        server_key: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
    ) -> None:
        """Connect to a server and open the task.

        Args:
            task: A task's name or one of its aliases.
            batch_size: How many trials a batch has.
            seed: Decides every batch.
            endpoint: Where the server is; one of this process's own if `None`.
            preset: Whose experiment the parameters are; the alias's or the task's first if empty.
            settings: What is to differ from the preset.
            time_step_ms: Δt; the preset's if 0.
            conditions: The condition of each trial of a batch, by its number or its factors, or one
                for all of them; drawn if `None`.
            time_out: Seconds after which a silent server is given up.
            server_key: The file of the server's public key, where it asks for keys;
                `OPERANT_SERVER_KEY` unless given.
            key: The file of this agent's own key; `OPERANT_KEY` unless given.

        Raises:
            RefusedError: The task is not there, or does not tell its ideal actions.

        """
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it has to be 1 at least")
        self._seat = Seat(
            task,
            endpoint,
            preset=preset,
            settings=settings,
            time_step_ms=time_step_ms,
            first_lane=0,
            with_ideal_actions=True,
            time_out=time_out,
            server_key=server_key,
            key=key,
        )
        self.task = self._seat.task
        """What the server tells of the task."""
        self.batch_size = batch_size
        self.seed = seed
        self._next = 0
        self._process = os.getpid()
        self._is_closed = False
        try:
            self._conditions = self._seat.conditions(conditions, batch_size)
            self._session = self._open()
        except BaseException:
            self._seat.leave()
            raise

    def __iter__(self) -> Iterator[Batch]:
        """Go on with the batch after the last."""
        return self

    def __next__(self) -> Batch:
        """Return the next batch; there is always one."""
        batch = self[self._next]
        self._next += 1
        return batch

    def __getitem__(self, index: int) -> Batch:
        """Return batch `index`, counted from 0."""
        if not is_whole(index):
            raise TypeError(f"batch {index!r} can't be; batches are numbered 0, 1, 2, …")
        if index < 0:
            raise IndexError(f"batch {index} can't be; batches are counted from 0, without an end")
        if self._is_closed:
            raise OperantError("the data set is closed; make another")
        if self._process != os.getpid():
            raise OperantError(
                "this data set was made in another process; make it where it is used, "
                "in worker_init_fn for example"
            )
        try:
            inputs, ideal, ended = self._play(int(index))
        except SessionLostError:
            # Out of its lease while a network learned; another one plays the same trials.
            self._session = self._open()
            inputs, ideal, ended = self._play(index)
        mask = ideal != NO_ACTION
        # Up to the last step that has an ideal action in any of the trials.
        length = int(np.flatnonzero(mask.any(axis=1))[-1]) + 1 if mask.any() else 1
        mask, inputs = mask[:length], inputs[:length]
        inputs[~_up_to_last(mask)] = 0
        order = np.argsort(ended.lanes)
        facts = {fact.name: ended.facts[order, place] for place, fact in enumerate(self.task.facts)}
        return Batch(
            inputs=inputs,
            targets=np.where(mask, ideal[:length], 0).astype(np.int64),
            mask=mask,
            trials=TrialTable(
                trial=ended.trials[order].astype(np.int64),
                condition=ended.conditions[order].astype(np.int64),
                step_count=_up_to_last(mask).sum(axis=0),
                facts=facts,
            ),
        )

    def close(self) -> None:
        """Close the session, and the server if it is this process's own; may be called again."""
        self._is_closed = True
        try:
            # Out of reach, it is forgotten by and by.
            with contextlib.suppress(OperantError):
                self._session.close()
        finally:
            self._seat.leave()

    def __enter__(self) -> "Dataset":
        """Close with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _open(self) -> Session:
        """Open all lanes, with whole trials in one frame where the task allows it."""
        look_ahead = self._seat.step_limit if self.task.allows_look_ahead else 1
        try:
            return self._seat.open(
                lane_count=self.batch_size, seed=self.seed, look_ahead=look_ahead
            )
        except RefusedError:
            if look_ahead == 1:
                raise
        # A trial of so many steps is more than the server shows at once.
        return self._seat.open(lane_count=self.batch_size, seed=self.seed)

    def _play(
        self, index: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], EndedTrials]:
        """Take ideal actions until trial `index` of every lane is over.

        Returns:
            What was shown [time × trial × channel], the ideal actions [time × trial], and what is
            told of the trials that ended.

        """
        frame = self._session.begin(trials=[index] * self.batch_size, conditions=self._conditions)
        shown: list[npt.NDArray[np.float32]] = []
        ideal: list[npt.NDArray[np.uint8]] = []
        ended: list[EndedTrials] = []
        ahead = self._session.look_ahead
        is_playing = np.ones(self.batch_size, np.bool_)
        while is_playing.any():
            assert frame.ideal_actions is not None
            steps = (ahead, self.batch_size)
            shown.append(frame.observations.reshape(*steps, -1))
            ideal.append(frame.ideal_actions.reshape(steps))
            actions = np.where(ideal[-1] == NO_ACTION, 0, ideal[-1])
            frame = self._session.step(actions.astype(np.uint8).tobytes())
            if frame.ended is not None:
                ended.append(frame.ended)
                is_playing[frame.ended.lanes] = False
        return np.concatenate(shown), np.concatenate(ideal), _joined(ended)


def _up_to_last(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether a step is the last with an ideal action in its trial, or before it."""
    return np.flip(np.logical_or.accumulate(np.flip(mask, 0), axis=0), 0)


def _joined(parts: Sequence[EndedTrials]) -> EndedTrials:
    """Return the trials of several frames as those of one."""
    return EndedTrials(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in EndedTrials.__dataclass_fields__
        )
    )
