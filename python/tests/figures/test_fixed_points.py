import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from small_tables import Cell, lettered, points, write_table

from operant.figures import style
from operant.figures.fixed_points import fixed_points, main, read_paths, read_points
from operant.figures.style import INK, QUIET

POINTS = "point,kind,q,starts,growing,time_constant,x,y,z,slow_x,slow_y,slow_z"
PATHS = "condition,time,x,y,z"

# Two attractors, a saddle between them, a slow point on the way, and a point that sends away.
FOUND: list[list[Cell]] = [
    [0, "fixed", 1e-30, 40, 0, 0.12, -4, 3, 1, 0.3, 0.4, 0],
    [1, "fixed", 1e-30, 30, 0, 0.11, 4, -3, -1, 0.3, 0, 0.4],
    [2, "fixed", 1e-28, 20, 1, -0.5, 0, 0, 0, 0.6, -0.3, 0.1],
    [3, "slow", 1e-6, 5, 0, "", 2, -1, 0.5, 0.1, 0.1, 0],
    [4, "fixed", 1e-28, 1, 7, -0.2, 1, 4, 2, "", "", ""],
]
WAYS: list[list[Cell]] = [
    [0, 0.0, 0, 0.1, 0],
    [0, 0.01, -2, 2, 0.5],
    [0, 0.02, -4, 3, 1],
    [3, 0.0, 0, -0.1, 0],
    [3, 0.01, 4, -3, -1],
]


def write_run(
    folder: Path, found: Sequence[Sequence[Cell]] = FOUND, ways: Sequence[Sequence[Cell]] = WAYS
) -> Path:
    write_table(folder / "fixed-points.csv", POINTS, found)
    write_table(folder / "fixed-points-paths.csv", PATHS, ways)
    return folder


def draw(run: Path) -> tuple[Figure, dict[str, Axes], str]:
    with style():
        figure, caption = fixed_points(read_points(run), read_paths(run))
    return figure, lettered(figure), caption


def marked(ax: Axes, marker: str) -> list[Line2D]:
    return [line for line in ax.get_lines() if line.get_marker() == marker]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def test_fixed_points_are_drawn_beside_a_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run)]) == 0
    files = [run / "figures" / f"fixed-points.{ending}" for ending in ("png", "pdf")]
    assert sorted((run / "figures").iterdir()) == sorted(files)
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split("  ")[0] for line in out.splitlines()] == [str(file) for file in files]
    assert "4 fixed points (2 stable) and 1 slow point, on the mean ways of 2 conditions" in out
    # Width is the first number of a PNG's header, which follows 16 bytes.
    (width,) = struct.unpack(">I", files[0].read_bytes()[16:20])
    assert width == pytest.approx(183 / 25.4 * 300, abs=1)


def test_panels_show_the_second_and_the_third_component_against_the_first(run: Path) -> None:
    _, panels, _ = draw(run)
    for letter, vertical in (("A", 1), ("B", 2)):
        ax = panels[letter]
        at = [points(line)[0] for line in marked(ax, "o")]
        assert at == [(row[6], row[6 + vertical]) for row in FOUND]
        starts = [points(line)[0] for line in marked(ax, "s")]
        assert starts == [(0, 0.1 if letter == "A" else 0), (0, -0.1 if letter == "A" else 0)]
        ways = [points(line) for line in ax.get_lines() if len(points(line)) == 3]
        assert ways == [[(row[2], row[2 + vertical]) for row in WAYS[:3]]]
        assert ax.get_ylabel() == f"Component {vertical + 1}"
        # Equal scales, so that directions are what they look like.
        assert np.ptp(ax.get_xlim()) == pytest.approx(np.ptp(ax.get_ylim()))


