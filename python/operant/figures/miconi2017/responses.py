"""Figure 4B: responses by the bias of each modality, attended or not."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.interpolate import PchipInterpolator

from operant.figures.reproduction.sheet import sheet
from operant.figures.reproduction.tables import Tables, column
from operant.figures.style import BLUE, INK, QUIET, RED, offset_axes
from operant.figures.table import ContentError, Row

_BOX = "#e3e5e9"
_PANELS = {"A": (1, 1), "B": (2, 1), "C": (1, 2), "D": (2, 2)}
"""Which modality is attended to, and against whose bias responses stand."""


def responses(tables: Tables) -> tuple[Figure, str]:
    """Fig. 4B: the response at the end of a trial against the bias of a modality."""
    rows = tables.read(
        "fig4b",
        [
            "context",
            "modality",
            "bias",
            "low",
            "lower_quartile",
            "median",
            "upper_quartile",
            "high",
            "mean",
            "fit",
        ],
    )
    figure, panels = sheet(["AB", "CD"], 92)
    attended, ignored = [], []
    for letter, (context, modality) in _PANELS.items():
        mine = sorted(
            (
                row
                for row in rows
                if row.number("context") == context and row.number("modality") == modality
            ),
            key=lambda row: row.number("bias"),
        )
        if not mine:
            raise ContentError(
                f"fig4b.csv has no rows of context {context}, modality {modality}. "
                f"'{tables.command}' makes it again."
            )
        ax = panels[letter]
        _draw(ax, mine, RED if context == modality else BLUE)
        ax.set_xlabel(f"Bias of modality {modality}")
        if letter in "AB":
            ax.set_title(f"attending to modality {context}")
        if letter in "AC":
            ax.set_ylabel("Response at the end")
        else:
            ax.tick_params(labelleft=False)
        mean = column(mine, "mean")
        if context == modality:
            attended.append(f"{mean[0]:.2f} to {mean[-1]:.2f}")
        else:
            ignored.append(f"{mean.min():.2f} to {mean.max():.2f}")
    low = min(-1.0, float(column(rows, "low").min()))
    high = max(1.0, float(column(rows, "high").max()))
    for ax in panels.values():
        ax.set_ylim(1.05 * low, 1.05 * high)
    figure.legend(
        [
            Patch(facecolor=_BOX, edgecolor=INK, lw=0.5),
            Line2D([], [], marker="o", ls="", color=INK, ms=2.2),
            Line2D([], [], color=RED),
            Line2D([], [], color=BLUE),
        ],
        ["quartiles", "mean", "fit, attended to", "fit, not attended to"],
        loc="outside lower center",
        ncols=4,
    )
    return figure, (
        "Mean responses from the lowest to the highest bias of the modality attended to: "
        f"{' and '.join(attended)}; of the other they range from {' and from '.join(ignored)}."
    ).replace(" -", " −")


def _draw(ax: Axes, rows: list[Row], color: str) -> None:
    bias = column(rows, "bias")
    ax.axhline(0, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
    ax.axvline(0, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
    # A little narrower than the boxes are apart.
    width = 0.55 * float(np.diff(bias).min()) if len(bias) > 1 else 0.05
    ax.bxp(
        [
            {
                "whislo": row.number("low"),
                "q1": row.number("lower_quartile"),
                "med": row.number("median"),
                "q3": row.number("upper_quartile"),
                "whishi": row.number("high"),
                "fliers": [],
            }
            for row in rows
        ],
        positions=bias.tolist(),
        widths=width,
        manage_ticks=False,
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": _BOX, "edgecolor": INK, "linewidth": 0.5},
        medianprops={"color": INK, "linewidth": 0.9},
        whiskerprops={"color": INK, "linewidth": 0.5},
        capprops={"color": INK, "linewidth": 0.5},
    )
    fit = column(rows, "fit")
    if np.isfinite(fit).all() and len(bias) > 1:
        # Through the values at the biases that were tested, without an overshoot between them.
        fine = np.linspace(bias[0], bias[-1], 401)
        ax.plot(fine, PchipInterpolator(bias, fit)(fine), color=color, lw=1.2, zorder=4)
    ax.plot(bias, column(rows, "mean"), "o", color=INK, ms=2.2, mew=0, zorder=5)
    ax.set(xlim=(bias[0] - 0.06, bias[-1] + 0.06), yticks=[-1, -0.5, 0, 0.5, 1])
    ax.set_xticks([-0.5, 0, 0.5], ["−0.5", "0", "0.5"])
    offset_axes(ax)
