"""A JVM: its heap by jstat, which keeps running, and now and then its threads."""

from __future__ import annotations

from perfconsole.model.ready_probes import JvmProbe
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.ready.jstat_lines import JstatLines
from perfconsole.servers.probes.ready.jvm_process import finding
from perfconsole.servers.probes.ready.thread_dump import COUNTS, read_threads

JSTAT = (
    'most=$("$2jstat" -gccapacity "$pid" 2>&1) || '
    '{ printf "%s\\n" "$most" | grep -v "^Picked up" | head -n 1 >&2; exit 1; }; '
    'printf "%s\\n" "$most"; '
    '{ while kill -0 "$pid" && kill -0 $$; do sleep 2; done 2>/dev/null; '
    'kill -0 "$pid" 2>/dev/null || { echo "the JVM $pid has ended" >&2; kill $$; }; } >/dev/null & '
    'exec "$2jstat" -gc -t "$pid" "$3"'
)
"""First how large the heap may grow. jstat itself goes on for ever when its JVM was killed: a loop
looks after that, and ends with it."""
THREADS = '"$2jcmd" "$pid" Thread.print 2>&1 | awk "$3"'
LOCALE = {"LC_ALL": "C"}
"""jstat writes numbers as the locale has them."""
THREADS_TIMEOUT_S = 20.0
"""A dump of thousands of threads takes its time, and so does a JVM in a collection."""


def asks(settings: JvmProbe) -> tuple[Ask, ...]:
    find, words = finding(settings)
    heap = Ask(
        (*settings.through, "sh", "-c", f"{find} {JSTAT}", "sh", *words,
         f"{round(1000 * settings.every)}ms"),
        JstatLines(settings.every),
        environment={**LOCALE, **settings.environment},
        streams=True,
        every_s=settings.every,
        timeout_s=settings.timeout,
    )  # fmt: skip
    if settings.threads == "off":
        return (heap,)
    threads = Ask(
        (*settings.through, "sh", "-c", f"{find} {THREADS}", "sh", *words, COUNTS),
        read_threads,
        environment={**LOCALE, **settings.environment},
        every_s=settings.threads,
        timeout_s=max(THREADS_TIMEOUT_S, settings.timeout),
    )
    return heap, threads
