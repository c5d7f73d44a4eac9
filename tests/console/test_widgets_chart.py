"""The chart as mounted: every line exactly as wide as the widget, whatever is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from textual.app import App, ComposeResult
from textual.geometry import Region

from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.chart import Chart, ChartLine, ChartModel
from perfconsole.console.widgets.pen import Pen
from perfconsole.console.widgets.theme import DARK, PERFCONSOLE_DARK, PERFCONSOLE_LIGHT
from perfconsole.metrics.series import Point

PEN = Pen(True, Color.parse("#101010"), glyphs.UNICODE)


def points(values: list[float | None]) -> list[Point]:
    return [Point(float(t), v, v, v) for t, v in enumerate(values)]


def line(values: list[float | None], label: str = "passed", role: str = "passed") -> ChartLine:
    return ChartLine(label, points(values), role)


def model(**changes: object) -> ChartModel:
    shown: dict[str, object] = {
        "key": "1",
        "title": "TPS",
        "unit": "/s",
        "lines": (line([100.0] * 30 + [None] * 10 + [390.0] * 21),),
        "window": (0.0, 60.0),
    }
    return ChartModel(**{**shown, **changes})  # type: ignore[arg-type]


def text(chart: Chart) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


class Stage(App[None]):
    CSS = "Chart { width: 53; height: 13; }"

    def __init__(self) -> None:
        super().__init__()
        self.picks: list[str] = []

    def compose(self) -> ComposeResult:
        yield Chart()

    def on_mount(self) -> None:
        self.register_theme(PERFCONSOLE_DARK)
        self.register_theme(PERFCONSOLE_LIGHT)
        self.theme = "perfconsole-dark"

    def on_chart_picked(self, message: Chart.Picked) -> None:
        self.picks.append(message.key)

    @property
    def chart(self) -> Chart:
        return self.query_one(Chart)


@pytest.fixture(autouse=True)
def _fresh_glyphs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PERFCONSOLE_ASCII", "0")
    glyphs.current.cache_clear()
    yield
    glyphs.current.cache_clear()


unruly = st.lists(st.one_of(st.none(), st.floats()), max_size=40)
times = st.one_of(st.floats(-100, 100), st.floats())
models = st.builds(
    ChartModel,
    key=st.sampled_from(["1", ""]),
    title=st.text(max_size=20),
    unit=st.sampled_from(["ms", "%", ""]),
    lines=st.lists(
        st.builds(line, unruly, st.text(max_size=8), st.sampled_from(["p95", "target", "none"])),
        max_size=4,
    ).map(tuple),
    window=st.tuples(times, times),
    limit=st.one_of(st.none(), st.floats()),
    bands=st.lists(st.tuples(st.sampled_from(["pause", "step"]), times, times), max_size=2).map(
        tuple
    ),
    cursor=st.one_of(st.none(), times),
    log=st.booleans(),
    head=st.text(max_size=30),
    over=st.booleans(),
    empty=st.text(max_size=30),
    ceiling=st.one_of(st.none(), st.floats()),
    foot=st.text(max_size=30),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(models, st.integers(1, 400), st.integers(1, 40))
def test_no_model_and_no_size_breaks_it(shown: ChartModel, width: int, height: int) -> None:
    chart = Chart()
    chart.model = shown
    for pen in (PEN, Pen(False, None, glyphs.ASCII, colourless=True)):
        strips = chart.draw(width, height, pen)
        assert len(strips) == height
        for strip in strips:
            assert strip.cell_length == width == cell_len(strip.text)
            assert all(segment.style is not None for segment in strip)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (10, 4), (53, 13), (400, 100)])
async def test_mounted_at_any_size(size: tuple[int, int]) -> None:
    async with Stage().run_test(size=(400, 100)) as pilot:
        chart = pilot.app.query_one(Chart)
        chart.styles.width, chart.styles.height = size
        chart.show(model(limit=300, cursor=20.0, bands=(("pause", 30.0, 40.0),)))
        await pilot.pause()
        lines = chart.render_lines(Region(0, 0, *size))
        assert [strip.cell_length for strip in lines] == [size[0]] * size[1]


async def test_title_unit_head_axis_and_times_are_there() -> None:
    async with Stage().run_test() as pilot:
        pilot.app.query_one(Chart).show(model(head="passed 392", limit=300))
        await pilot.pause()
        seen = text(pilot.app.query_one(Chart))
    assert seen[0].startswith("╭─ 1 TPS /s ─")
    assert seen[0].endswith("─ passed 392 ─╮")
    assert seen[1].startswith("│  400┤")
    assert seen[-3].startswith("│    0┤")
    assert seen[-2].split("│")[1].split() == ["00:00", "00:30", "01:00"]
    assert any("╌╌╌" in row for row in seen)


async def test_shown_before_it_is_mounted() -> None:
    stage = Stage()
    chart = Chart()
    chart.show(model())
    async with stage.run_test() as pilot:
        await stage.mount(chart)
        await pilot.pause()
        assert "TPS" in text(chart)[0]


async def test_pause_is_a_hatched_gap_and_the_cursor_stands() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(bands=(("pause", 30.0, 39.0),), cursor=50.0))
        await pilot.pause()
        rows = [row[7:-1] for row in text(chart)[1:-2]]
        hatched = {x for row in rows for x, c in enumerate(row) if c == "░"}
        dotted = {x for row in rows for x, c in enumerate(row) if "⠀" < c <= "⣿"}
        assert len(hatched) > 4
        assert len(hatched & dotted) <= 2
        assert sum("┆" in row for row in rows) >= 8


async def test_several_lines_are_named_at_their_ends() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(lines=(line([50.0] * 61, "p50", "p50"), line([400.0] * 61, "p95", "p95"))))
        await pilot.pause()
        assert [row[-4:-1] for row in text(chart) if row[-4:-1].startswith("p")] == ["p95", "p50"]


async def test_over_the_limit_is_red_and_marked() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(limit=200, over=True, head="390"))
        await pilot.pause()
        red = DARK["over"].lower()
        reds = [
            segment.text
            for y in range(chart.size.height)
            for segment in chart.render_line(y)
            if segment.style.color.name == red
        ]
        assert "390" in reds
        assert any("▲" in piece for piece in reds)
        assert any("⠀" < piece[0] <= "⣿" for piece in reds)


async def test_a_far_limit_is_named_instead_of_flattening_the_line() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(limit=9000))
        await pilot.pause()
        assert "limit 9k ↑" in text(chart)[1]
        assert text(chart)[1].startswith("│  400┤")


async def test_empty_state_and_logarithmic_axis() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(lines=(line([None] * 9),), empty="no servers in this scenario"))
        await pilot.pause()
        assert any("no servers in this scenario" in row for row in text(chart))
        chart.show(model(log=True))
        await pilot.pause()
        assert text(chart)[1].startswith("│   1k┤")


async def test_only_what_differs_is_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(head="passed 1"))
        await pilot.pause()
        regions: list[tuple[Region, ...]] = []
        refresh = chart.refresh
        monkeypatch.setattr(
            chart, "refresh", lambda *r, **k: (regions.append(r), refresh(*r, **k))[1]
        )
        chart.show(model(head="passed 1"))
        assert regions == []
        chart.show(model(head="passed 2"))
        assert regions == [(Region(49, 0, 1, 1),)]
        await pilot.pause()
        assert "passed 2" in text(chart)[0]


async def test_points_that_grow_in_place_are_seen() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        growing = points([100.0] * 30)
        chart.show(model(lines=(ChartLine("passed", growing, "passed"),)))
        await pilot.pause()
        before = text(chart)
        growing.append(Point(30.0, 390.0, 390.0, 390.0))
        chart.show(model(lines=(ChartLine("passed", growing, "passed"),)))
        assert text(chart) != before


async def test_what_changes_while_hidden_is_there_afterwards() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(head="passed 1"))
        await pilot.pause()
        chart.display = False
        await pilot.pause()
        chart.show(model(head="passed 2"))
        await pilot.pause()
        chart.display = True
        await pilot.pause()
        assert "passed 2" in chart.render_lines(Region(0, 0, 53, 13))[0].text


async def test_picked_and_clicked() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model())
        await pilot.pause()
        dull = chart.render_line(0)
        chart.picked = True
        await pilot.pause()
        assert chart.render_line(0) != dull
        assert chart.render_line(0).text == dull.text
        await pilot.click(Chart)
        assert stage.picks == ["1"]


async def test_another_theme_is_another_ground() -> None:
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model())
        await pilot.pause()
        dark = chart.render_line(2)
        pilot.app.theme = "perfconsole-light"
        await pilot.pause()
        light = chart.render_line(2)
        assert light.text == dark.text
        assert light != dark


async def test_nothing_is_told_by_colour_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PERFCONSOLE_ASCII", "1")
    glyphs.current.cache_clear()
    async with Stage().run_test() as pilot:
        chart = pilot.app.query_one(Chart)
        chart.show(model(limit=200, over=True, head="390", bands=(("pause", 30.0, 39.0),)))
        await pilot.pause()
        seen = text(chart)
        assert all(row.isascii() for row in seen)
        assert "390 !" in seen[0]
        assert any("::" in row for row in seen)
        strips = chart.render_lines(Region(0, 0, 53, 13))
        used = {c.triplet for s in strips for g in s for c in (g.style.color,) if c and c.triplet}
        assert used
        shown = pilot.app.screen._compositor.render_strips()
        assert all(
            math.isclose(c.triplet.red, c.triplet.green, abs_tol=12)
            for strip in shown
            for segment in strip
            if segment.style and (c := segment.style.color) and c.triplet
        )
