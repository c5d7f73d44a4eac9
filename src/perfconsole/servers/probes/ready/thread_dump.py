"""Threads of a JVM by its own dump: how many there are, are blocked, and are in deadlocks. Pure."""

from __future__ import annotations

from perfconsole.servers.probes.ask import Reading
from perfconsole.servers.probes.ready.named_values import named_values, numbers, refused

COUNTS = r"""
/^Full thread dump/ { begun = 1 }
/^JNI global/ { whole = begun }
/java\.lang\.Thread\.State: / { threads++ }
/java\.lang\.Thread\.State: BLOCKED/ { blocked++ }
/^Found one Java-level deadlock/ { deadlocks++ }
!begun && first == "" && !/^Picked up / && !/^[0-9]+:$/ { first = $0 }
END {
  if (!whole) { print first; exit }
  printf "threads\t%d\nblocked_threads\t%d\ndeadlocks\t%d\n", threads, blocked, deadlocks
}
"""
"""For awk, where the dump is: it may have a million characters. What is not a whole dump is told by
its first line."""


def read_threads(text: str) -> Reading:
    """Raises Unreadable with what jcmd said instead."""
    known = numbers(named_values(text))
    if not {"threads", "blocked_threads", "deadlocks"} <= known.keys():
        raise refused("jcmd", text)
    return Reading({name: known[name] for name in ("threads", "blocked_threads", "deadlocks")})
