import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from small_tables import Cell, lettered, points, write_table

from operant.figures import ContentError, MissingError, style
from operant.figures.miconi2017.catalogue import FIGURES
from operant.figures.miconi2017.command import main
from operant.figures.miconi2017.curves import Curve, block_length
from operant.figures.miconi2017.learning import criterion_quartiles
from operant.figures.reproduction.tables import Tables
from operant.figures.style import BLUE, RED

CURVE = "trial,lower_quartile,median,upper_quartile"


def draw(folder: Path, name: str) -> tuple[Figure, dict[str, Axes], str]:
    """Draw a figure; its panels by their letters, or the only one as "a"."""
    with style():
        figure, caption = FIGURES[name](Tables(folder, "miconi2017", name))
    return figure, lettered(figure) or {"a": figure.axes[0]}, caption


def write_curve(folder: Path, name: str, medians: Sequence[float]) -> None:
    """Write quartiles a tenth below and above medians."""
    write_table(
        folder / f"tables/{name}.csv",
        CURVE,
        [[trial, median - 0.1, median, median + 0.1] for trial, median in enumerate(medians)],
    )


def write_criterion(folder: Path, name: str, trials: Sequence[Cell]) -> None:
    write_table(
        folder / f"tables/{name}-criterion.csv",
        "run,criterion_trial",
        [[f"s{run}", trial] for run, trial in enumerate(trials)],
    )


def upright(ax: Axes) -> list[tuple[float, bool]]:
    """Where vertical lines in red are, and whether they are dotted."""
    return [
        (points(line)[0][0], line.is_dashed())
        for line in ax.get_lines()
        if to_hex(line.get_color()) == RED and len({x for x, _ in points(line)}) == 1
    ]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


# The command.


def test_a_table_that_isnt_there_is_named_with_its_command_and_the_others_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_curve(tmp_path, "arm", [0.5, 0.4, 0.1])
    assert main([str(tmp_path), "arm-paths", "arm"]) == 66
    out, err = capsys.readouterr()
    assert err == (
        f"operant.figures.miconi2017: arm-paths is not drawn. There is no "
        f"{tmp_path}/tables/arm-paths.csv. "
        f"'operant reproduce miconi2017 arm-paths --folder {tmp_path}' makes it.\n"
    )
    assert out.startswith(f"{tmp_path}/figures/arm.png  Reaching for two targets.")
    assert {file.name for file in (tmp_path / "figures").iterdir()} == {"arm.png", "arm.pdf"}


