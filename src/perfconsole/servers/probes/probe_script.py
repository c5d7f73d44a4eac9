"""The loop that runs commands for probes on their server, and how a command is put to it.

Words, variables and input come as lines over the loop's own input: nothing of them is read by a
shell as its text, and no secret stands on a command line. The command runs in a session (setsid) of
its own in the background, so that it can be ended with all that it started: when it takes too long,
or when the connection ends.
"""

from __future__ import annotations

import math

from perfconsole.servers.probes.ask import Ask

LATER_S = 2
"""The server itself ends a command so much later than it is told to, when nobody tells it."""
ENDING = 600
"""Bytes of its errors that a command's status is told with."""
KILL = "k"
"""Ends the command under way."""
ENDED = "e"
"""The answer has come."""

PROBES = " ".join((
    # errors of its own, such as of killing what is gone already, are nobody's answer
    "exec 2>/dev/null; s=; setsid true && s=setsid;",
    'o=; timeout -s KILL 5 true && o="timeout -s KILL";',
    'end() { [ -z "$j" ] || kill -9 "-$j" || kill -9 "$j"; };',
    # told to end before it has seen that its input did: what it runs comes first
    "trap : HUP TERM;",
    "j=; b=; while IFS= read -r l; do x=${l#?};",
    'case $l in [A-Z]*) x=$(printf "%b." "$x"); x=${x%.};; esac;',
    "case $l in",
    "[0-9]*) n=${l% *}; t=${l##* }; e=0; i=; set --;;",
    "B*) b=$x;;",
    '[vV]*) set -- "$@" "$x"; e=$((e+1));;',
    '[aA]*) set -- "$@" "$x";;',
    "[iI]*) i=$x;;",
    'r) printf "\\n%s< %s\\n" MARK "$n";',
    'printf "%s" "$i" | {',
    'while [ "$e" -gt 0 ]; do export "$1"; shift; e=$((e-1)); done;',
    'if [ -z "$o" ] || [ "$t" = 0 ]; then exec $s sh -c "$b" sh MARK "$n" "$@";',
    'else exec $s $o "$t" sh -c "$b" sh MARK "$n" "$@"; fi; } & j=$!;;',
    f'{ENDED}) wait "$j"; j=;;',
    f"{KILL}) end; j=;;",
    "esac; done; end",
))  # fmt: skip
"""Takes a number and seconds, then a line each for what `question` writes."""

BODY = (
    'm=$1; n=$2; shift 2; exec 3>&1; f=$({ "$@" 2>&1 >&3 3>&-; printf "\\n%s" "$?"; } '
    f'| tail -c {ENDING}); printf "\\n%s= %s\\n%s> %s\\n" "$m" "$f" "$m" "$n"'
)
"""Runs its words; what they write comes as it is, and behind it their errors and their status."""


def question(ask: Ask) -> tuple[str, list[str]]:
    """What follows the question's number, and its lines."""
    seconds = 0 if ask.streams else math.ceil(ask.timeout_s) + LATER_S
    lines = [_line("b", BODY)]
    lines += (_line("v", f"{name}={value}") for name, value in ask.environment.items())
    lines += (_line("a", word) for word in ask.argv)
    lines += [_line("i", ask.stdin)] if ask.stdin else []
    return str(seconds), [*lines, "r"]


def _line(kind: str, text: str) -> str:
    """As it is; in capitals where the shell's printf has to undo line breaks."""
    if "\n" not in text and kind != "b":
        return kind + text
    return kind.upper() + text.replace("\\", "\\\\").replace("\n", "\\n")


def split_ending(text: str, mark: str) -> tuple[str, int | None, str]:
    """What a command wrote, its exit status (None: not told), its errors."""
    output, parted, ending = text.rpartition(f"\n{mark}= ")
    if not parted:
        return text, None, ""
    errors, _, status = ending.rpartition("\n")
    return output, int(status) if status.isdecimal() else None, errors
