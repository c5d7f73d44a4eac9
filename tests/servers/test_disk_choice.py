"""Which file systems are watched, and how full df says they are."""

from __future__ import annotations

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import disk_metrics, read_answer
from perfconsole.servers.linux.disks import parse_df, parse_mounts, used_percent, worth_watching

SERVER = r"""
sysfs /sys sysfs rw 0 0
udev /dev devtmpfs rw 0 0
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
none-such /opt/odd tmpfs rw 0 0
/dev/loop1 /snap/core/1 squashfs ro 0 0
/dev/sr0 /media/cd iso9660 ro 0 0
/dev/nvme0n1p1 /boot/efi vfat rw 0 0
/dev/sdb1 /srv/my\040data xfs rw 0 0
/dev/sdb1 /var/lib/bound/my\040data xfs rw 0 0
tank/home /home zfs rw 0 0
filer:/export /mnt/nfs nfs4 rw 0 0
//nas/share /mnt/cifs cifs rw 0 0
me@host:/ /mnt/sshfs fuse.sshfs rw 0 0
overlay /var/lib/docker/overlay2/abc/merged overlay rw 0 0
/dev/sdc1 /bad\012name ext4 rw 0 0
short line
"""

CONTAINER = """
overlay / overlay rw 0 0
proc /proc proc rw 0 0
tmpfs /dev tmpfs rw 0 0
/dev/sda1 /etc/resolv.conf ext4 rw 0 0
/dev/sda1 /etc/hostname ext4 rw 0 0
/dev/sda1 /etc/hosts ext4 rw 0 0
/dev/sda1 /var/lib/postgresql/data ext4 rw 0 0
"""


def test_real_local_file_systems_once_each():
    chosen = worth_watching(parse_mounts(SERVER.splitlines()))
    assert chosen == ("/", "/boot/efi", "/home", "/srv/my data")


def test_inside_a_container():
    chosen = worth_watching(parse_mounts(CONTAINER.splitlines()))
    assert chosen == ("/", "/var/lib/postgresql/data")


def test_as_df_prints_it():
    """Of 100 blocks 5 are kept for root: 57 used of 95 are 60 %."""
    lines = ["Filesystem 1024-blocks Used Available Capacity Mounted on",
             "/dev/sda1 100 57 38 60% /srv/my data"]  # fmt: skip
    assert parse_df(lines) == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("/dev/sda1 100 95 -3 100% /", 100.0),
        ("odd name 5 with 3 numbers 100 25 75 25% /x", 25.0),
        ("tmpfs 0 0 0 - /x", None),
        ("df: /x: Permission denied", None),
        ("", None),
    ],
)
def test_odd_lines_of_df(line, percent):
    assert parse_df([line]) == percent


@given(st.floats(-1e18, 1e18), st.floats(-1e18, 1e18))
def test_always_a_percent(used, available):
    percent = used_percent(used, available)
    assert percent is None or 0 <= percent <= 100


def test_an_answer_of_the_loop():
    text = (
        "#1\nF 1K U A C M\n/dev/a 10 5 5 50% /\n#inodes\nF I U F C M\n/dev/a 8 2 6 25% /\n#2\n"
        "#3\n/dev/b 10 1 9 10% /b\n#inodes\n/dev/b 0 0 0 - /b\n#mounts\n/dev/a / ext4 rw 0 0\n"
    )
    fullness, lines = read_answer(text, ("/", "/gone", "/b"))
    assert disk_metrics(fullness) == {
        "disk_percent:/": 50.0, "inode_percent:/": 25.0, "disk_percent:/b": 10.0,
    }  # fmt: skip
    assert [mount.where for mount in parse_mounts(lines)] == ["/"]


@given(st.text())
def test_any_answer_is_read(text):
    read_answer(text, ("/",))


def test_figures_that_are_too_old_are_unknown():
    board = Board()
    board.put({"disk_percent:/": 10.0, "disk_percent:/srv": 20.0}, until=100.0)
    board.put({"disk_percent:/": 11.0}, until=160.0)
    assert board.take(100.0)[0] == {"disk_percent:/": 11.0, "disk_percent:/srv": 20.0}
    assert board.take(101.0)[0] == {"disk_percent:/": 11.0}
    assert board.take(161.0)[0] == {}


def test_the_formula_is_psutil_s():
    usage = psutil.disk_usage("/")
    assert used_percent(usage.used, usage.free) == pytest.approx(usage.percent, abs=0.1)
