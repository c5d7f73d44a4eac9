"""``perfconsole ctl``, with the commands of all its files."""

from __future__ import annotations

from perfconsole.cli import ctl_kept, ctl_vus
from perfconsole.cli.ctl import ctl

__all__ = ["ctl", "ctl_kept", "ctl_vus"]
