"""Colours and styles by role: the one place that knows what a colour means here.

Series use the Okabe-Ito set (safe for colour-blind eyes), darkened where needed on a light
ground. Grey is history and furniture; white (black on light) is now. Red is for what is over its
limit and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from rich.color import Color, blend_rgb
from rich.style import Style
from textual.theme import Theme

_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILION, _PURPLE = "#0072B2", "#D55E00", "#CC79A7"

DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ground": "#0E1116", "lit": "#26303C", "text": "#C9D1D9", "now": "#FFFFFF",
        "furniture": "#4A535E", "picked": "#AEB9C5", "dim": "#808A96", "hatch": "#38414C",
        "limit": "#9AA4AF", "over": "#FF4D4D", "good": "#2DBE92", "warn": _ORANGE,
        "passed": "#12B886", "failed": "#E8711A", "p50": _SKY, "p95": _ORANGE, "p99": _PURPLE,
        "vus": _SKY, "target": "#808A96", "cpu": _ORANGE, "memory": _SKY, "disk": "#12B886",
        "other1": _SKY, "other2": _ORANGE, "other3": "#12B886", "other4": _YELLOW,
        "other5": _PURPLE, "other6": "#4C9FD6", "other7": "#E8711A", "other8": "#C9D1D9",
    }
)  # fmt: skip
LIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ground": "#FBFBFA", "lit": "#DCE6F0", "text": "#2B3138", "now": "#000000",
        "furniture": "#B4BBC3", "picked": "#4A535E", "dim": "#69727D", "hatch": "#D3D8DD",
        "limit": "#6E7782", "over": "#CC0000", "good": "#00704F", "warn": "#9A6200",
        "passed": "#00805C", "failed": "#B84F00", "p50": _BLUE, "p95": "#9A6200", "p99": "#A8447C",
        "vus": _BLUE, "target": "#69727D", "cpu": "#9A6200", "memory": _BLUE, "disk": "#00805C",
        "other1": _BLUE, "other2": "#9A6200", "other3": "#00805C", "other4": "#7A6F00",
        "other5": "#A8447C", "other6": "#2F8FC4", "other7": "#B84F00", "other8": "#2B3138",
    }
)  # fmt: skip
"""Role → colour. `ground` and `lit` (a selected row) are backgrounds."""

_TEXT: Final[Mapping[str, tuple[str, Style]]] = MappingProxyType(
    {
        "": ("text", Style()),
        "bold": ("now", Style(bold=True)),
        "over": ("over", Style(bold=True)),
        "title": ("text", Style(bold=True)),
        "title picked": ("now", Style(bold=True)),
        "live": ("good", Style(bold=True)),
        "paused": ("warn", Style(bold=True)),
        "dead": ("failed", Style(bold=True, reverse=True)),
        "ended": ("now", Style(bold=True, reverse=True)),
    }
)
"""Text roles that are more than a colour: colour and attributes."""


_GREY: Final = frozenset({"furniture", "picked", "dim", "hatch", "limit", "target"})
"""What stays in the background when there are no colours; all else is ordinary text or now."""


BAND: Final = "band:"
"""Before a role: written on the ground of a hatched stretch, so that it is not torn."""
HATCHED: Final = 0.35
"""How much of the hatch is in that ground: about as much as of the hatching glyph is drawn."""


@lru_cache(maxsize=16)
def palette(dark: bool, colourless: bool = False) -> Mapping[str, str]:
    """Role → colour on a dark or light ground; shades of grey when `colourless`."""
    colours = DARK if dark else LIGHT
    if not colourless:
        return colours
    loud = {"now": colours["now"], "over": colours["now"], "failed": colours["now"]}
    return {
        role: colour if role in _GREY else loud.get(role, colours["text"])
        for role, colour in colours.items()
    }


@lru_cache(maxsize=2048)
def style(
    role: str,
    dark: bool,
    background: Color | None,
    *,
    bold: bool = False,
    colourless: bool = False,
) -> Style:
    """How `role` is written on `background`; an unknown role is ordinary text."""
    colours = palette(dark, colourless)
    if role.startswith(BAND):
        role = role.removeprefix(BAND)
        background = raised(colours["hatch"], background, HATCHED)
    name, attributes = _TEXT.get(role, (role, Style()))
    written = Style(color=colours.get(name, colours["text"]), bgcolor=background) + attributes
    return written + Style(bold=True) if bold else written


@lru_cache(maxsize=64)
def lit(dark: bool, background: Color | None) -> Color:
    """The ground of a selected row that lies on `background`."""
    return raised((DARK if dark else LIGHT)["lit"], background, 0.9)


def raised(colour: str, background: Color | None, share: float) -> Color:
    """`background` with that share of `colour` in it."""
    over = Color.parse(colour)
    if background is None or background.triplet is None or over.triplet is None:
        return over
    return Color.from_triplet(blend_rgb(background.triplet, over.triplet, share))


def _theme(name: str, dark: bool, surface: str, panel: str) -> Theme:
    colours = DARK if dark else LIGHT
    return Theme(
        name=name,
        dark=dark,
        primary=colours["p50"],
        secondary=colours["passed"],
        accent=colours["p95"],
        warning=colours["warn"],
        error=colours["failed"],
        success=colours["good"],
        foreground=colours["text"],
        background=colours["ground"],
        surface=surface,
        panel=panel,
        variables={
            "border": colours["picked"],
            "border-blurred": colours["furniture"],
            "block-cursor-background": colours["lit"],
            "block-cursor-foreground": colours["now"],
            "block-cursor-text-style": "bold",
            "input-selection-background": colours["lit"],
            "footer-background": colours["ground"],
            "footer-key-foreground": colours["now"],
            "footer-description-foreground": colours["dim"],
            "scrollbar": colours["furniture"],
            "scrollbar-hover": colours["picked"],
            "scrollbar-active": colours["picked"],
            "scrollbar-background": colours["ground"],
        },
    )


PERFCONSOLE_DARK: Final = _theme("perfconsole-dark", True, "#151A21", "#1D242D")
PERFCONSOLE_LIGHT: Final = _theme("perfconsole-light", False, "#F1F3F4", "#E6E9EC")
