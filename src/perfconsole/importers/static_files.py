"""What a browser's cache has after the first page: images, styles, scripts, fonts."""

from __future__ import annotations

_STATIC_TYPES = ("image/", "font/", "text/css", "audio/", "video/", "application/font",
                 "application/javascript", "text/javascript", "application/x-javascript",
                 "application/wasm")  # fmt: skip
_STATIC_ENDS = (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico",
                ".webp", ".avif", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp4", ".webm",
                ".mp3", ".wasm")  # fmt: skip


def is_static(path: str, media_type: str = "") -> bool:
    """By what it is, or by how its path ends."""
    return media_type.startswith(_STATIC_TYPES) or path.lower().endswith(_STATIC_ENDS)
