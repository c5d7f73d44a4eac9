"""Questions and answers with a small loop that runs in the server's own shell.

The loop waits for a line, answers it between markers, and ends when its input does: nothing is
installed, nothing is left behind. The markers are random, so that nothing a login script prints
can pass for an answer. A question that gets no answer in time is the sign of a dead connection.
"""

from __future__ import annotations

import re
import secrets
import time

from perfconsole.servers.faults import Retry, ServerFault, not_supported
from perfconsole.servers.few_words import few_words
from perfconsole.servers.linux.proc import FILES, KEPT, PAGE, SYSTEM
from perfconsole.servers.linux.seldom import MOST_CONNECTIONS
from perfconsole.servers.stream import Open
from perfconsole.texts import say

MOST_BYTES = 1 << 20
"""Of one answer, and of the noise before it."""
LAST_WORDS_S = 0.5
_NOT_UNIX = re.compile(
    r"is not recognized as|% *(invalid|unrecognized|unknown|incomplete|bad) |bad command name"
    r"|^unknown (command|action)|command parse error|invalid input detected",
    re.IGNORECASE,
)
"""How the shells of Windows and of switches, routers and firewalls refuse a command of ours."""

PULSE = (
    "u=$(uname -sr); p=$(getconf PAGESIZE 2>/dev/null); while read -r n; do "
    f'printf "\\n%s< %s\\n{SYSTEM}:%s\\n{PAGE}:%s\\n" MARK "$n" "$u" "$p"; '
    f'grep -sE "^({KEPT})" {" ".join(FILES)}; '
    'printf "\\n%s> %s\\n" MARK "$n"; done'
)
"""Answers with the name of the system, the size of a page and the lines of /proc."""

DISKS = (
    'limit=; timeout 5 true 2>/dev/null && limit="timeout -s KILL 10"; '
    'while read -r n k; do printf "\\n%s< %s\\n" MARK "$n"; i=0; '
    'while [ "$i" -lt "$k" ]; do IFS= read -r m || exit; i=$((i+1)); printf "#%s\\n" "$i"; '
    '{ $limit df -P -k "$m/." && echo "#inodes" && $limit df -P -i "$m/."; } 2>/dev/null; done; '
    'echo "#mounts"; cat /proc/self/mounts 2>/dev/null; '
    'printf "\\n%s> %s\\n" MARK "$n"; done'
)
"""Takes a count and that many mount points; answers with df of each, then with /proc/mounts.

A df that hangs is killed, as far as the server has a `timeout` and its kernel lets it be: it takes
no other mount point with it, and outlives no connection for long. Only folders end with ``/.``.
"""

_TCP_STATES = (
    '/^TCP6?:/ { m += $3; if ($6 == "tw") m += $7; if (m > MOST) exit; next } '
    '$1 == "sl" { h = 1 } $1 ~ /^[0-9]+:$/ { n[$4]++ } '
    'END { if (h && m <= MOST) { print "tcp"; for (s in n) print "tcp", s, n[s] } }'
).replace("MOST", str(MOST_CONNECTIONS))
_IN_DOUBLE_QUOTES = str.maketrans({"$": r"\$", '"': r"\""})

SELDOM = (
    'while read -r n; do printf "\\n%s< %s\\n" MARK "$n"; '
    "for i in /sys/class/net/*; do v=virtual; s=; "
    '[ -e "$i/device" ] && { v=real; read -r s < "$i/speed"; } 2>/dev/null; '
    'echo "net ${i##*/} $v $s"; done; '
    "cd /proc/net && cat sockstat sockstat6 tcp tcp6 2>/dev/null "
    f'| awk "{_TCP_STATES.translate(_IN_DOUBLE_QUOTES)}" 2>/dev/null; '
    'printf "\\n%s> %s\\n" MARK "$n"; done'
)
"""Answers with the interfaces and their speed, and with how many connections are in which state."""


