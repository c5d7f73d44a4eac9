"""``perfconsole ctl``: what its commands have in common on the command line."""

from __future__ import annotations

import json
from typing import Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.completing import groups_of_run, points_of_run, run_ids
from perfconsole.cli.finding import find_living
from perfconsole.journal.folder import RunFolder

GROUPS = click.argument(
    "groups", nargs=-1, required=True, metavar="GROUP...|all", shell_complete=groups_of_run
)
GROUP = click.argument("group", shell_complete=groups_of_run)
POINT = click.argument("point", shell_complete=points_of_run)
IN_JSON = "perfconsole.cli.ctl.json"
"""Key of a context's meta: the answer is wanted in JSON."""
SURE = "perfconsole.cli.ctl.sure"
"""Key of a context's meta: questions are answered with yes."""
_FOUND = "perfconsole.cli.ctl.found"
"""Key of a context's meta: the run's folder."""
_YES = "--yes"


class Steering(click.Command):
    """Each of them takes ``--json``, and says in one line what no run would take."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if all(option.name != "as_json" for option in self.params):
            self.params.append(
                click.Option(
                    ["--json", "as_json"],
                    is_flag=True,
                    expose_value=False,
                    callback=_asks_for_json,
                    help='Answer as {"ok": ..., "said": ..., "seq": ..., "asks": ...}.',
                )
            )

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ValueError as error:
            from pydantic import ValidationError

            from perfconsole.model.invalid import first_fault

            if not isinstance(error, ValidationError):
                raise
            return _told(ctx, Complaint(f"{self.name}: {first_fault(error)}"))
        except Complaint as complaint:
            return _told(ctx, complaint)


def _told(ctx: click.Context, complaint: Complaint) -> int:
    """In JSON where that was asked for. Raises Complaint."""
    if not (ctx.meta.get(IN_JSON) or ctx.params.get("as_json")):
        raise complaint
    answer_in_json(str(complaint), ok=False)
    return complaint.exit_status


def answer_in_json(said: str, *, ok: bool, seq: int = 0, asks: bool = False) -> None:
    told = {"ok": ok, "said": said, "seq": seq, "asks": asks}
    click.echo(json.dumps(told, ensure_ascii=False))


def found(run: str) -> RunFolder:
    """What `run` is, found out once for a command: ``last`` must not become another run between a
    question and its answer. Raises Complaint."""
    meta = click.get_current_context().meta
    if _FOUND not in meta:
        meta[_FOUND] = find_living(run)
    folder: RunFolder = meta[_FOUND]
    return folder


def _asks_for_json(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    ctx.meta[IN_JSON] = asked


class Ctl(click.Group):
    """Takes ``--yes`` wherever it stands: people add it at the end."""

    command_class = Steering

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if _YES in args:
            args = [_YES, *(arg for arg in args if arg != _YES)]
        return super().parse_args(ctx, args)


@click.group(cls=Ctl, short_help="Steer a run from a shell.")
@click.argument("run", shell_complete=run_ids)
@click.option(_YES, is_flag=True, help="Answer questions with yes.")
@click.pass_context
def ctl(ctx: click.Context, run: str, yes: bool) -> None:
    """Steer RUN (an id, the beginning of one, a path, or last) from a shell.

    \b
    perfconsole ctl last status
    perfconsole ctl last vus browse 300 --over 2m
    perfconsole ctl last rate search 150/s --over 30s
    perfconsole ctl last schedule browse 'to 500 over 5m, hold 10m, to 0'
    perfconsole ctl last think browse 0.5
    perfconsole ctl last pause all
    perfconsole ctl last undo
    perfconsole ctl last wait --until 'vus>=200' --timeout 5m
    perfconsole ctl last vus --help         the flags of one command

    What would end VUs, or load far more than now, asks first; without a terminal it is done with
    --yes only.

    With --json behind it every command answers in JSON. The API itself is for curl as well, on the
    run's socket; "perfconsole ctl last api" prints how:

    \b
    curl --unix-socket SOCKET http://controller/v1/status
    curl --unix-socket SOCKET http://controller/v1/commands \\
        -d '{"id": "1", "by": "anna", "command": {"do": "pause", "groups": ["all"]}}'

    Exit status: 0 done; 1 refused, or a question that needs --yes; 2 wrong usage; 3 the run is over
    or cannot be reached.
    """
    ctx.obj = run
    ctx.meta[SURE] = yes
