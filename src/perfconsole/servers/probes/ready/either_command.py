"""One program of two that do the same, whichever a server has."""

from __future__ import annotations

_SCRIPT = (
    'first=$1; second=$2; shift 2; '
    'command -v "$first" >/dev/null 2>&1 || first=$second; exec "$first" "$@" 2>&1'
)  # fmt: skip


def either(programs: tuple[str, str], *words: str) -> tuple[str, ...]:
    """The command of `words` for the first of the two that is there; its errors in its output."""
    return ("sh", "-c", _SCRIPT, "sh", *programs, *words)