def test_a_figure_that_isnt_there_is_met_with_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "fig6"]) == 64
    assert capsys.readouterr().err == (
        "operant.figures.miconi2017: there is no figure 'fig6'; there are "
        + ", ".join(FIGURES)
        + "\n"
    )


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_curve(tmp_path / place, "arm", [0.5, 0.4, 0.1])
        assert main([str(tmp_path / place), "arm"]) == 0
    for ending in ("png", "pdf"):
        one, two = (tmp_path / place / f"figures/arm.{ending}" for place in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_every_figure_needs_a_table(tmp_path: Path) -> None:
    for name in FIGURES:
        with pytest.raises(MissingError, match=f"operant reproduce miconi2017 {name} --folder"):
            draw(tmp_path, name)


# Learning.


@pytest.mark.parametrize(
    "name", ["fig1", "long-delay", "variable-delay", "excitatory-inhibitory", "fig4a"]
)
def test_the_criterion_is_a_full_line_between_dotted_ones(tmp_path: Path, name: str) -> None:
    write_curve(tmp_path, name, [1 - trial / 500 for trial in range(401)])
    write_criterion(tmp_path, name, [100, 150, 200, 250, 300])
    figure, panels, caption = draw(tmp_path, name)
    assert upright(panels["a"]) == [(150, True), (200, False), (250, True)]
    assert legend(figure)[2:] == ["criterion, met by 5 of 5: median", "quartiles"]
    assert "5 of 5 runs met the criterion within 401 trials" in caption
    assert "median 200, quartiles 150 and 250" in caption
    # Of trials 0…99, and of 301…400.
    assert "error is 0.90 in the first and 0.299 in the last 100 trials" in caption


def test_a_run_that_never_met_the_criterion_counts_as_the_last_trial(tmp_path: Path) -> None:
    write_curve(tmp_path, "fig1", [1.0] * 401)
    write_criterion(tmp_path, "fig1", [100, "", 200, "", 300])
    figure, panels, caption = draw(tmp_path, "fig1")
    # Of 100, 200, 300, 400, 400: the upper quartile is 400, which is never.
    assert upright(panels["a"]) == [(200, True), (300, False)]
    assert legend(figure)[2:] == [
        "criterion, met by 3 of 5: median",
        "lower quartile, upper never",
    ]
    assert "median 300, quartiles 200 and never" in caption


def test_quartiles_lie_between_neighbours() -> None:
    # Of 100, 200, 300 and 1000: a quarter, a half and three quarters of the way.
    reached = np.array([300.0, math.nan, 100.0, 200.0])
    assert criterion_quartiles(reached, 1000) == (175, 250, 475)


def test_a_criterion_that_was_never_met_is_not_drawn(tmp_path: Path) -> None:
    write_curve(tmp_path, "fig1", [1.0] * 10)
    write_criterion(tmp_path, "fig1", ["", ""])
    figure, panels, caption = draw(tmp_path, "fig1")
    assert upright(panels["a"]) == []
    assert legend(figure)[2:] == ["criterion, met by 0 of 2: median never", "quartiles never"]
    assert "0 of 2 runs" in caption


def test_long_curves_are_means_of_blocks() -> None:
    assert block_length(500, 500) == 1
    assert block_length(501, 500) == 4  # a round of the four conditions
    assert block_length(10_000, 500) == 20
    trials = np.arange(9.0)
    some = Curve(trials, trials - 1, 2 * trials, trials + 1).blocks(4)
    # 0…3 and 4…7; the ninth trial is left over.
    assert some.trials.tolist() == [1.5, 5.5]
    assert some.median.tolist() == [3, 11]
    assert some.lower.tolist() == [0.5, 4.5]
    assert some.upper.tolist() == [2.5, 6.5]


def test_the_arm_has_a_curve_in_metres(tmp_path: Path) -> None:
    write_curve(tmp_path, "arm", [0.5, 0.4, 0.1])
    _, panels, _ = draw(tmp_path, "arm")
    (line,) = panels["a"].get_lines()
    assert points(line) == [(0, 0.5), (1, 0.4), (2, 0.1)]
    assert panels["a"].get_ylabel() == "Error, distance and effort (m)"


# The delayed non-match to sample.


def write_decoding(folder: Path, labels: Sequence[str]) -> None:
    """Write an accuracy that tells when it was trained: 0.2 at 100 ms, 0.8 at 500, 1 at 900."""
    write_table(
        folder / "tables/fig2.csv",
        "label,train_ms,test_ms,accuracy",
        [
            [label, train, test, {100: 0.2, 500: 0.8, 900: 1.0}[train]]
            for label in labels
            for test in (900, 500, 100)
            for train in (100, 500, 900)
        ],
    )


def test_rows_of_the_square_are_times_of_training_and_chance_is_in_the_middle(
    tmp_path: Path,
) -> None:
    write_decoding(tmp_path, ["response", "first", "second"])
    _, panels, caption = draw(tmp_path, "fig2")
    assert [panels[letter].get_title() for letter in "ABC"] == [
        "First stimulus",
        "Second stimulus",
        "Response",
    ]
    (image,) = panels["A"].images
    assert np.asarray(image.get_array()).tolist() == [[0.2] * 3, [0.8] * 3, [1.0] * 3]
    assert image.get_clim() == (0, 1)
    assert tuple(image.get_extent()) == (-100, 1100, -100, 1100)
    assert image.origin == "lower"
    red, green, blue, _ = image.get_cmap()(0.5)
    assert min(red, green, blue) > 0.9
    # (0.2 + 0.8 + 1)/3 on the diagonal; 0.2 and 0.8 across the two stimuli.
    assert "first 0.67, second 0.67, response 0.67" in caption
    assert "the other way round: 0.50" in caption


def test_stimuli_and_response_are_marked(tmp_path: Path) -> None:
    write_decoding(tmp_path, ["first", "second", "response"])
    _, panels, _ = draw(tmp_path, "fig2")
    upright_edges = {x for line in panels["B"].get_lines() for x, y in points(line) if y == 1}
    assert upright_edges >= {1, 201, 400, 600, 800, 1000}
    written = [text.get_text() for text in panels["B"].texts]
    assert [word for word in written if len(word) > 1] == ["S₁", "S₂", "response"]


def test_a_square_with_a_hole_is_told(tmp_path: Path) -> None:
    write_decoding(tmp_path, ["first", "second", "response"])
    path = tmp_path / "tables/fig2.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ContentError, match="8 rows of 'response'; there should be one for each"):
        draw(tmp_path, "fig2")


def test_states_have_a_panel_for_each_time_and_a_colour_for_each_condition(
    tmp_path: Path,
) -> None:
    write_table(
        tmp_path / "tables/fig3.csv",
        "time_ms,condition,x,y",
        [
            [time, condition, time / 100, -place]
            for time in (1000, 200, 600, 800)
            for place, condition in enumerate(("AA", "AB", "BA", "BB"))
        ]
        + [[1000, "AA", 10.5, 0]],
    )
    figure, panels, caption = draw(tmp_path, "fig3")
    marks = [line for line in panels["B"].get_lines() if line.get_marker() in ("o", "s")]
    assert [points(line) for line in marks] == [[(6, 0)], [(6, -3)], [(6, -1)], [(6, -2)]]
    assert len({to_hex(line.get_color()) for line in marks}) == 4
    assert legend(figure) == ["AA (same)", "BB (same)", "AB (different)", "BA (different)"]
    assert {ax.get_xlim() + ax.get_ylim() for ax in panels.values()} == {(-10, 10, -10, 10)}
    assert panels["D"].get_title() == "1000 ms\nend of response"
    assert "1 lies outside the panels" in caption


# Selective integration.


def test_boxes_carry_means_and_the_fit_is_red_where_the_modality_counts(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig4b.csv",
        "context,modality,bias,low,lower_quartile,median,upper_quartile,high,mean,fit",
        [
            [context, modality, bias, -1, bias - 0.2, bias, bias + 0.2, 1, 2 * bias, fit]
            for context, modality in ((2, 2), (2, 1), (1, 2), (1, 1))
            for bias, fit in (
                (0.5, 0.9 if context == modality else 0.1),
                (0, 0.0),
                (-0.5, -0.9 if (context, modality) != (1, 2) else ""),
            )
        ],
    )
    _, panels, caption = draw(tmp_path, "fig4b")

    def fits(ax: Axes) -> list[Line2D]:
        return [line for line in ax.get_lines() if len(points(line)) == 401]

    (attended,) = fits(panels["A"])
    (ignored,) = fits(panels["B"])
    assert to_hex(attended.get_color()) == RED
    assert to_hex(ignored.get_color()) == BLUE
    assert points(attended)[0] == pytest.approx((-0.5, -0.9))
    assert points(attended)[200] == pytest.approx((0, 0))
    assert points(attended)[400] == pytest.approx((0.5, 0.9))
    # One bias has no fit: no curve.
    assert fits(panels["C"]) == []
    means = [line for line in panels["C"].get_lines() if line.get_marker() == "o"]
    assert [points(line) for line in means] == [[(-0.5, -1), (0, 0), (0.5, 1)]]
    boxes = sorted(
        (float(box.y0), float(box.y1))
        for box in (
            patch.get_extents().transformed(panels["A"].transData.inverted())
            for patch in panels["A"].patches
        )
    )
    assert np.array(boxes) == pytest.approx(np.array([(-0.7, -0.3), (-0.2, 0.2), (0.3, 0.7)]))
    assert panels["C"].get_xlabel() == "Bias of modality 2"
    assert panels["B"].get_title() == "attending to modality 2"
    assert "−1.00 to 1.00 and −1.00 to 1.00" in caption


def test_trajectories_are_sorted_by_context_and_modality_and_dashed_by_choice(
    tmp_path: Path,
) -> None:
    write_table(
        tmp_path / "tables/fig5.csv",
        "context,grouping,bias,choice,time_ms,choice_position,modality_position",
        [
            [context, grouping, bias, choice, time, choice * time / 100, 10 * bias + context]
            for context in (1, 2)
            for grouping in (1, 2)
            for bias in (-0.5, 0.5)
            for choice in (-1, 1)
            for time in (100, 0)
        ],
    )
    _, panels, caption = draw(tmp_path, "fig5")

    def ways(ax: Axes) -> list[Line2D]:
        return [
            line
            for line in ax.get_lines()
            if len(points(line)) == 2 and len({x for x, _ in points(line)}) == 2
        ][:4]

    negative, positive = ways(panels["B"])[:2]
    assert points(negative) == [(0, -3), (-1, -3)]  # context 2, bias −0.5, in order of time
    assert points(positive) == [(0, -3), (1, -3)]
    assert negative.is_dashed()
    assert not positive.is_dashed()
    assert negative.get_color() == positive.get_color()
    # From red to green.
    low, high = (to_rgb(way.get_color()) for way in ways(panels["C"])[::2])
    assert low[0] > low[1]
    assert high[0] < high[1]
    assert panels["C"].get_ylabel() == "Axis of modality 2 (s.d.)"
    assert "it ends at 1.0 and at −1.0" in caption


# The arm.


def test_paths_are_seen_from_above(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/arm-paths.csv",
        "target,time_ms,x,z",
        [
            ["left", 0, 0.2, 0.8],
            ["left", 700, 0.4, -0.1],
            ["right", 0, 0.2, 0.8],
            ["right", 700, 0.43, 0.24],
            ["right", 0, 0.2, 0.8],
            ["right", 700, 0.4, 0.2],
        ],
    )
    _, panels, caption = draw(tmp_path, "arm-paths")
    paths = [points(line) for line in panels["a"].get_lines() if line.get_linestyle() == "-"]
    # To the right is across, forward is up; where time goes back, another path begins.
    assert [(0.8, 0.2), (-0.1, 0.4)] in paths
    assert [(0.8, 0.2), (0.24, 0.43)] in paths
    assert [(0.8, 0.2), (0.2, 0.4)] in paths
    targets = [points(line) for line in panels["a"].get_lines() if line.get_marker() == "+"]
    assert targets == [[(0.2, 0.4)], [(-0.2, 0.4)]]
    # √(0.03² + 0.04²) = 0.05 and 0: 0.025 in the median.
    assert "0.025 m from the right target and 0.100 m from the left target" in caption


def test_a_target_is_left_or_right(tmp_path: Path) -> None:
    write_table(tmp_path / "tables/arm-paths.csv", "target,time_ms,x,z", [["up", 0, 0, 0]])
    with pytest.raises(ContentError, match="target is 'up'; it should be right or left"):
        draw(tmp_path, "arm-paths")


# Rules.


def test_a_current_stands_over_its_fluctuation(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig8.csv",
        "time_ms,current,average,fluctuation",
        [[199, 1, 1, 0], [200, 2, 1, 1], [201, 1.5, 2, -0.5], [202, 1, 1.25, -0.25]],
    )
    _, panels, caption = draw(tmp_path, "fig8")
    current, average = panels["A"].get_lines()[:2]
    assert [y for _, y in points(current)] == [1, 2, 1.5, 1]
    assert [y for _, y in points(average)] == [1, 1, 2, 1.25]
    assert [(199, 0), (200, 1), (201, -0.5), (202, -0.25)] in [
        points(line) for line in panels["B"].get_lines()
    ]
    assert "is 1.00 above zero and 0.75 below it" in caption


RULES = (
    "cubic",
    "fluctuation",
    "fluctuationFor10ms",
    "exploratory",
    "signedSquare",
    "signedRoot",
)


def test_six_rules_are_held_against_node_perturbation_and_others_are_left_out(
    tmp_path: Path,
) -> None:
    slopes = {rule: -1e-5 if rule == "signedRoot" else 2.0 for rule in RULES}
    write_table(
        tmp_path / "tables/fig9.csv",
        "rule,node_perturbation,gradient",
        [
            [rule, x, slope * x + bend * x * x]
            for rule, slope in ({"backpropagation": 1.0} | slopes).items()
            for x in (-1.0, 0.0, 1.0)
            for bend in [slope if rule == "cubic" else 0]
        ],
    )
    _, panels, caption = draw(tmp_path, "fig9")
    assert len(panels) == 6
    written = [text.get_text() for letter in "ABF" for text in panels[letter].texts[1:]]
    # 0, 0, 4 against −1, 0, 1: √3/2.
    assert written == ["r = 0.87", "r = 1.00", "r = −1.00"]
    assert panels["F"].get_ylabel() == "Gradient (×10⁻⁵)"
    (dots,) = (line for line in panels["F"].get_lines() if line.get_marker() == "o")
    assert np.array(points(dots)) == pytest.approx(np.array([(-1, 1), (0, 0), (1, -1)]))
    assert "signed roots −1.00 (3 pairs of trials)" in caption


def test_a_rule_that_is_missing_is_named(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/fig9.csv",
        "rule,node_perturbation,gradient",
        [[rule, x, x] for rule in RULES[:-1] for x in (0, 1)],
    )
    with pytest.raises(ContentError, match="no pairs of the rule 'signedRoot'"):
        draw(tmp_path, "fig9")


def test_variants_share_a_panel_in_colours_of_their_own(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/variants.csv",
        f"variant,{CURVE}",
        [
            [variant, trial, median - 0.1, median, median + 0.1]
            for variant, median in (("the rule", 0.2), ("signedSquare", 0.3), ("identity", 1.0))
            for trial in range(100)
        ],
    )
    figure, panels, caption = draw(tmp_path, "variants")
    assert legend(figure) == ["the rule", "signed square", "identity"]
    lines = panels["a"].get_lines()
    assert [points(line)[50] for line in lines] == [(50, 0.2), (50, 0.3), (50, 1.0)]
    assert len({to_hex(line.get_color()) for line in lines}) == 3
    assert "the rule 0.20; signed square 0.30; identity 1.00" in caption
    assert "every trial by itself" in caption


# What errors are held against.


def test_runs_are_dots_failures_crosses_and_medians_bars(tmp_path: Path) -> None:
    write_table(
        tmp_path / "tables/unified.csv",
        "expectation,run,criterion_trial,limit",
        [
            ["byCondition", 1, 500, 2500],
            ["byCondition", 2, 700, 2500],
            ["byCondition", 3, "", 2500],
            ["overall", 1, "", 2500],
            ["overall", 2, "", 2500],
            ["overall", 3, 900, 2500],
        ],
    )
    write_table(
        tmp_path / "tables/unified-curves.csv",
        f"expectation,{CURVE}",
        [
            [expectation, trial, median - 0.1, median, median + 0.1]
            for expectation, median in (("byCondition", 0.2), ("overall", 1.0))
            for trial in range(3)
        ],
    )
    _, panels, caption = draw(tmp_path, "unified")
    marks = [(line.get_marker(), points(line)) for line in panels["A"].get_lines()]
    places = {
        marker: sorted(x for kind, some in marks if kind == marker for x, _ in some)
        for marker in ("o", "x", "|")
    }
    assert places == {
        "o": [500, 700, 900],
        "x": [2500, 2500, 2500],
        # Of 500, 700, never; of never, never, 900 there is none.
        "|": [700],
    }
    labels = [label.get_text() for label in panels["A"].get_yticklabels()]
    assert labels == ["mean of all trials", "mean of each condition"]
    assert "mean of each condition: median 700 trials, 2 of 3 met it" in caption
    assert "mean of all trials: no median, 1 of 3 met it" in caption
    (dots,) = (
        line
        for line in panels["A"].get_lines()
        if line.get_marker() == "o" and len(points(line)) == 2
    )
    (curve,) = (line for line in panels["B"].get_lines() if points(line)[0] == (0, 0.2))
    assert dots.get_color() == curve.get_color()
