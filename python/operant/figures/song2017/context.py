"""Figure 2A: integration that depends on context."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import letter, sheet
from operant.figures.reproduction.tables import Tables, column, grouped, numbers
from operant.figures.song2017.choices import Choices, draw_choices, read_choices
from operant.figures.song2017.palette import signed_colors
from operant.figures.song2017.rates import COLUMNS, draw_rate, key
from operant.figures.style import BLUE, DASHED, QUIET, RED, offset_axes, strength_colors
from operant.figures.table import ContentError, Row

_CONTEXTS = (("motion", BLUE, "o"), ("colour", RED, "s"))


def choices(tables: Tables) -> tuple[Figure, str]:
    """Fig. 2A: choices against motion and against colour, in each context."""
    curves = read_choices(tables, "fig2a")
    figure, panels = sheet(["AB"], 50)
    for name, evidence in (("A", "motion"), ("B", "colour")):
        ax = panels[name]
        ax.axhline(50, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
        ax.axvline(0, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
        for context, color, marker in _CONTEXTS:
            draw_choices(
                ax,
                _curve(curves, context, evidence, tables).points,
                color=color,
                marker=marker,
                filled=context == evidence,
                label=f"{context} context",
                margin=3,
            )
        ax.set(xlabel=f"{evidence.capitalize()} coherence (%)", xticks=[-50, -25, 0, 25, 50])
        offset_axes(ax)
    panels["A"].set_ylabel("Choices to the right (%)")
    handles, labels = panels["A"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)

    def slope(context: str, evidence: str) -> str:
        fit = _curve(curves, context, evidence, tables).fit
        # Of Φ((x − μ)/σ) where it is steepest: φ(0)/σ, with φ(0) = 0.399.
        return f"{39.9 / fit.curve.sigma:.2f}" if fit else "no fit"

    return figure, (
        "Choices follow the evidence that counts. Steepest slope against motion: "
        f"{slope('motion', 'motion')} in the motion and {slope('colour', 'motion')} in the colour "
        f"context; against colour: {slope('colour', 'colour')} in the colour and "
        f"{slope('motion', 'colour')} in the motion context (% of choices per % coherence)."
    ).replace(" -", " −")


def _curve(curves: dict[str, Choices], context: str, evidence: str, tables: Tables) -> Choices:
    name = f"{context} context, {evidence}"
    if name not in curves:
        raise ContentError(f"There is no curve '{name}'. '{tables.command}' makes it.")
    return curves[name]


def units(tables: Tables) -> tuple[Figure, str]:
    """Fig. 2A, below: four units, each by motion, by colour and by context."""
    rows = tables.read("fig2a-units", [*COLUMNS, "context", "stimulus", "choice"])
    names = list(grouped(rows, "unit"))
    layout = [[f"{unit} {panel}" for panel in _SORTINGS] for (unit,) in names]
    figure, panels = sheet(
        [*layout, ["key"] * 3], 34 * len(names) + 14, heights=[1.0] * len(names) + [0.2]
    )
    strengths = sorted(
        {abs(row.number("stimulus")) for row in rows if row.values["stimulus"] != "all"}
    )
    colors = strength_colors(strengths)
    contexts = {context: color for context, color, _ in _CONTEXTS}
    for name, line, (unit,) in zip("ABCDEFGH", layout, names, strict=False):
        letter(panels[line[0]], name)
        axes = [panels[name] for name in line]
        for ax, panel in zip(axes, _SORTINGS, strict=True):
            mine = [r for r in rows if r.values["unit"] == unit and r.values["panel"] == panel]
            for (context, stimulus, choice), some in grouped(
                mine, "context", "stimulus", "choice"
            ).items():
                color = contexts[context] if stimulus == "all" else colors[abs(float(stimulus))]
                draw_rate(ax, some, color=color, dashed=choice == "other")
            ax.sharey(axes[0])
            ax.set(xlim=(0, 750), xticks=[0, 250, 500, 750])
            ax.margins(y=0.08)
            ax.tick_params(labelbottom=line is layout[-1])
            if line is layout[0]:
                ax.set_title(_SORTINGS[panel])
            if ax is axes[0]:
                number, _, variable = unit.partition(" ")
                ax.set_ylabel(f"Unit {number}, {variable.strip('()')}\nRate (a.u.)")
                offset_axes(ax)
            else:
                offset_axes(ax)
                ax.tick_params(labelleft=False)
        # The panels of a unit share the axis, which none of them may fix before all are drawn.
        axes[0].set_ylim(bottom=0)
    for name in layout[-1]:
        panels[name].set_xlabel("Time from stimulus onset (ms)" if name == layout[-1][1] else "")
    panels["key"].axis("off")
    key(
        panels["key"],
        {f"{s:g} % coherence": colors[s] for s in strengths}
        | {f"{context} context": color for context, color in contexts.items()},
        [("preferred choice", False), ("other choice", True)],
        loc="center",
        ncols=3,
    )
    listed = ", ".join(unit for (unit,) in names)
    return figure, (
        f"Mean rates of the units that tell a variable best, each unit once: {listed}. Correct "
        "trials, in the "
        "motion context by motion, in the colour context by colour, and by context."
    )


_SORTINGS = {
    "motion": "motion context,\nby motion",
    "colour": "colour context,\nby colour",
    "context": "both,\nby context",
}


def state_space(tables: Tables) -> tuple[Figure, str]:
    """Draw the way of the population after targeted regression, as Mante et al. (2013) do.

    Columns differ in what trials are sorted by, rows in what counts.
    """
    rows = tables.read(
        "state-space",
        ["panel", "context", "stimulus", "choice_side", "time_ms", "choice", "motion", "colour"],
    )
    figure, panels = sheet([["A", "B"], ["C", "D"]], 92)
    colors = signed_colors(numbers(rows, "stimulus"))
    hues = {context: color for context, color, _ in _CONTEXTS}
    for evidence, above, below in (("motion", "A", "C"), ("colour", "B", "D")):
        for context, name, ax in ((1.0, "motion", panels[above]), (-1.0, "colour", panels[below])):
            mine = [
                row
                for row in rows
                if row.values["panel"] == evidence and row.number("context") == context
            ]
            for (stimulus, side), way in grouped(mine, "stimulus", "choice_side").items():
                _draw_way(
                    ax, way, evidence, color=colors[float(stimulus)], preferred=float(side) > 0
                )
            ax.sharex(panels["A"])
            ax.sharey(panels[above])
            ax.set_title(f"{name} context, by {evidence}", color=hues[name])
            ax.set_ylabel(f"{evidence.capitalize()} axis (a.u.)")
            ax.margins(0.06)
            offset_axes(ax)
            if ax is panels[above]:
                ax.tick_params(labelbottom=False)
            else:
                ax.set_xlabel("Choice axis (a.u.)")
    strongest = max(colors)
    lines = [
        ("strong, preferred", colors[strongest], "-"),
        ("weak, preferred", colors[min(c for c in colors if c > 0)], "-"),
        ("weak, other", colors[max(c for c in colors if c < 0)], "-"),
        ("strong, other", colors[min(colors)], "-"),
    ]
    handles = [panels["A"].plot([], [], color=color, ls=ls)[0] for _, color, ls in lines]
    sides = [
        panels["A"].plot([], [], "o-", color="black", ms=2.4, lw=0.9)[0],
        panels["A"].plot([], [], "o", color="black", ms=2.4, lw=0.9, ls=DASHED, mfc="white")[0],
    ]
    figure.legend(
        [*handles, *sides],
        [label for label, _, _ in lines] + ["chose preferred", "chose other"],
        loc="outside lower center",
        ncols=3,
        title="Evidence by which trials are sorted, and choice",
    )
    ends = {
        side: column(
            [
                row
                for row in rows
                if row.number("choice_side") == side
                and row.number("time_ms") == numbers(rows, "time_ms")[-1]
            ],
            "choice",
        ).mean()
        for side in (1.0, -1.0)
    }
    return figure, (
        "The population's way, a dot every 50 ms, trials sorted by motion (left) and by colour "
        "(right); above in the motion, below in the colour context. Along the axis of choice it "
        f"ends at {ends[1.0]:.1f} where the preferred side is chosen and at "
        f"{ends[-1.0]:.1f} where the other is, on average."
    ).replace(" -", " −")


def _draw_way(ax: Axes, way: list[Row], evidence: str, *, color: object, preferred: bool) -> None:
    ax.plot(
        column(way, "choice"),
        column(way, evidence),
        "o",
        ls="-" if preferred else DASHED,
        color=color,
        lw=0.7,
        ms=1.8,
        mfc=color if preferred else "white",
        mew=0.5,
    )
