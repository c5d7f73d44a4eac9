"""``perfconsole ctl RUN`` for single VUs: listed, stopped, paused and resumed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.ctl.ctl_group import GROUP, ctl, found
from perfconsole.cli.ctl.ctl_sending import over_text, send
from perfconsole.cli.ctl.stop_mode import mode_of
from perfconsole.cli.finding import author
from perfconsole.cli.printing import show
from perfconsole.metrics.vu_words import step_words
from perfconsole.model.states import VuState
from perfconsole.report.ink import Ink
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.command import Command
    from perfconsole.model.vu_page import VuPage

STEP_CELLS = 40
_INK = Ink(colour=True)
_VUS = click.argument("vus", nargs=-1, required=True, metavar="VU...")


@ctl.command("list", short_help="The VUs of a group.")
@GROUP
@click.option("--first", type=click.IntRange(0), default=0, help="Leave so many out before.")
@click.option("--count", type=click.IntRange(1, 1000), default=100, help="List so many; 100.")
@click.option("--state", type=click.Choice([state.value for state in VuState]),
              help="Only those in this state.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def list_(run: str, group: str, first: int, count: int, state: str | None, as_json: bool) -> int:
    """List VUs of GROUP: each with its state, the step it is at, its iterations and its last error.

    A VU is called by its load generator and its number there, such as 0.17: so the other commands
    for single VUs want it.
    """
    from perfconsole.client.api import ControllerGone, NoSuchThing

    try:
        page = asyncio.run(_page(run, group, first, count, state))
    except NoSuchThing as error:
        raise Complaint(str(error), 1) from None
    except ControllerGone as error:
        raise Complaint(over_text(run, error), 3) from None
    if as_json:
        import msgspec

        show(json.dumps(msgspec.to_builtins(page), ensure_ascii=False, indent=2))
        return 0
    show("\n".join(_lines(page)))
    for injector in page.missing:
        show(say("load generator {n} did not answer: its VUs are missing", n=injector), err=True)
    return 0


async def _page(run: str, group: str, first: int, count: int, state: str | None) -> VuPage:
    from perfconsole.client.api import RunClient

    client = RunClient(found(run).socket, kind="ctl", by=author())
    try:
        return await client.vus(group, first, count, VuState(state) if state else None)
    finally:
        await client.close()


def _lines(page: VuPage) -> list[str]:
    heads = (say("VU"), say("state"), say("iterations"), say("failed"), say("step"))
    rows = [
        (vu.id, vu.state.value, f"{vu.iterations:,}", f"{vu.failed:,}", _INK.words(step_words(vu)))
        for vu in page.vus
    ]
    errors = [say("last error"), *(_INK.words(vu.last_error) for vu in page.vus)]
    lines = [
        f"{line}  {error}".rstrip() for line, error in zip(_table(heads, rows), errors, strict=True)
    ]
    return [*lines, say("{n:,} of {total:,} VUs", n=len(page.vus), total=page.total)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Names left, figures right; the last column is cut at `STEP_CELLS`."""
    from rich.cells import cell_len, set_cell_size

    from perfconsole.report.text_table import shortened

    table = [(*row[:-1], shortened(row[-1], STEP_CELLS, _INK)) for row in (heads, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            " " * (width - cell_len(cell)) + cell if place in (2, 3) else set_cell_size(cell, width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]


@ctl.command("stop-vu", short_help="Stop single VUs of a group.")
@GROUP
@_VUS
@click.option("--after-request", is_flag=True, help="They leave when their request is answered.")
@click.option("--now", is_flag=True, help="Requests in flight are cut.")
@click.pass_obj
def stop_vu(run: str, group: str, vus: tuple[str, ...], after_request: bool, now: bool) -> int:
    """Stop these VUs of GROUP, such as 0.17, after their iteration unless told otherwise. Nobody
    takes their place: the group wants so many fewer from then on, by hand."""
    from perfconsole.model.command import StopVus

    return send(run, _made(StopVus, group, vus, mode=mode_of(after_request, now)))


@ctl.command("pause-vu", short_help="Hold single VUs of a group at their next step.")
@GROUP
@_VUS
@click.pass_obj
def pause_vu(run: str, group: str, vus: tuple[str, ...]) -> int:
    """Hold these VUs of GROUP, such as 0.17, at their next step until they are resumed, or their
    group is."""
    from perfconsole.model.command import PauseVus

    return send(run, _made(PauseVus, group, vus))


@ctl.command("resume-vu", short_help="Let VUs go on that are paused alone.")
@GROUP
@_VUS
@click.pass_obj
def resume_vu(run: str, group: str, vus: tuple[str, ...]) -> int:
    from perfconsole.model.command import PauseVus

    return send(run, _made(PauseVus, group, vus, on=False))


def _made(kind: Any, group: str, vus: tuple[str, ...], **how: Any) -> Command:
    """Raises Complaint for what is no id."""
    from pydantic import TypeAdapter, ValidationError

    from perfconsole.model.vu_commands import VuId

    for vu in vus:
        try:
            TypeAdapter(VuId).validate_python(vu)
        except ValidationError:
            raise Complaint(
                say("{vu!r} is no VU; write load generator and number, such as 0.17", vu=vu)
            ) from None
    command: Command = kind(group=group, vus=vus, **how)
    return command