def test_a_point_tells_how_many_modes_grow_and_whether_it_is_slow(run: Path) -> None:
    figure, panels, _ = draw(run)
    stable, _, saddle, slow, sending = marked(panels["A"], "o")
    assert (stable.get_fillstyle(), to_hex(stable.get_markerfacecolor())) == ("full", INK)
    assert (saddle.get_fillstyle(), to_hex(saddle.get_markerfacecolor())) == ("bottom", INK)
    assert to_hex(saddle.get_markerfacecoloralt()) == "#ffffff"
    assert (slow.get_fillstyle(), to_hex(slow.get_markerfacecolor())) == ("full", QUIET)
    assert (sending.get_fillstyle(), to_hex(sending.get_markerfacecolor())) == ("full", "#ffffff")
    assert to_hex(sending.get_markeredgecolor()) == INK
    numbers = [t.get_text() for t in panels["A"].texts if t.get_fontweight() != "bold"]
    assert numbers == ["7"]
    assert legend(figure) == [
        "fixed, stable",
        "fixed, 1 mode grows",
        "fixed, several modes grow",
        "slow, stable",
        "slowest direction",
        "condition 0",
        "condition 3",
        "start",
    ]


def test_a_line_through_a_point_is_as_long_as_the_panel_shows_of_its_slowest_direction(
    run: Path,
) -> None:
    _, panels, _ = draw(run)

    def arms(letter: str) -> list[tuple[float, float]]:
        lines = [
            points(line)
            for line in panels[letter].get_lines()
            if line.get_marker() == "None" and to_hex(line.get_color()) in (INK, QUIET)
        ]
        return [((end[0] - start[0]) / 2, (end[1] - start[1]) / 2) for start, end in lines]

    first, second = arms("A")[:2]
    # (0.3, 0.4, 0) lies in the plane of A, of (0.3, 0, 0.4) only 0.3 do.
    assert first[1] / first[0] == pytest.approx(4 / 3)
    assert second[1] == 0
    assert np.hypot(*second) / np.hypot(*first) == pytest.approx(0.3 / 0.5)
    assert arms("B")[1] == pytest.approx((first[0], first[1]))
    # No direction was found at the last point.
    assert arms("A")[-1] == (0, 0)


def test_paths_are_paler_than_points(run: Path) -> None:
    _, panels, _ = draw(run)
    colors = [to_rgb(line.get_color()) for line in marked(panels["A"], "s")]
    assert len(set(colors)) == 2
    assert all(min(color) >= 0.5 for color in colors)


def test_many_conditions_are_not_named_one_by_one(tmp_path: Path) -> None:
    ways: list[list[Cell]] = [
        [condition, time, condition, time, 0] for condition in range(12) for time in (0, 1)
    ]
    figure, panels, _ = draw(write_run(tmp_path, ways=ways))
    assert [text for text in legend(figure) if "condition" in text] == ["a condition each"]
    assert len({to_hex(line.get_color()) for line in marked(panels["A"], "s")}) == 12


def test_a_search_that_found_nothing_leaves_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(write_run(tmp_path, found=[])), "--formats", "png"]) == 0
    assert "0 fixed points (0 stable) and 0 slow points" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["fixed-points.csv", "fixed-points-paths.csv"])
def test_a_table_that_is_missing_is_named_with_what_makes_it(
    run: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / name).unlink()
    assert main([str(run)]) == 66
    assert capsys.readouterr().err == (
        f"operant.figures.fixed_points: There is no {run / name}. "
        f"'operant fixed-points {run}' makes it.\n"
    )
    assert not (run / "figures").exists()


def test_a_run_that_is_not_there_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 66
    assert f"There is no run at {tmp_path / 'nowhere'}" in capsys.readouterr().err


def test_a_kind_that_is_none_is_named_with_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [FOUND[0], [1, "ghost", *FOUND[1][2:]]]
    assert main([str(write_run(tmp_path, found=found))]) == 65
    assert "row 2 (line 3): kind is 'ghost'; it should be fixed or slow." in capsys.readouterr().err


def test_paths_without_rows_are_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(write_run(tmp_path, ways=[]))]) == 65
    assert "has no rows. 'operant fixed-points" in capsys.readouterr().err
