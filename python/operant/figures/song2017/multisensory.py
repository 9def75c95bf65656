"""Figure 2B and Table 2: one sense or two."""

import numpy as np
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import event, sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.song2017.choices import draw_choices, read_choices
from operant.figures.song2017.rates import COLUMNS, draw_rate, key
from operant.figures.style import BLUE, INK, OCHRE, QUIET, offset_axes

_SENSES = {"visual": (BLUE, "o"), "auditory": (OCHRE, "s"), "both": (INK, "D")}

PUBLISHED_RATIOS = (1.06, 1.05, 1.00, 1.00, 0.90, 1.02)
"""(1/σ²_both)/(1/σ²_visual + 1/σ²_auditory) of the six networks of the paper's Table 2."""
BAND = (0.85, 1.10)
"""Within it a network combines its senses as well as they can be, give or take sampling error."""


def choices(tables: Tables) -> tuple[Figure, str]:
    """Fig. 2B: choices against the rate of events, and three units."""
    curves = read_choices(tables, "fig2b")
    rows = tables.read("fig2b-units", [*COLUMNS, "modality", "choice"])
    figure, panels = sheet(["AB", "CD"], 88)
    ax = panels["A"]
    ax.axhline(50, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
    for name, curve in curves.items():
        color, marker = _SENSES[name]
        draw_choices(ax, curve.points, color=color, marker=marker, label=name, margin=0.3)
    ax.set(xlabel="Event rate (per s)", ylabel="Choices of high (%)", xticks=[9, 11, 13, 15])
    ax.legend(loc="upper left")
    offset_axes(ax)
    for letter, panel in zip("BCD", ("choice", "modality", "both"), strict=True):
        ax = panels[letter]
        mine = [row for row in rows if row.values["panel"] == panel]
        for (modality, choice), some in grouped(mine, "modality", "choice").items():
            draw_rate(ax, some, color=_SENSES[modality][0], dashed=choice == "low")
        event(ax)
        ax.set_title(f"unit {mine[0].values['unit']}: {_TOLD[panel]}")
        ax.set(xlabel="Time from onset (s)" if letter in "CD" else "", ylabel="Rate (a.u.)")
        ax.set_xticks([0, 500, 1000], ["0", "0.5", "1"])
        ax.set_ylim(bottom=0)
        ax.margins(x=0)
        offset_axes(ax)
    key(panels["B"], {}, [("high", False), ("low", True)])
    fits = "; ".join(
        f"{name} σ = {curve.fit.curve.sigma:.2f} ({curve.fit.sigma_low:.2f}–"
        f"{curve.fit.sigma_high:.2f})"
        for name, curve in curves.items()
        if curve.fit
    )
    return figure, (
        f"Choices against event rate, per sense, with fits ({fits}; events per second, 95 % "
        "intervals); units that tell choice (B), sense (C) and both (D), correct trials."
    )


_TOLD = {"choice": "choice", "modality": "sense", "both": "both"}


def combination(tables: Tables) -> tuple[Figure, str]:
    """Table 2: thresholds, and how the two senses' reliabilities add up."""
    rows = tables.read("table2", ["seed", "sigma_visual", "sigma_auditory", "sigma_both", "ratio"])
    figure, panels = sheet(["AB"], 60)
    x = np.arange(len(rows))
    ax = panels["A"]
    sigma = {name: column(rows, f"sigma_{name}") for name in _SENSES}
    # σ_both of a subject that weighs both senses by their reliabilities.
    optimal = (sigma["visual"] ** -2 + sigma["auditory"] ** -2) ** -0.5
    ax.hlines(optimal, x - 0.3, x + 0.3, color=QUIET, lw=1.2, label="both, optimal")
    for (name, (color, marker)), offset in zip(_SENSES.items(), (-0.16, 0.16, 0), strict=True):
        ax.plot(x + offset, sigma[name], marker, color=color, ms=4, label=name, clip_on=False)
    ax.set(
        ylabel="σ (events per s)", ylim=(1, max(2.4, 1.05 * max(s.max() for s in sigma.values())))
    )
    ratio = column(rows, "ratio")
    other = panels["B"]
    other.axhspan(*BAND, color=BLUE, alpha=0.13, lw=0, label=f"{BAND[0]:.2f}–{BAND[1]:.2f}")
    other.axhline(1, color=INK, lw=0.6, ls=(0, (4, 3)))
    other.plot(x, ratio, "o", color=INK, ms=4, label="networks here", clip_on=False)
    published = len(rows) + 0.5
    spread = np.linspace(-0.25, 0.25, len(PUBLISHED_RATIOS))
    other.plot(
        published + spread, PUBLISHED_RATIOS, "o", ms=3.2, mfc="white", mec=QUIET, label="published"
    )
    other.set(
        ylabel="Reliability over optimum",
        ylim=(min(0.75, ratio.min() - 0.05), max(1.2, ratio.max() + 0.05)),
    )
    seeds = [row.values["seed"] for row in rows]
    for panel in (ax, other):
        panel.set_xlabel("Network (seed)")
        offset_axes(panel)
    slant = 60.0 if len(seeds) > 4 else 0.0
    ax.set_xticks(x, seeds, rotation=slant)
    ax.set_xlim(-0.6, len(rows) - 0.4)
    other.set_xticks([*x, published], [*seeds, "paper"], rotation=slant)
    other.set_xlim(-0.6, published + 0.5)
    handles, labels = ax.get_legend_handles_labels()
    more, words = other.get_legend_handles_labels()
    figure.legend([*handles, *more], [*labels, *words], loc="outside upper center", ncols=4)
    within = int(((ratio >= BAND[0]) & (ratio <= BAND[1])).sum())
    listed = ", ".join(f"{value:.2f}" for value in ratio)
    return figure, (
        "Thresholds with one sense and with both, and (1/σ²_both)/(1/σ²_visual + 1/σ²_auditory): "
        f"{listed}; {within} of {len(rows)} within {BAND[0]:.2f}–{BAND[1]:.2f}."
    )
