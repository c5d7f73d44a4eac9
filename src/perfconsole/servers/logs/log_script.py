"""The loop that looks at log files on their server, and the reading of its answers.

The shell holds each file open, so that nothing is lost when it is rotated: what was still written
to the old file is looked at, and then the new one from its beginning. What was added since the last
look goes through the server's own ``grep -E``: only counts and the first lines travel, however much
is logged. An unfinished line at the end waits for its rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

MOST_BYTES = 4 << 20
"""Looked at in one go; what is before the last of them is skipped."""
MOST_LINE = 1 << 16
"""Bytes of a line without an end that are waited for; longer ones are taken in pieces."""
PIECE, PIECES = r".\{255\}", 5
"""Of a line that matches, 1275 bytes are sent: 300 characters of any script. No regular expression
may ask for more than 255 at once."""
CPU_S = 1
"""A pattern may take so much of the server's time for one look, and `MEMORY_KB`."""
MEMORY_KB = 1 << 18
FIRST_DESCRIPTOR = 3
AT_THE_END = -1
"""Position of a log that was not looked at yet: what is in it already is none of the run's."""
NO_FILE = 0
"""Inode, while none is known."""

LOGS = " ".join((
    # of the open file, `len` bytes from `pos` on
    'part() { { dd bs=1 skip="$pos" count=0; head -c "$len"; } <"$h"; };',
    "look() { h=/proc/$$/fd/$i; skip=0;",
    'if [ -e "$h" ]; then :; elif [ -f "$f" ] && [ -r "$f" ]; then',
    'eval "command exec $i<\\"\\$f\\""; fi;',
    'if [ -e "$h" ]; then :; elif [ -f "$f" ]; then echo "#$i unreadable 0 0 0"; return;',
    'elif [ -e "$f" ]; then echo "#$i odd 0 0 0"; return;',
    'else echo "#$i missing 0 0 0"; return; fi;',
    'set -- $(ls -linL "$h"); size=${6:-0}; [ "$pos" -ge 0 ] || pos=$size;',
    # after a while without a session: what another file had before may be none of the run's
    '[ "$w" = 0 ] || [ "$w" = "$1" ] || pos=$size;',
    # emptied, and written from its beginning again
    '[ "$size" -ge "$pos" ] || pos=0;',
    'old=; [ "$f" -ef "$h" ] || old=1;',
    'if [ -n "$old" ] && [ "$size" -eq "$pos" ]; then',
    'eval "command exec $i<&-"; pos=0; w=0; look; return; fi;',
    "len=$((size-pos));",
    f'if [ "$len" -gt {MOST_BYTES} ]; then skip=$((len-{MOST_BYTES})); pos=$((pos+skip));',
    f"len={MOST_BYTES}; x=$(($(part | head -n 1 | wc -c)));",
    "skip=$((skip+x)); pos=$((pos+x)); len=$((len-x)); fi;",
    # the last byte is one that $() strips, unless a line is not finished
    'if [ "$len" -gt 0 ] && [ -z "$old" ] &&',
    '[ -n "$(dd bs=1 skip=$((pos+len-1)) count=1 <"$h")" ]; then',
    "x=$(($({ part; echo; } | tail -n 1 | wc -c)));",
    f'[ "$x" -gt {MOST_LINE} ] || len=$((len-x+1)); fi;',
    'echo "#$i followed $((pos+len)) $skip $1"; [ "$len" -eq 0 ] || part |',
    f'{{ ulimit -t {CPU_S}; ulimit -v {MEMORY_KB}; grep -aE -e "$p"; echo "$?"; }} |',
    'tr "\\000" " " |',
    # of the last line, which is the status, the number too; of the others as many as wanted, cut
    'sed -n -e "\\${s/^/=/p;=;q;}"',
    f'-e "1,${{c}}{{s/^\\({PIECE * PIECES}\\).*/\\1/;s/^/+/p;}}"; }};',
    'while read -r n k; do printf "\\n%s< %s\\n" MARK "$n"; j=0;',
    'while [ "$j" -lt "$k" ]; do j=$((j+1)); read -r i pos w c || exit;',
    "IFS= read -r f || exit; IFS= read -r p || exit; look 2>/dev/null; done;",
    'printf "\\n%s> %s\\n" MARK "$n"; done',
))  # fmt: skip
"""Takes a count, and for so many logs three lines: descriptor, position, inode and lines wanted;
the path; the pattern."""


class State(Enum):
    FOLLOWED = "followed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    ODD = "odd"
    """No regular file."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at one log has found."""

    descriptor: int
    state: State
    position: int
    """Where the next look begins."""
    skipped: int
    """Bytes that nobody looked at."""
    inode: int
    lines: tuple[str, ...] = ()
    """The first that match, bytes that are no UTF-8 as halves of characters."""
    matched: int = 0
    status: int = 1
    """Of grep: 0 something matched, 1 nothing; above, it failed."""


def question(logs: Sequence[tuple[int, int, int, int, str, str]]) -> tuple[str, ...]:
    """Argument and lines for logs: descriptor, position, inode, lines wanted (at least one is
    sent), path and pattern."""
    lines = [str(len(logs))]
    for descriptor, position, inode, wanted, path, pattern in logs:
        lines += [f"{descriptor} {position} {inode} {max(1, wanted)}", path, pattern]
    return tuple(lines)


def read_looks(answer: str) -> list[Look]:
    """Of the answer to a question; parts that are not as they must be are left out."""
    parts: list[list[str]] = []
    for line in answer.split("\n"):
        if line.startswith("#"):
            parts.append([line])
        elif parts and line:
            parts[-1].append(line)
    return [look for part in parts if (look := _look(part)) is not None]


def _look(part: list[str]) -> Look | None:
    head, *rest = part
    try:
        descriptor, state, position, skipped, inode = head.removeprefix("#").split()
        look = Look(int(descriptor), State(state), int(position), int(skipped), int(inode))
        if not rest:
            return look
        *lines, status, count = rest
        return Look(
            look.descriptor, look.state, look.position, look.skipped, look.inode,
            tuple(line.removeprefix("+") for line in lines if line.startswith("+")),
            int(count) - 1, int(status.removeprefix("=")),
        )  # fmt: skip
    except ValueError:
        return None
