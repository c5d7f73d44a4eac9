"""The probe of JVMs, against real ones with their different collectors."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.ready_probes import JvmProbe
from perfconsole.servers.probes.ask import Unreadable
from perfconsole.servers.probes.ready.jstat_lines import JstatLines
from perfconsole.servers.probes.ready.jvm_probe import asks
from perfconsole.servers.probes.ready.thread_dump import read_threads

MB = 2**20
MOST = 128 * MB
COLLECTORS = ("G1", "Parallel", "Serial", "Z")


class Jvm:
    """`Patient`, which does to its heap and threads what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid
        assert process.stdout.readline() == "here\n"

    def do(self, *lines: str) -> None:
        for line in lines:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"


@pytest.fixture(scope="module")
def jar(tmp_path_factory) -> Path:
    if not all(map(shutil.which, ("java", "javac", "jar", "jstat"))):
        pytest.skip("there is no JDK here (Debian: openjdk-17-jdk-headless)")
    folder = tmp_path_factory.mktemp("classes")
    source = Path(__file__).with_name("Patient.java")
    subprocess.run(["javac", "-d", folder, source], check=True)
    jar = folder / "patient.jar"
    subprocess.run(["jar", "cfe", jar, "Patient", "-C", folder, "."], check=True)
    return jar


