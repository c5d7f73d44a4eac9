"""Which process on a server is the JVM that is meant, told in a shell's words.

Scripts begin with what finds it, and take two words first: what it is found by, and what stands
before the names of the JDK's programs.
"""

from __future__ import annotations

from perfconsole.model.ready_probes import JvmProbe

_BY_NUMBER = "pid=$1;"
_BY_FILE = 'pid=; read -r pid rest <"$1" || [ -n "$pid" ] || exit 1;'
_BY_MAIN = (
    'pid=$("$2jps" -l | while read -r pid name; do case $name in '
    '(*sun.tools.jps.*) ;; (*"$1"*) printf "%s " "$pid";; esac; done); pid=${pid% };'
)
_ONE = (
    'case $pid in ("") echo "no JVM that this login sees runs $1" >&2; exit 1;; '
    '(*[!0-9]*) echo "not one JVM: $pid" >&2; exit 1;; esac;'
)


def finding(settings: JvmProbe) -> tuple[str, tuple[str, str]]:
    """The beginning of a script, which leaves the number in ``$pid`` or ends it with one line of
    error; and its first two words."""
    programs = f"{settings.java_home}/bin/" if settings.java_home else ""
    if settings.pid is not None:
        return f"{_BY_NUMBER} {_ONE}", (str(settings.pid), programs)
    if settings.pid_file is not None:
        return f"{_BY_FILE} {_ONE}", (settings.pid_file, programs)
    return f"{_BY_MAIN} {_ONE}", (settings.main or "", programs)
