"""Figure 4: economic choice."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from operant.figures.reproduction.sheet import letter, sheet
from operant.figures.reproduction.tables import Tables, column, grouped
from operant.figures.song2017.choices import cumulative_gaussian
from operant.figures.statistics import wilson_interval
from operant.figures.style import BLUE, INK, OCHRE, QUIET, RED, offset_axes
from operant.figures.table import Row

Offer = tuple[float, float]
"""Amounts of B and of A."""


def _offer(row: Row) -> Offer:
    return row.number("amount_b"), row.number("amount_a")


def _contrast(offer: Offer) -> float:
    """(n_B − n_A)/(n_B + n_A)."""
    b, a = offer
    return (b - a) / (b + a)


def _label_offers(ax: Axes, offers: Sequence[Offer]) -> None:
    labels = [f"{b:g}:{a:g}" for b, a in offers]
    ax.set_xticks(range(len(offers)), labels, rotation=60, fontsize=6)
    ax.set_xlim(-0.5, len(offers) - 0.5)


def choices(tables: Tables) -> tuple[Figure, str]:
    """Fig. 4A and its supplements: choices by offer, and what one juice is worth in the other."""
    rows = tables.read(
        "fig4a", ["task", "seed", "amount_b", "amount_a", "contrast", "trials", "chose_b"]
    )
    fits = tables.read("fig4a-fits", ["task", "seed", "trained_ratio", "mu", "sigma", "ratio"])
    tasks = [task for (task,) in grouped(fits, "task")]
    figure, panels = sheet(["AB", "CD"][: len(tasks)], 44 * len(tasks) + 4)
    found = []
    for task, (left, right) in zip(tasks, (("A", "B"), ("C", "D")), strict=False):
        mine = [row for row in rows if row.values["task"] == task]
        fitted = [row for row in fits if row.values["task"] == task]
        offers = sorted({_offer(row) for row in mine}, key=_contrast)
        trained = fitted[0].number("trained_ratio")
        by_offer, by_contrast = panels[left], panels[right]
        for number, ((seed,), some) in enumerate(grouped(mine, "seed").items()):
            main = number == 0
            some = sorted(some, key=lambda row: _contrast(_offer(row)))
            trials, chose = column(some, "trials"), column(some, "chose_b")
            low, high = wilson_interval(chose, trials)
            percent = 100 * chose / trials
            for ax, x in (
                (by_offer, np.array([float(offers.index(_offer(row))) for row in some])),
                (by_contrast, column(some, "contrast")),
            ):
                if main:
                    ax.errorbar(
                        x,
                        percent,
                        yerr=[percent - 100 * low, 100 * high - percent],
                        fmt="o-" if ax is by_offer else "o",
                        color=INK,
                        elinewidth=0.8,
                        clip_on=False,
                        zorder=3,
                    )
                else:
                    ax.plot(x, percent, "-" if ax is by_offer else "o", color=QUIET, lw=0.6, ms=1.8)
            for fit in fitted:
                if fit.values["seed"] == seed and np.isfinite(fit.number_or_nan("mu")):
                    x = np.linspace(-1, 1, 801)
                    curve = cumulative_gaussian(fit.number("mu"), fit.number("sigma"))
                    by_contrast.plot(
                        x,
                        100 * curve(x),
                        color=BLUE if main else QUIET,
                        lw=1.1 if main else 0.6,
                        zorder=2 if main else 1,
                    )
        for ax in (by_offer, by_contrast):
            ax.axhline(50, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)
            ax.set(ylim=(0, 100), yticks=[0, 25, 50, 75, 100])
            offset_axes(ax)
        _label_offers(by_offer, offers)
        by_offer.set(xlabel="Offer (drops of B : A)", ylabel="Choices of B (%)")
        # Where n_B = ratio · n_A.
        by_contrast.axvline(
            (trained - 1) / (trained + 1), color=RED, lw=0.9, ls=(0, (4, 2)), zorder=1
        )
        ratios = column(fitted, "ratio")
        by_contrast.text(
            -0.97,
            96,
            f"trained 1A = {trained:g}B\n"
            + (f"fitted 1A = {ratios[0]:.2f}B" if np.isfinite(ratios[0]) else "no fit"),
            va="top",
            linespacing=1.4,
            fontsize=6.5,
        )
        by_contrast.set(
            xlabel="(n$_B$ − n$_A$)/(n$_B$ + n$_A$)", xlim=(-1, 1), xticks=[-1, -0.5, 0, 0.5, 1]
        )
        listed = ", ".join(f"{ratio:.2f}" if np.isfinite(ratio) else "–" for ratio in ratios)
        found.append(f"trained with 1A = {trained:g}B, indifferent at 1A = {listed}B")
    return figure, (
        f"Choices of juice B by offer, and a cumulative Gaussian of the contrast of amounts: "
        f"{'; '.join(found)} (red: what was trained)."
    )


_CLASSES = {
    "chosenValue": "chosen value",
    "offerValueA": "offer value A",
    "offerValueB": "offer value B",
    "choice": "choice",
}
_CHOICES = {"A": (BLUE, "o"), "B": (OCHRE, "s")}
PUBLISHED_SHARES = {"chosen value": 0.2, "offer value": 0.6, "choice": 0.2}
"""Of the units that tell anything, in the paper."""


def value_units(tables: Tables) -> tuple[Figure, str]:
    """Fig. 4B: what units of the value network tell, offer by offer."""
    rows = tables.read(
        "fig4b",
        [
            "class",
            "unit",
            "amount_b",
            "amount_a",
            "choice",
            "mean",
            "standard_error",
            "before_offer",
        ],
    )
    classes = tables.read("fig4b-classes", ["unit", "class"])
    units = grouped(rows, "class", "unit")
    letters = dict(zip(units, "ABCDEFGHIJKLMNOP", strict=False))
    names = list(letters.values())
    layout = [names[i : i + 2] for i in range(0, len(names), 2)]
    layout = [line if len(line) == 2 else [*line, "."] for line in layout]
    figure, panels = sheet(
        [*layout, ["shares", "shares"]],
        33 * len(layout) + 50,
        heights=[1.0] * len(layout) + [0.85],
    )
    letter(panels["shares"], "ABCDEFGHIJKLMNOPQ"[len(names)])
    offers = sorted({_offer(row) for row in rows}, key=_contrast)
    for (kind, unit), mine in units.items():
        name = letters[kind, unit]
        ax = panels[name]
        _draw_tuning(ax, mine, offers, split=kind == "choice")
        ax.set_title(f"unit {unit}: {_CLASSES[kind]}")
        if name in [line[0] for line in layout]:
            ax.set_ylabel("Rate (a.u.)")
        if name in layout[-1]:
            ax.set_xlabel("Offer (drops of B : A)")
    first = panels[names[0]]
    handles = [
        first.plot([], [], marker, color=INK, mfc=color, ms=3.2, mew=0.7)[0]
        for marker, color in (("o", "white"), ("s", INK))
    ]
    handles.append(first.plot([], [], color=QUIET)[0])
    figure.legend(
        handles, ["chose A", "chose B", "before the offer"], loc="outside upper center", ncols=3
    )
    shares, count = _draw_shares(panels["shares"], classes)
    listed = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
    return figure, (
        "Value network: mean rates in the 500 ms before the choice, by offer (grey: the 500 ms "
        f"before the offer; choice units split by choice). Of the {count} of {len(classes)} units "
        f"that tell anything: {listed}."
    )


def _draw_tuning(ax: Axes, rows: list[Row], offers: Sequence[Offer], *, split: bool) -> None:
    before = column(rows, "before_offer").mean()
    ax.axhline(before, color=QUIET, lw=1.0)
    for (choice,), some in sorted(grouped(rows, "choice").items()):
        some = sorted(some, key=lambda row: _contrast(_offer(row)))
        color, marker = _CHOICES[choice] if split else (INK, _CHOICES[choice][1])
        ax.errorbar(
            [offers.index(_offer(row)) for row in some],
            column(some, "mean"),
            yerr=column(some, "standard_error"),
            fmt=marker,
            ls="-" if split else "",
            lw=0.8,
            color=color,
            ms=3.2,
            mfc=color if choice == "B" else "white",
            mew=0.7,
            elinewidth=0.8,
            clip_on=False,
            label=f"chose {choice}",
        )
    ax.set_ylim(bottom=0)
    ax.margins(y=0.12)
    # Setting axes off makes ticks anew, so that they are labelled after it.
    offset_axes(ax)
    _label_offers(ax, offers)


def _draw_shares(ax: Axes, classes: list[Row]) -> tuple[dict[str, float], int]:
    told = [row.values["class"] for row in classes if row.values["class"]]
    parts = {kind: told.count(kind) / max(1, len(told)) for kind in _CLASSES}
    shares = {
        "chosen value": parts["chosenValue"],
        "offer value": parts["offerValueA"] + parts["offerValueB"],
        "choice": parts["choice"],
    }
    x = np.arange(len(shares))
    ax.bar(x - 0.18, [100 * s for s in shares.values()], 0.34, color=BLUE, label="here")
    ax.bar(
        x + 0.18,
        [100 * s for s in PUBLISHED_SHARES.values()],
        0.34,
        color="white",
        ec=QUIET,
        lw=0.8,
        label="published, about",
    )
    ax.set_xticks(x, list(shares))
    ax.set(ylabel="Units (%)", ylim=(0, 80))
    ax.legend(loc="upper right")
    offset_axes(ax)
    return shares, len(told)
