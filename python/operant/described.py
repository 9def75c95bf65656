"""What scalar and vector environments tell of their task, by name."""

from operant.task import Continuous, Task


class Described:
    """An environment that knows its task."""

    task: Task
    """What the server tells of the task."""

    @property
    def channels(self) -> dict[str, slice]:
        """Where the numbers of each channel stand in an observation, by name."""
        return self.task.slices

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of discrete actions."""
        return () if isinstance(self.task.actions, Continuous) else self.task.actions