@contextmanager
def running(jar: Path, *options: str) -> Iterator[Jvm]:
    command = ["java", f"-Xmx{MOST // MB}m", *options, "-jar", str(jar)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        try:
            yield Jvm(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def jvm(jar) -> Iterator[Jvm]:
    with running(jar, "-XX:+UseSerialGC") as jvm:
        yield jvm


def settings(**changes: object) -> JvmProbe:
    return JvmProbe.model_validate({"use": "jvm", "every": 1.0, **changes})


def filled(readings):
    """Those that are not of headings."""
    return (reading for reading in readings if reading.gauges)


@pytest.mark.parametrize("collector", COLLECTORS)
def test_what_a_collection_leaves_whatever_collects(jar, streaming, collector):
    with running(jar, f"-XX:+Use{collector}GC") as jvm:
        readings = filled(streaming(asks(settings(pid=jvm.pid))[0]))
        jvm.do("keep 40")
        before = next(readings).gauges
        jvm.do("waste 20", "collect")
        grown = _first(readings, lambda gauges: gauges.get("heap_after_gc_bytes", 0) >= 40 * MB)
    assert before["heap_used_bytes"] >= 40 * MB
    for size, percent in (("heap_used_bytes", "heap_percent"),
                          ("heap_after_gc_bytes", "heap_after_gc_percent")):  # fmt: skip
        assert grown[percent] == pytest.approx(100 * grown[size] / MOST, rel=0.02)
    assert grown["metaspace_used_bytes"] > 0
    assert 0 <= grown["gc_time_percent"] <= 100
    if collector == "Z":  # of one generation
        assert not [name for name in grown if name.startswith(("young", "full"))]
    else:
        assert grown["full_collections"] > before["full_collections"]


def test_collections_and_their_pauses(jvm, streaming):
    readings = filled(streaming(asks(settings(pid=jvm.pid))[0]))
    before = next(readings).gauges
    jvm.do("waste 200", "collect")
    gauges = _first(readings, lambda gauges: gauges["full_collections_s"] > 0)
    assert gauges["full_collections"] == before["full_collections"] + 1
    assert gauges["young_collections_s"] > 0 and gauges["gc_time_percent"] > 0
    assert 0 < gauges["full_collection_ms"] < 5000 and 0 < gauges["young_collection_ms"] < 5000


def test_nothing_is_said_of_a_collection_that_nobody_saw(jvm, streaming):
    jvm.do("collect")
    gauges = next(filled(streaming(asks(settings(pid=jvm.pid))[0]))).gauges
    assert not {"heap_after_gc_bytes", "gc_time_percent", "full_collections_s"} & gauges.keys()


def test_a_deadlock_of_threads(jar, answer, eventually):
    with running(jar) as jvm:
        ask = asks(settings(pid=jvm.pid))[1]
        calm = answer(ask).gauges
        assert calm["threads"] > 2 and calm["blocked_threads"] == calm["deadlocks"] == 0
        jvm.do("deadlock")
        stuck = eventually(lambda: _with(answer(ask).gauges, blocked_threads=2))
    assert stuck["deadlocks"] == 1
    assert stuck["threads"] == calm["threads"] + 2


def test_a_jvm_is_found_by_a_file_or_by_what_it_runs(jar, answer, tmp_path):
    own = shutil.copy(jar, tmp_path / "an$app;.jar")
    by_jar = asks(settings(main="an$app;"))[1]
    assert refusal(answer, by_jar).endswith("no JVM that this login sees runs an$app;")
    with running(own) as one:
        file = tmp_path / "my app.pid"
        file.write_text(str(one.pid))
        for ask in (by_jar, asks(settings(pid_file=str(file)))[1]):
            assert answer(ask).gauges["threads"] > 2
        with running(own) as other:
            said = refusal(answer, by_jar)
    assert "not one JVM: " in said and str(one.pid) in said and str(other.pid) in said


def refusal(answer, ask) -> str:
    with pytest.raises(Unreadable) as caught:
        answer(ask)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_jvm_that_is_not_there(answer, streaming, tmp_path):
    nobody = 2**22 + 1
    heap, threads = asks(settings(pid=nobody))
    with pytest.raises(Unreadable, match=f"{nobody} not found"):
        next(streaming(heap))
    assert refusal(answer, threads) == "jcmd says: java.io.IOException: No such process"
    assert "gone.pid" in refusal(answer, asks(settings(pid_file=str(tmp_path / "gone.pid")))[1])


def test_without_a_jdk(jvm, answer, streaming):
    heap, threads = asks(settings(pid=jvm.pid, java_home="/no jdk"))
    with pytest.raises(Unreadable, match="/no jdk/bin/jstat"):
        next(streaming(heap))
    assert "/no jdk/bin/jcmd" in refusal(answer, threads)


def test_the_stream_ends_with_its_jvm(jar, lines_of):
    with running(jar) as jvm:
        (ask,) = asks(settings(pid=jvm.pid, threads="off"))
        lines = lines_of(ask)
        assert "OGCMX" in next(lines)
        jvm.process.kill()
        jvm.process.wait()
        with pytest.raises(Unreadable, match=f"the JVM {jvm.pid} has ended"):
            for _ in lines:
                pass


def test_a_jvm_that_is_held_up_tells_nothing(jar, streaming):
    with running(jar) as jvm:
        readings = streaming(asks(settings(pid=jvm.pid, threads="off"))[0])
        next(filled(readings))
        jvm.process.send_signal(signal.SIGSTOP)
        with pytest.raises(Unreadable, match="stands still"):
            _first(readings, lambda _: False)


async def test_in_the_samples_of_a_server(jvm, sampled):
    """Its thread dump comes later than the first numbers of the stream."""
    metrics = await sampled(
        settings(pid=jvm.pid), "heap_percent", "young_collections_s", "deadlocks", "threads"
    )
    assert metrics["it.deadlocks"] == 0


def test_what_it_says_it_measures(jvm, streaming, answer):
    heap, threads = asks(settings(pid=jvm.pid))
    readings = filled(streaming(heap))
    next(readings)
    jvm.do("waste 100", "collect")
    gauges = _first(readings, lambda gauges: "full_collection_ms" in gauges)
    assert {*gauges, *answer(threads).gauges} == set(settings(pid=jvm.pid).measured())


def test_threads_can_be_left_alone():
    assert len(asks(settings(pid=1, threads="off"))) == 1


def test_of_java_8_and_in_another_language():
    """No column of concurrent collections; a comma before the fraction."""
    read = JstatLines(2.0)
    lines = (
        "Timestamp S0C S1C S0U S1U EC EU OC OU MC MU CCSC CCSU YGC YGCT FGC FGCT GCT",
        "10,0 1024,0 1024,0 0,0 512,0 8192,0 100,0 20480,0 10240,0 4,0 2,0 5,0 1,0 5 0,5 1 0,1 0,6",
        "12,1 1024,0 1024,0 0,0 512,0 8192,0 300,0 20480,0 5120,0 4,0 2,0 5,0 1,0 7 0,6 2 0,3 0,9",
    )  # fmt: skip
    _, first, second = map(read, lines)
    assert first.gauges["heap_used_bytes"] == (512 + 100 + 10240) * 1024
    assert second.gauges["heap_after_gc_bytes"] == (512 + 5120) * 1024
    assert second.gauges["gc_time_percent"] == pytest.approx(15)
    assert second.gauges["young_collections_s"] == 1
    assert second.gauges["full_collection_ms"] == pytest.approx(200)
    assert "heap_percent" not in second.gauges  # nobody said how large it may grow


WHOLE = (
    "Timestamp OU EU GCT FGC", "OGCMX NGCMX S0C", "- 5 6", "1 2 3 4 5", "2 1 3 9 6", "1 - nan 4 5",
    "Picked up JAVA_TOOL_OPTIONS: -Xmx1g", "x not found", "",
)  # fmt: skip


@given(st.lists(st.sampled_from(WHOLE) | st.text()))
def test_any_lines_are_read_or_refused(lines):
    read = JstatLines(2.0)
    for line in lines:
        with suppress(Unreadable):
            gauges = read(line).gauges
            assert 0 <= gauges.get("gc_time_percent", 0) <= 100


@given(st.text())
def test_any_dump_is_read_or_refused(text):
    with suppress(Unreadable):
        read_threads(text)


def _first(readings, wanted):
    return next(reading.gauges for reading in readings if wanted(reading.gauges))


def _with(gauges, **wanted):
    return gauges if all(gauges[name] == value for name, value in wanted.items()) else None
