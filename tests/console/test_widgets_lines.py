"""The one-line widgets: headline, timeline, sparklines; and the sets of glyphs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from perfconsole.console.widgets import glyphs, theme
from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.glyphs import ASCII, UNICODE, Glyphs, chosen
from perfconsole.console.widgets.headline import Headline, HeadlinePart, kept
from perfconsole.console.widgets.pen import Pen
from perfconsole.console.widgets.sparkline import Spark, Sparklines, bars
from perfconsole.console.widgets.timeline import Timeline, TimelineModel

PEN = Pen(True, None, UNICODE)
LETTERS = Pen(False, None, ASCII)
times = st.one_of(st.floats(-10, 2000), st.none())


def only_line(widget: Drawn, width: int, pen: Pen = PEN) -> str:
    """What the widget draws, checked to be exactly one line of `width` cells."""
    strips = widget.draw(width, 1, pen)
    assert len(strips) == 1
    assert strips[0].cell_length == width == cell_len(strips[0].text)
    assert all(segment.style is not None for segment in strips[0])
    return strips[0].text


# ---------------------------------------------------------------- headline

PARTS = (
    HeadlinePart("● LIVE", "live", 9),
    HeadlinePart("shop", "bold", 2),
    HeadlinePart("TPS 398", "", 7),
    HeadlinePart("err 1.6 %", "over", 6),
)


def headline(parts: tuple[HeadlinePart, ...]) -> Headline:
    widget = Headline()
    widget.parts = parts
    return widget


def test_parts_with_the_lowest_keep_leave_first() -> None:
    assert only_line(headline(PARTS), 60).strip() == "● LIVE   shop   TPS 398   err 1.6 %"
    assert only_line(headline(PARTS), 31).strip() == "● LIVE shop TPS 398 err 1.6 %"
    assert only_line(headline(PARTS), 30).strip() == "● LIVE   TPS 398   err 1.6 %"
    assert only_line(headline(PARTS), 18).strip() == "● LIVE   TPS 398"
    assert only_line(headline(PARTS), 10).strip() == "● LIVE"
    assert only_line(headline(PARTS), 6).strip() == "● L…"


def test_a_part_that_grew_keeps_its_room() -> None:
    widget = headline((HeadlinePart("TPS 1.2k", "", 1), HeadlinePart("p95 812", "", 1)))
    place = only_line(widget, 60).index("p95")
    widget.parts = (HeadlinePart("TPS 398", "", 1), HeadlinePart("p95 812", "", 1))
    assert only_line(widget, 60).index("p95") == place


@given(
    st.lists(st.builds(HeadlinePart, st.text(max_size=20), st.just("warn"), st.integers(0, 9))),
    st.integers(1, 200),
)
def test_any_headline_fits(parts: list[HeadlinePart], width: int) -> None:
    only_line(headline(tuple(parts)), width)
    only_line(headline(tuple(parts)), width, LETTERS)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 9)), min_size=1), st.integers(1, 99))
def test_what_leaves_was_worth_no_more_than_what_stays(
    parts: list[tuple[int, int]], width: int
) -> None:
    lengths, keeps = [length for length, _ in parts], [keep for _, keep in parts]
    places = kept(lengths, keeps, width)
    gone = [keeps[p] for p in range(len(parts)) if p not in places]
    assert max(gone, default=-1) <= min(keeps[p] for p in places)
    assert len(places) == 1 or sum(lengths[p] for p in places) + len(places) - 1 <= width


# ---------------------------------------------------------------- timeline


def timeline(model: TimelineModel) -> Timeline:
    widget = Timeline()
    widget.model = model
    return widget


SPANS = (
    ("ramp", "step 200", 0.0, 600.0),
    ("hold", "hold 340", 600.0, 1500.0),
    ("pause", "pause", 660.0, 720.0),
    ("ramp", "ramp down", 1500.0, None),
)


def test_past_now_pause_and_future() -> None:
    seen = only_line(timeline(TimelineModel(750.0, 1800.0, SPANS)), 120)
    assert seen.startswith(" ├──")
    assert "─ step 200 ─" in seen
    assert "▒" in seen
    assert "┤now··" in seen
    assert "· hold 340 ·" in seen
    assert "┼" in seen
    assert seen.index("▒") < seen.index("now") < seen.index("ramp down")


def test_without_a_duration_the_line_ends_at_now() -> None:
    seen = only_line(timeline(TimelineModel(750.0, None, SPANS[:3])), 80)
    assert seen.rstrip().endswith("┤")
    assert "·" not in seen
    assert "now" not in seen


@given(
    st.floats(-10, 1e6) | st.just(math.nan),
    st.one_of(st.none(), st.floats(0, 1e6)),
    st.lists(
        st.tuples(
            st.sampled_from(["pause", "hold"]), st.text(max_size=12), st.floats(-10, 2000), times
        ),
        max_size=5,
    ),
    st.integers(1, 200),
)
def test_any_timeline_fits(
    now: float,
    duration: float | None,
    spans: list[tuple[str, str, float, float | None]],
    width: int,
) -> None:
    model = TimelineModel(now, duration, tuple(spans))
    only_line(timeline(model), width)
    only_line(timeline(model), width, LETTERS)


# ---------------------------------------------------------------- sparklines


def sparklines(*sparks: Spark) -> Sparklines:
    widget = Sparklines()
    widget.sparks = sparks
    return widget


def test_bars_rise_keep_peaks_and_leave_gaps() -> None:
    assert bars([0, 1, 2, 3, 4, 5, 6], 7, UNICODE.bars) == "▁▂▃▄▅▆▇"
    assert bars([1, None, 1], 5, UNICODE.bars) == "  ▇ ▇"
    assert bars([50.0], 1, UNICODE.bars, ceiling=100) == "▄"
    assert "▇" in bars([0.0] * 37 + [9.0] + [0.0] * 99, 8, UNICODE.bars)
    assert bars([], 3, UNICODE.bars) == "   "
    assert bars([1.0], 0, UNICODE.bars) == ""


@given(st.lists(st.one_of(st.none(), st.floats()), max_size=99), st.integers(0, 50))
def test_bars_are_as_many_as_asked_for(values: list[float | None], width: int) -> None:
    assert len(bars(values, width, UNICODE.bars)) == width
    assert len(bars(values, width, ASCII.bars, ceiling=100)) == width


def test_shares_are_even_and_what_is_over_is_marked() -> None:
    shown = sparklines(
        Spark("TPS", [1, 2, 3], False, "passed"), Spark("Err", [1, 2, 9], True, "failed")
    )
    seen = only_line(shown, 40)
    assert seen.index("Err") == 21
    assert seen.count("▲") == 1
    assert seen.rstrip().endswith("▇▲")


@given(
    st.lists(
        st.builds(
            Spark,
            st.text(max_size=8),
            st.lists(st.one_of(st.none(), st.floats()), max_size=20),
            st.booleans(),
            st.just("cpu"),
        ),
        max_size=8,
    ),
    st.integers(1, 200),
)
def test_any_sparklines_fit(sparks: list[Spark], width: int) -> None:
    only_line(sparklines(*sparks), width)
    only_line(sparklines(*sparks), width, LETTERS)


# ---------------------------------------------------------------- mounted


class Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Headline()
        yield Timeline()
        yield Sparklines()


async def test_one_line_each_when_mounted() -> None:
    async with Stage().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        app.query_one(Headline).show(PARTS)
        app.query_one(Timeline).show(TimelineModel(750.0, 1800.0, SPANS))
        app.query_one(Sparklines).show((Spark("TPS", [1, 2], False, "passed"),))
        await pilot.pause()
        for widget in app.query(Drawn):
            assert widget.size == (80, 1)
            assert widget.render_line(0).cell_length == 80
            assert widget.render_line(0).text.strip()
        app.query_one(Headline).show(PARTS[:2])
        assert app.query_one(Headline).render_line(0).text.strip() == "● LIVE   shop"


# ---------------------------------------------------------------- glyphs and theme


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, UNICODE),
        ({"LANG": "C.UTF-8"}, UNICODE),
        ({"LANG": "en_US.utf8"}, UNICODE),
        ({"LC_ALL": "zh_CN.GBK", "LANG": "C.UTF-8"}, ASCII),
        ({"LC_ALL": "C"}, ASCII),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, ASCII),
        ({"PERFCONSOLE_ASCII": "1", "LANG": "C.UTF-8"}, ASCII),
        ({"PERFCONSOLE_ASCII": "0", "LC_ALL": "C"}, UNICODE),
    ],
)
def test_the_terminal_decides_the_glyphs(environ: dict[str, str], expected: Glyphs) -> None:
    assert chosen(environ) is expected


def test_every_glyph_is_one_cell_and_the_plain_set_is_ascii() -> None:
    for name in (field for field in Glyphs.__slots__ if field != "braille"):
        one, plain = "".join(getattr(UNICODE, name)), "".join(getattr(ASCII, name))
        assert cell_len(one) == len(one) == len(plain)
        assert plain.isascii()
    assert ASCII.plain("● 7–8 µs ⏳ 报价") == "* 7-8 us ~ 报价"
    assert UNICODE.plain("●") == "●"
    assert glyphs.current() in (ASCII, UNICODE)


@pytest.mark.parametrize("dark", [True, False])
def test_every_colour_can_be_read_on_its_ground(dark: bool) -> None:
    """WCAG contrast of text over 4, of graphic parts at least 3; the hatch is meant faint."""
    colours = theme.palette(dark)
    ground = _luminance(colours["ground"])
    for role, colour in colours.items():
        if role in {"ground", "lit", "hatch", "furniture"}:
            continue
        one, other = sorted((_luminance(colour), ground))
        graphic = role.startswith("other") or role in {"limit"}
        assert (other + 0.05) / (one + 0.05) >= (3 if graphic else 4.2), (role, colour)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_control_characters_never_reach_the_terminal() -> None:
    strip = PEN.line([("a\x1b[31mb\tc\nd", ""), (PEN.fit("x\r\ny", 4), "over")], 20)
    assert strip.text.isprintable()
    assert strip.cell_length == 20
