"""Recorded /proc texts to counters, and counters to metrics, however odd."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.linux.proc import Counters, NoProc, parse_pull
from perfconsole.servers.linux.rates import cpu_percent, metrics

RECORDED = """\
/proc/uptime:12345.67 45678.90
/proc/sys/kernel/random/boot_id:8a2f1f0c-2f0e-4a63-9d9d-6f6a3a1c6b7e
/proc/stat:cpu  4705 356 584 3699176 23060 0 277 12 100 5
/proc/stat:ctxt 1990473
/proc/stat:btime 1062191376
/proc/meminfo:MemTotal:       16384000 kB
/proc/meminfo:MemFree:         1000000 kB
/proc/meminfo:MemAvailable:    8192000 kB
/proc/meminfo:Buffers:          200000 kB
/proc/meminfo:Cached:          3000000 kB
/proc/meminfo:HugePages_Total:       0
/proc/loadavg:0.52 0.58 0.59 1/467 12345
/proc/net/dev:Inter-|   Receive                                                |  Transmit
/proc/net/dev: face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
/proc/net/dev:    lo: 5000 50 0 0 0 0 0 0 5000 50 0 0 0 0 0 0
/proc/net/dev:  eth0: 1000000 900 0 0 0 0 0 0 2000000 800 0 0 0 0 0 0
/proc/net/dev:br:dmz: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0
"""


@pytest.fixture
def reading() -> Counters:
    return parse_pull(RECORDED)


def test_a_recorded_pull(reading):
    assert reading == Counters(
        cpu=(4705, 356, 584, 3699176, 23060, 0, 277, 12),
        uptime_s=12345.67,
        boot_id="8a2f1f0c-2f0e-4a63-9d9d-6f6a3a1c6b7e",
        memory_total=16384000 * 1024,
        memory_available=8192000 * 1024,
        load_1m=0.52,
        net={"lo": (5000, 5000), "eth0": (1000000, 2000000), "br:dmz": (10, 20)},
        counts={"context_switches": 1990473},
    )


def test_one_reading_has_no_rates(reading):
    assert metrics(None, reading) == {
        "memory_percent": 50.0, "memory_used_bytes": 8388608000.0, "load_1m": 0.52,
    }  # fmt: skip


def test_two_readings(reading):
    later = dataclasses.replace(
        reading,
        uptime_s=12347.67,
        cpu=(4705 + 60, 356, 584 + 20, 3699176 + 100, 23060 + 20, 0, 277, 12),
        net={"lo": (9000, 9000), "eth0": (1002000, 2004000), "br:dmz": (10, 20)},
    )
    found = metrics(reading, later)
    assert found["cpu_percent"] == pytest.approx(40.0)
    assert found["net_rx_bytes_s"] == pytest.approx(1000.0)
    assert found["net_tx_bytes_s"] == pytest.approx(2000.0)


def test_guest_time_is_not_counted_twice():
    """proc(5): guest is in user; only the first eight fields are summed."""
    before = parse_pull("/proc/stat:cpu 0 0 0 0 0 0 0 0 0 0")
    now = parse_pull("/proc/stat:cpu 50 0 0 50 0 0 0 0 50 0")
    assert metrics(before, now)["cpu_percent"] == pytest.approx(50.0)


def test_old_kernel_without_steal_and_available():
    text = (
        "/proc/stat:cpu 10 0 10 80\n/proc/meminfo:MemTotal: 100 kB\n"
        "/proc/meminfo:MemFree: 10 kB\n/proc/meminfo:Buffers: 5 kB\n/proc/meminfo:Cached: 15 kB\n"
    )
    before = parse_pull(text.replace("10 0 10 80", "0 0 0 0"))
    found = metrics(before, parse_pull(text))
    assert found == pytest.approx(
        {
            "memory_percent": 70, "memory_used_bytes": 71680,
            "cpu_percent": 20, "cpu_user_percent": 10, "cpu_system_percent": 10,
        }
    )  # fmt: skip


def test_missing_lines_are_missing_metrics():
    found = metrics(None, parse_pull("/proc/stat:cpu 1 2 3 4 5 6 7 8\n/proc/loadavg:\n"))
    assert found == {}


def test_memory_total_of_zero_is_unknown():
    text = "/proc/stat:cpu 1 2 3 4\n/proc/meminfo:MemTotal: 0 kB\n/proc/meminfo:MemAvailable: 0 kB"
    assert metrics(None, parse_pull(text)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "uname:FreeBSD\n",
        "/proc/stat:cpu\n",
        "/proc/stat:cpu a b c d\n",
        "/proc/stat:cpu0 1 2 3 4",
    ],
)
def test_no_proc(text):
    with pytest.raises(NoProc):
        parse_pull(text)


def test_no_proc_names_the_system():
    with pytest.raises(NoProc, match=r"^FreeBSD 14\.1$"):
        parse_pull("uname:FreeBSD 14.1\n")


def test_what_only_looks_like_linux_is_none():
    """Cygwin has a /proc/stat, and more of it that means something else."""
    with pytest.raises(NoProc, match=r"^CYGWIN"):
        parse_pull("uname:CYGWIN_NT-10.0 3.4.6\n" + RECORDED)
    assert parse_pull("uname:Linux 6.1\n" + RECORDED) == parse_pull(RECORDED)


def test_the_servers_wall_clock_changes_nothing(reading):
    jumped = parse_pull(RECORDED.replace("btime 1062191376", "btime 4062191376"))
    assert metrics(reading, later_by(jumped)) == metrics(reading, later_by(reading))


def test_use_of_links_is_of_the_busier_direction(reading):
    later = later_by(reading, net={"eth0": (1_250_000, 27_000_000), "br:dmz": (10, 20)})
    found = metrics(reading, later, {"eth0": 1000.0, "gone": 10.0, "br:dmz": 100.0})
    assert {name: value for name, value in found.items() if name.startswith("network")} == {
        "network_percent:eth0": pytest.approx(10.0), "network_percent:br:dmz": 0.0,
    }  # fmt: skip
    fallen = later_by(reading, net={"eth0": (5, 5), "br:dmz": (10, 20)})
    assert "network_percent:eth0" not in metrics(reading, fallen, {"eth0": 1000.0})


def later_by(reading, **changes):
    cpu = tuple(time + 100 for time in reading.cpu)
    return dataclasses.replace(
        reading, **({"uptime_s": reading.uptime_s + 2, "cpu": cpu} | changes)
    )


RATES = {"cpu_percent", "net_rx_bytes_s", "net_tx_bytes_s"}


def test_reboot_is_a_gap(reading):
    found = metrics(reading, later_by(reading, boot_id="another"))
    assert not RATES & found.keys()
    assert found["memory_percent"] == 50.0


def test_uptime_that_went_back_is_a_gap(reading):
    assert not RATES & metrics(reading, later_by(reading, uptime_s=3.0)).keys()


def test_uptime_that_stands_still_gives_no_rates(reading):
    assert not RATES & metrics(reading, later_by(reading, uptime_s=reading.uptime_s)).keys()


def test_cpu_counters_that_fell_are_a_gap(reading):
    found = metrics(reading, later_by(reading, cpu=(1, 0, 1, 50, 0, 0, 0, 0)))
    assert "cpu_percent" not in found
    assert "net_rx_bytes_s" in found


def test_iowait_may_step_back_a_little():
    before = (100, 0, 0, 1000, 50, 0, 0, 0)
    now = (150, 0, 0, 1050, 48, 0, 0, 0)
    assert cpu_percent(before, now) == pytest.approx(50.0)


def test_network_counter_that_fell_is_a_gap_of_the_network_only(reading):
    found = metrics(reading, later_by(reading, net={"eth0": (5, 5)}))
    assert "net_rx_bytes_s" not in found
    assert "cpu_percent" in found


def test_interfaces_that_come_and_go_make_no_spike(reading):
    net = {"eth0": (1000200, 2000400), "veth1": (9e9, 9e9)}
    found = metrics(reading, later_by(reading, net=net))
    assert found["net_rx_bytes_s"] == pytest.approx(100.0)
    assert found["net_tx_bytes_s"] == pytest.approx(200.0)


def test_what_goes_through_two_interfaces_is_counted_once(reading):
    """The bytes of a container: into the host, over its bridge, into its end of the pair."""
    net = {"eth0": (1000, 500), "eth0.7": (1000, 500), "br-1a2b": (900, 400), "veth3f": (900, 400),
           "bond0": (1000, 500), "ens3": (10, 20)}  # fmt: skip
    earlier = dataclasses.replace(reading, net=dict.fromkeys(net, (0, 0)))
    found = metrics(earlier, later_by(reading, net=net))
    assert found["net_rx_bytes_s"] == pytest.approx(505.0)
    assert found["net_tx_bytes_s"] == pytest.approx(260.0)
    inside = dict.fromkeys(["lo", "veth3f"], (800, 400))
    found = metrics(earlier, later_by(reading, net=inside))
    assert found["net_rx_bytes_s"] == pytest.approx(400.0), "all that there is"


def test_a_reading_without_interfaces_is_no_standstill(reading):
    earlier = dataclasses.replace(reading, net={})
    assert "net_rx_bytes_s" not in metrics(earlier, later_by(reading))


counter = st.integers(min_value=0, max_value=2**64).map(float)
cpu = st.lists(counter, min_size=4, max_size=8).map(tuple)
readings = st.builds(
    Counters,
    cpu=cpu,
    uptime_s=st.none() | st.floats(0, 1e9),
    boot_id=st.sampled_from(["", "a", "b"]),
    memory_total=st.none() | counter,
    memory_available=st.none() | counter,
    load_1m=st.none() | st.floats(0, 1e6),
    net=st.dictionaries(st.sampled_from(["lo", "eth0", "eth1"]), st.tuples(counter, counter)),
)


@given(readings, readings)
def test_percents_are_percents_and_rates_are_never_negative(before, now):
    for name, value in metrics(before, now).items():
        assert value >= 0
        if name.endswith("_percent"):
            assert value <= 100


@given(st.text() | st.lists(st.sampled_from(RECORDED.splitlines()) | st.text()).map("\n".join))
def test_any_text_parses_or_is_no_proc(text):
    with contextlib.suppress(NoProc):
        metrics(parse_pull(RECORDED), parse_pull(text))
