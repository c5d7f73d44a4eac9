"""Faults that take from the screen what they must and nothing else: no outage, no alarm, no 0."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from perfconsole.metrics.figures import UNKNOWN

pytestmark = pytest.mark.sshd

GREP = f"""#!/bin/sh
{shutil.which("grep")} "$@" | sed -f {{folder}}/sed
"""
CPU, MEMORY, DISK, LOAD = "cpu_percent", "memory_percent", "disk_percent:/", "load_1m"
RX, TX = "net_rx_bytes_s", "net_tx_bytes_s"
ALL = {CPU, MEMORY, DISK, LOAD, RX, TX}
SHOWN = {CPU: "cpu", MEMORY: "memory", DISK: "disk"}
"""Columns of the page of servers."""


@dataclass
class Shell:
    """Where the login's shell finds its commands first, so that a test may stand in for one."""

    folder: Path

    @property
    def option(self) -> str:
        return f"SetEnv PATH={self.folder}:/usr/bin:/bin"

    def put(self, name: str, script: str) -> None:
        (self.folder / name).write_text(script.format(folder=self.folder))
        (self.folder / name).chmod(0o755)

    def proc(self, *edits: str) -> None:
        """From now on /proc reads as edited by these commands of sed."""
        new = self.folder / "sed.new"
        new.write_text("\n".join(edits) + "\n")
        new.rename(self.folder / "sed")
        self.put("grep", GREP)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "bin").mkdir()
    return Shell(tmp_path / "bin")


def hung_df(shell: Shell) -> None:
    shell.put("df", "#!/bin/sh\necho $$ >> {folder}/pids\nexec sleep 60\n")


@dataclass(frozen=True)
class Endured:
    missing: frozenset[str] = frozenset()
    """Metrics that are unknown."""
    before: Callable[[Shell], object] = lambda shell: None
    options: tuple[str, ...] = ()
    known_hosts: bytes = b""
    """Before the line that counts."""


def proc(*edits: str) -> Callable[[Shell], object]:
    return lambda shell: shell.proc(*edits)


NO_DISK = frozenset({DISK})
ENDURED = {
    "one session only": Endured(NO_DISK, options=("MaxSessions 1",)),
    "hung df": Endured(NO_DISK, hung_df),
    "noise of rc files": Endured(
        options=(
            "ForceCommand echo 'cpu 1 2 3 4'; seq 5000; printf 'no end' >&2; "
            'eval "$SSH_ORIGINAL_COMMAND"',
        )
    ),
    "corrupt known_hosts": Endured(
        known_hosts=b"\x00\xff garbage\n@cert-authority * ssh-ed25519 AAAA\n@revoked\nh ssh-rsa !\n"
    ),
    "no meminfo": Endured(frozenset({MEMORY}), proc("/meminfo/d")),
    "odd meminfo": Endured(frozenset({MEMORY}), proc("/meminfo/s/[0-9][0-9]*/-1/")),
    "no loadavg": Endured(frozenset({LOAD}), proc("/loadavg/d")),
    "no network": Endured(frozenset({RX, TX}), proc("/net.dev/d")),
    "no uptime": Endured(frozenset({RX, TX}), proc("/uptime/d")),
    "CPU counters that are none": Endured(
        frozenset({CPU}), proc("/stat:cpu /s/:cpu .*/:cpu  7 x 7 7 7 7/")
    ),
}


@pytest.mark.parametrize("name", ENDURED)
async def test_only_what_must_be_is_unknown(name, make_sshd, shell, watched, samples):
    fault = ENDURED[name]
    fault.before(shell)
    server = make_sshd(shell.option, *fault.options)
    server.known_hosts.write_bytes(fault.known_hosts + server.known_hosts.read_bytes())
    run = watched(web1=server.spec())
    if DISK in fault.missing:
        sample = await samples.first(lambda s: True, after=3)
    else:
        sample = await samples.first(lambda s: DISK in s.metrics, after=1)
    assert ALL - sample.metrics.keys() == fault.missing
    row = run.row()
    assert row["state"] != "unknown"
    assert {name for name in SHOWN if row[SHOWN[name]] == UNKNOWN} == fault.missing & SHOWN.keys()
    told = run.own_page()
    for metric in ALL:
        unknown = told.get(metric, UNKNOWN).strip() == UNKNOWN
        assert unknown == (metric in fault.missing), metric
    kept, lines = await run.kept()
    assert all(sample.ok for sample in kept)
    assert lines == []
    for pid in (shell.folder / "pids").read_text().split() if name == "hung df" else ():
        psutil.Process(int(pid)).kill()


