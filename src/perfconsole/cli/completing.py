"""What a shell offers when tab is pressed: runs, and the groups and points of a living one.

It is quick, and silent whatever goes wrong: somebody is in the middle of a line.
"""

from __future__ import annotations

import contextlib

import click

MOST = 50


def complete(program: click.Command, instruction: str) -> int:
    """Answer the script that `perfconsole completion` printed; returns the exit status."""
    from click.shell_completion import shell_complete

    from perfconsole.cli.main import COMPLETE

    try:
        return shell_complete(program, {}, "perfconsole", COMPLETE, instruction)
    except Exception:  # no traceback into a line that is being written
        return 1


def run_ids(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """``last`` and the runs of this machine, the newest first."""
    from perfconsole.journal.folder import all_folders

    with contextlib.suppress(Exception):
        ids = ["last", *(folder.run for folder in reversed(all_folders()))]
        return [run for run in ids if run.startswith(begun)][:MOST]
    return []


def groups_of_run(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Those of the run that the line is about; ``all`` where several may be named."""
    every = ["all"] if param.nargs == -1 else []
    return _fitting(ctx, "groups", begun, every)


def points_of_run(ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    return _fitting(ctx, "rendezvous", begun, [])


def _fitting(ctx: click.Context, key: str, begun: str, besides: list[str]) -> list[str]:
    from perfconsole.cli.finding import find_living, status_of

    with contextlib.suppress(Exception):
        assert ctx.parent is not None
        names = [*status_of(find_living(ctx.parent.params["run"]))[key], *besides]
        return [name for name in names if name.startswith(begun)]
    return []
