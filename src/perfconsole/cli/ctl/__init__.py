"""``perfconsole ctl RUN COMMAND ...``: steer a run from a shell.

Each file has commands of one kind; what is imported here is there to be called.
"""

from perfconsole.cli.ctl import (
    ctl_add,
    ctl_groups,
    ctl_kept,
    ctl_limits,
    ctl_load,
    ctl_looking,
    ctl_points,
    ctl_run,
    ctl_servers,
    ctl_vus,
)
from perfconsole.cli.ctl.ctl_group import GROUP, GROUPS, POINT, ctl
from perfconsole.cli.ctl.ctl_sending import send

__all__ = [
    "GROUP",
    "GROUPS",
    "POINT",
    "ctl",
    "ctl_add",
    "ctl_groups",
    "ctl_kept",
    "ctl_limits",
    "ctl_load",
    "ctl_looking",
    "ctl_points",
    "ctl_run",
    "ctl_servers",
    "ctl_vus",
    "send",
]
