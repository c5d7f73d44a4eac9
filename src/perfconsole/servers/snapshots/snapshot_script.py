"""The loop that runs the commands of a snapshot on its server, and the reading of its answers."""

from __future__ import annotations

from dataclasses import dataclass

LIMIT_S = 10
"""A command is ended then."""
MOST_BYTES = 64_000
"""Of one output; what is behind is cut off, and the command ended."""
MOST_READING = 900_000
"""Bytes of one reading of all processes."""

_READ_PROCESSES = " ".join((
    "cat /proc/uptime; grep -s MemTotal /proc/meminfo || echo;",
    "getconf CLK_TCK || echo 100; getconf PAGESIZE || echo 4096;",
    # up to the resident pages: the rest is half of the line, and of no use
    "cat /proc/[0-9]*/stat |",
    'sed -n "s/^\\([0-9]* (.*)\\( [^ ]*\\)\\{22\\}\\).*/\\1/p"',
))  # fmt: skip
_RUN = " ".join((
    f'run() {{ if timeout 1 true 2>/dev/null; then timeout {LIMIT_S} "$@"; return; fi;',
    # the exclamation mark of $!, at which csh would look for a command of before
    'b=$(printf "\\041"); "$@" & eval "c=\\$$b";',
    f'{{ sleep {LIMIT_S}; kill -9 "$c"; }} >/dev/null 2>&1 & eval "w=\\$$b";',
    'wait "$c"; s=$?; kill "$w" 2>/dev/null; return "$s"; };',
))  # fmt: skip
SNAPSHOT = " ".join((
    _RUN,
    "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; COLUMNS=160; TERM=${TERM:-dumb};",
    "export PATH COLUMNS TERM;",
    'while read -r n k; do printf "\\n%s< %s\\n" MARK "$n"; i=0; set --;',
    'while [ "$i" -lt "$k" ]; do IFS= read -r a || exit; set -- "$@" "$a"; i=$((i+1)); done;',
    f'if [ "$k" -eq 0 ]; then {{ {_READ_PROCESSES}; }} 2>/dev/null | head -c {MOST_READING};',
    'else { run "$@" </dev/null 2>&1; printf "\\n%s %s" = "$?"; } |',
    f"head -c {MOST_BYTES + 8}; fi;",
    'printf "\\n%s> %s\\n" MARK "$n"; done',
))  # fmt: skip
"""Takes a count and that many words, which are run; none: it reads all processes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command wrote, and its exit status; None when it wrote more than is taken."""

    text: str
    status: int | None


def read_ran(answer: str) -> Ran:
    text, _, end = answer.rpartition("\n= ")
    if end.isdecimal() and len(end) <= 3:
        return Ran(text, int(end))
    return Ran(answer, None)