class Loop:
    """A loop such as `PULSE`, running. One question at a time."""

    def __init__(self, start: Open, script: str) -> None:
        self._mark = secrets.token_hex(8)
        # Single quotes hold in sh, csh and fish alike; the scripts have none inside.
        script = f"LC_ALL=C; export LC_ALL; {script.replace('MARK', self._mark)}"
        self._stream = start(f"exec sh -c '{script}'")
        self._question = 0
        self._heard = b""

    @property
    def mark(self) -> str:
        return self._mark

    def ask(self, argument: str = "", *lines: str) -> None:
        """Raises ServerFault when the loop is gone."""
        self._question += 1
        self.tell(f"{self._question} {argument}".rstrip(), *lines)

    def tell(self, *lines: str) -> None:
        """What is no question. Raises ServerFault when the loop is gone."""
        text = "".join(f"{line}\n" for line in lines)
        try:
            self._stream.send(text.encode(errors="surrogateescape"))
        except OSError:
            raise self._last_words() from None

    def answer(self, timeout_s: float) -> str:
        """The answer to the last question; raises ServerFault when none comes in time."""
        deadline = time.monotonic() + timeout_s
        while (text := self._taken()) is None:
            left_s = deadline - time.monotonic()
            try:
                if left_s <= 0:
                    raise TimeoutError
                self._hear(left_s)
            except TimeoutError:
                raise self._silence(timeout_s) from None
        return text

    def poll(self) -> str | None:
        """The answer when it is there already; never waits. Raises ServerFault when it ended."""
        while (text := self._taken()) is None:
            try:
                self._hear(0.0)
            except TimeoutError:
                return None
        return text

    def take_lines(self) -> list[str]:
        """The whole lines that have been heard of an answer which goes on; taken out of it."""
        begin = f"\n{self._mark}< {self._question}\n".encode()
        start = self._heard.find(begin)
        first = start + len(begin)
        last = self._heard.rfind(b"\n", first) if start >= 0 else -1
        if last < 0:
            return []
        text = self._heard[first:last].decode(errors="surrogateescape")
        # What comes next still begins in a new line.
        self._heard = self._heard[start:first] + self._heard[last:]
        return text.split("\n")

    def close(self) -> None:
        self._stream.close()

    def _hear(self, timeout_s: float) -> None:
        try:
            data = self._stream.receive(timeout_s)
        except TimeoutError:
            raise
        except OSError:
            data = b""
        if not data:
            raise self._ended()
        self._heard += data
        if len(self._heard) > MOST_BYTES:
            raise ServerFault(
                say("the server said over {most} KB at once", most=MOST_BYTES // 1024)
            )

    def _taken(self) -> str | None:
        begin = f"\n{self._mark}< {self._question}\n".encode()
        end = f"\n{self._mark}> {self._question}\n".encode()
        start = self._heard.find(begin)
        stop = self._heard.find(end, start + len(begin) - 1) if start >= 0 else -1
        if stop < 0:
            return None
        text = self._heard[start + len(begin) : stop]
        self._heard = self._heard[stop + len(end) :]
        return text.decode(errors="surrogateescape")

    def _silence(self, seconds: float) -> ServerFault:
        if self._question == 1:  # what was started instead of a shell may well wait for something
            said = say("no shell answered within {seconds:g} s; does this login have one?",
                       seconds=seconds)  # fmt: skip
        else:
            said = say("no answer within {seconds:g} s", seconds=seconds)
        return ServerFault(said)

    def _last_words(self) -> ServerFault:
        """The fault, with what the command still said before it was gone."""
        try:
            while True:
                self._hear(LAST_WORDS_S)
        except TimeoutError:
            return self._ended()
        except ServerFault as fault:
            return fault

    def _ended(self) -> ServerFault:
        """Cut off in the middle, or never a shell at all: then what it said instead."""
        if self._mark.encode() in self._heard or self._question > 1:
            return ServerFault(say("the connection was lost"))
        said = few_words(self._heard)
        if _NOT_UNIX.search(said):
            return ServerFault(not_supported(said), Retry.SLOWLY)
        fault = say(
            "the server ran no shell for this login; use one that has a shell, or an exporter"
        )
        return ServerFault(
            say("{fault}; it said: {said}", fault=fault, said=said) if said else fault
        )
