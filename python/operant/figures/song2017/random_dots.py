"""Figure 1: random dots, with times of the experimenter's and of the subject's own."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from operant.figures.chronometric import (
    FEWEST,
    ChronometricCurve,
    ReactionTimes,
    draw_chronometric,
)
from operant.figures.duration import DurationCurve, draw_duration
from operant.figures.psychometric import PsychometricCurve, draw_psychometric
from operant.figures.reproduction.sheet import event, sheet, without_left
from operant.figures.reproduction.tables import Tables, column, grouped, numbers
from operant.figures.song2017.choices import read_choices
from operant.figures.song2017.rates import COLUMNS, draw_rate, key
from operant.figures.statistics import CumulativeGaussian
from operant.figures.style import offset_axes, strength_colors
from operant.figures.table import ContentError, Row

SHORTEST = 80.0
"""The shortest stimulus of the task, in ms."""


def accuracy(tables: Tables) -> tuple[Figure, str]:
    """Fig. 1C: percent correct against viewing time, and choices against coherence."""
    rows = tables.read("fig1c", ["coherence", "duration_ms", "correct", "trials"])
    (choices,) = read_choices(tables, "fig1c-psychometric").values()
    curves = [
        DurationCurve(
            coherence=float(coherence),
            duration=column(some, "duration_ms"),
            correct=column(some, "correct"),
            trials=column(some, "trials"),
        )
        for (coherence,), some in sorted(
            grouped(rows, "coherence").items(), key=lambda item: float(item[0][0])
        )
    ]
    figure, panels = sheet(["AB"], 54, widths=[1.1, 1])
    draw_duration(panels["A"], curves, shortest=SHORTEST)
    panels["A"].set_ylim(bottom=min(50, 100 * min(curve.correct.min() for curve in curves)))
    # Beside a second panel there is no room for it inside.
    legend = panels["A"].get_legend()
    if legend:
        legend.remove()
    handles, labels = panels["A"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, columnspacing=0.8)
    _draw_psychometric(panels["B"], choices.points)
    ends = ", ".join(
        f"{100 * curve.correct[0]:.0f} to {100 * curve.correct[-1]:.0f} % at {curve.coherence:g} %"
        for curve in curves
    )
    return figure, (
        "Percent correct grows with viewing time (shortest to longest tenth of trials: "
        f"{ends} coherence; thin: ideal observer); psychometric curve{_fitted(choices.points.fit)}."
    )


def _fitted(fit: CumulativeGaussian | None) -> str:
    if fit is None:
        return ", which nothing fits"
    return f" with μ = {fit.mu:.1f} %, σ = {fit.sigma:.1f} %".replace("= -", "= −")


def _draw_psychometric(ax: Axes, curve: PsychometricCurve) -> None:
    """Draw the curve with words that fit half a column."""
    draw_psychometric(ax, curve)
    ax.set_xlabel("Coherence (%)")
    for text in ax.texts:
        if not isinstance(text, Annotation):
            text.set_fontsize(6)


def decision_unit(tables: Tables) -> tuple[Figure, str]:
    """Fig. 1D: a unit that ramps, by coherence and choice."""
    rows = tables.read("fig1d", [*COLUMNS, "coherence", "choice"])
    figure, panels = sheet([["rate"]], 55)
    ax = panels["rate"]
    coherences = numbers(rows, "coherence")
    colors = strength_colors(coherences)
    for (coherence, choice), some in grouped(rows, "coherence", "choice").items():
        draw_rate(ax, some, color=colors[float(coherence)], dashed=choice == "left")
    event(ax)
    unit = rows[0].values["unit"]
    ax.set(xlabel="Time from stimulus onset (ms)", ylabel="Rate (a.u.)", title=f"unit {unit}")
    ax.margins(x=0)
    ax.set_ylim(bottom=0)
    key(
        ax,
        {f"{c:g} %": colors[c] for c in coherences},
        [("chose right", False), ("chose left", True)],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )
    offset_axes(ax)
    return figure, (
        f"Unit {unit} of the decision network: mean rate by coherence (light to dark: "
        f"{coherences[0]:g} to {coherences[-1]:g} %) and choice; "
        f"at most {column(rows, 'mean').max():.2f}."
    )


def value(tables: Tables) -> tuple[Figure, str]:
    """Fig. 1E: the return that is predicted, around the stimulus and before the choice."""
    rows = tables.read("fig1e", [*COLUMNS, "coherence", "choice"])
    figure, panels = sheet([["A", "B", "key"]], 50, widths=[8, 4, 2.4])
    coherences = numbers(rows, "coherence")
    colors = strength_colors(coherences)
    shown = column(rows, "mean")
    low, high = min(0.5, shown.min()), max(1.2, shown.max())
    for letter, name, label in (
        ("A", "stimulus", "From stimulus onset (ms)"),
        ("B", "choice", "From choice (ms)"),
    ):
        ax = panels[letter]
        mine = [row for row in rows if row.values["panel"] == name]
        for (coherence, choice), some in grouped(mine, "coherence", "choice").items():
            draw_rate(ax, some, color=colors[float(coherence)], dashed=choice == "left")
        event(ax)
        ax.margins(x=0)
        ax.set(ylim=(low, high), xlabel=label)
    panels["A"].set_ylabel("Predicted return")
    offset_axes(panels["A"])
    without_left(panels["B"])
    panels["B"].set_xticks([-400, -200, 0])
    panels["key"].axis("off")
    key(
        panels["key"],
        {f"{c:g} %": colors[c] for c in coherences},
        [("right", False), ("left", True)],
        loc="center",
    )
    onset = [row for row in rows if row.values["panel"] == "stimulus"]
    before = column([row for row in onset if row.number("time_ms") <= 0], "mean").mean()
    late = [row for row in onset if 350 <= row.number("time_ms") <= 450]
    weak, strong = (
        column([row for row in late if row.number("coherence") == c], "mean").mean()
        for c in (coherences[0], coherences[-1])
    )
    return figure, (
        f"Value network: {before:.2f} is predicted before the stimulus, and 400 ms after its onset "
        f"{weak:.2f} at {coherences[0]:g} % and {strong:.2f} at {coherences[-1]:g} % coherence, "
        "for choices to either side (full: right; dashed: left)."
    )


def reaction_times(tables: Tables) -> tuple[Figure, str]:
    """Fig. 1, supplement 2: when the network decides, and what."""
    rows = tables.read(
        "fig1-s2", ["outcome", "coherence", "reaction_time_ms", "standard_error_ms", "trials"]
    )
    (choices,) = read_choices(tables, "fig1-s2-psychometric").values()
    curve = ChronometricCurve(correct=_times(rows, "correct"), error=_times(rows, "error"))
    if not len(curve.correct.mean):
        raise ContentError(f"{rows[0].path} has no reaction times of correct decisions.")
    figure, panels = sheet(["AB"], 48)
    draw_chronometric(panels["A"], curve)
    panels["A"].tick_params(axis="x", labelsize=6)
    panels["A"].legend(loc="lower left")
    _draw_psychometric(panels["B"], choices.points)
    correct = curve.correct
    return figure, (
        f"Mean reaction time of correct decisions falls from {correct.mean[0]:.0f} ms at "
        f"{correct.coherence[0]:g} % to {correct.mean[-1]:.0f} ms at {correct.coherence[-1]:g} % "
        f"coherence (± s.e.m.); psychometric curve{_fitted(choices.points.fit)}."
    )


def _times(rows: list[Row], outcome: str) -> ReactionTimes:
    used = [
        row for row in rows if row.values["outcome"] == outcome and row.number("trials") >= FEWEST
    ]
    return ReactionTimes(
        coherence=column(used, "coherence"),
        mean=column(used, "reaction_time_ms"),
        sem=column(used, "standard_error_ms"),
        trials=column(used, "trials"),
    )