async def test_a_df_that_hangs_at_one_mount_hides_no_other(make_sshd, shell, watched, samples):
    """It is killed, too: neither it nor its shell outlives the connection."""
    shell.put(
        "df", '#!/bin/sh\ncase "$*" in */tmp/.) echo $$ > {folder}/hung; exec sleep 60;; esac\n'
        f'exec {shutil.which("df")} "$@"\n',
    )  # fmt: skip
    shell.put(
        "timeout", '#!/bin/sh\n[ "$1" = -s ] && shift 3 && set -- -s KILL 0.5 "$@"\n'
        f'exec {shutil.which("timeout")} "$@"\n',
    )  # fmt: skip
    run = watched(web1=make_sshd(shell.option).spec(disks=("/tmp", "/")))
    sample = await samples.first(lambda s: DISK in s.metrics)
    assert "disk_percent:/tmp" not in sample.metrics
    assert run.row()["disk"] != UNKNOWN
    assert not _runs(int((shell.folder / "hung").read_text()))


def _runs(pid: int) -> bool:
    """Its parent may be gone too, and nobody left to hear of its end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


BOOT = "/boot_id/s/:.*/:another/"
FALLS = "/stat:cpu/s/cpu\\([0-9]*  *\\)/cpu\\19/"
"""The counters of every CPU stand far higher: without it they fall."""
GROWS = "/dev:  *[a-z]/s/: */:9/"
"""The same of the network's."""


@pytest.mark.parametrize(
    ("before", "then", "missing"),
    [
        ((FALLS, GROWS), (BOOT,), {CPU, RX, TX}),
        ((FALLS,), (), {CPU}),
        ((), (BOOT,), {CPU, RX, TX}),
        (("$a\\/proc/stat:btime 1700000000",), ("$a\\/proc/stat:btime 1600000000",), set()),
    ],
    ids=["reboot", "counters begin again", "another boot", "the server's clock jumps"],
)
async def test_a_gap_and_never_a_spike(before, then, missing, make_sshd, shell, watched, samples):
    """`missing` of the one sample in which it happens, and back in the next."""
    shell.proc(*before)
    run = watched(web1=make_sshd(shell.option).spec())
    await samples.first(lambda s: DISK in s.metrics)
    at = len(samples.all)
    shell.proc(*then)
    wanted = {CPU, MEMORY, RX, TX}
    if missing:
        gap = await samples.first(lambda s: not wanted <= s.metrics.keys(), after=at)
        assert wanted - gap.metrics.keys() == missing
        row = run.row()
        assert row["cpu"] == UNKNOWN
        assert UNKNOWN not in (row["memory"], row["state"])
        assert run.chart().lines[-1].points[-1].last is None
        at = samples.all.index(gap) + 1
    last = await samples.first(lambda s: True, after=at + 2)
    gaps = [s for s in samples.all[1:] if not wanted <= s.metrics.keys()]
    assert len(gaps) == bool(missing)
    assert last.metrics[CPU] <= 100
    assert max(s.metrics.get(RX, 0) for s in samples.all) < 10e9
    kept, lines = await run.kept()
    assert all(sample.ok for sample in kept)
    assert lines == []


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("FreeBSD 14.1-RELEASE", "not supported over SSH; use an exporter (FreeBSD 14.1-RELEASE)"),
        ("", "not supported over SSH; use an exporter (it named no system)"),
        (
            "Linux 6.1.0",
            "Linux 6.1.0 shows this login no /proc; is it mounted, and is there a grep?",
        ),
    ],
)
async def test_no_proc_at_all_is_never_0(system, said, make_sshd, shell, watched, samples):
    shell.put("grep", "#!/bin/sh\nexit 2\n")
    shell.put("uname", f"#!/bin/sh\necho {system}\n")
    run = watched(web1=make_sshd(shell.option).spec())
    missed = await samples.first(lambda s: not s.ok)
    assert missed.detail == said
    why = f"not reached yet: {said}"
    assert run.row() == {"server": "web1", "state": "unknown", "why": why}
    assert run.judged().reasons == (f"web1 was never reached: {said}",)
    assert (await run.kept())[1] == [f"web1: {said}"]
