"""Lines of an access log → requests: nginx and Apache (common, combined), and JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

_COMBINED = re.compile(
    r"^\S+ \S+ .{0,200}?\[(?P<time>[^\]]{20,40})\] "
    r"\"(?P<request>(?:[^\"\\]|\\.)*)\" (?P<status>\d{3})"
)
_TIME_KEYS = (
    "time_iso8601", "@timestamp", "timestamp", "time", "time_local", "ts", "msec", "date",
)  # fmt: skip
_PATH_KEYS = ("request_uri", "uri", "path", "url", "target")
_METHOD_KEYS = ("request_method", "method", "verb")
_STATUS_KEYS = ("status", "status_code", "response", "code")
_CLF_TIME = "%d/%b/%Y:%H:%M:%S %z"


@dataclass(frozen=True, slots=True)
class Hit:
    at_s: float
    """Unix time."""
    method: str
    path: str
    """With its query."""
    status: int


def hits(lines: Iterable[str], unread: list[int]) -> Iterator[Hit]:
    """The requests of all lines that can be read; numbers of the others go into `unread`."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        hit = _of_json(line) if line.lstrip()[:1] == "{" else _of_text(line)
        if hit is None:
            unread.append(number)
        else:
            yield hit


def _of_text(line: str) -> Hit | None:
    match = _COMBINED.match(line)
    return None if match is None else _hit(match["time"], match["request"], match["status"])


def _of_json(line: str) -> Hit | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    if isinstance(row.get("request"), dict):  # Caddy's
        row = {**row, **row["request"]}
    request = row.get("request")
    if not isinstance(request, str):
        method, path = _first(row, _METHOD_KEYS), _first(row, _PATH_KEYS)
        request = f"{method or 'GET'} {path}" if path is not None else None
    if request is None:
        return None
    return _hit(_first(row, _TIME_KEYS), request, _first(row, _STATUS_KEYS) or 200)


def _first(row: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((row[key] for key in keys if row.get(key) not in (None, "")), None)


def _hit(time: Any, request: str, status: Any) -> Hit | None:
    words = request.split()
    at_s = _unix(time)
    if at_s is None or len(words) < 2 or not words[0].isalpha():
        return None
    try:
        parts = urlsplit(words[1])
        code = int(status)
    except ValueError:
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Hit(at_s, words[0].upper(), path, code) if path.startswith("/") else None


def _unix(time: Any) -> float | None:
    if isinstance(time, int | float):
        return float(time) / (1000 if time > 1e11 else 1)
    text = str(time or "")
    try:
        return datetime.strptime(text, _CLF_TIME).timestamp()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
