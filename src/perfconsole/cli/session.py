"""A front end's whole session with a run: look on (console or headless), then tell how it ended."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.finding import alive, author
from perfconsole.cli.interrupts import Interrupts
from perfconsole.cli.own_name import own_name
from perfconsole.cli.printing import show
from perfconsole.client.launch import Starting, StartRefused
from perfconsole.journal.folder import RunFolder
from perfconsole.model.listen import hint
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.model.command import AddGroup


@dataclass(frozen=True, slots=True)
class SessionOptions:
    headless: bool = False
    detach: bool = False
    """Start, say the run's id, and leave at once."""
    summary: Path | None = None
    ends_alone_s: float | None = None
    """The run ends by itself when nobody has come back for this long."""
    keepable: bool = False
    """Leaving on purpose ends that limit."""
    viewer: bool = False
    """Look on and steer nothing."""


def hold_session(starting: Starting, options: SessionOptions) -> int:
    """From a controller on its way up to the exit status."""
    if options.detach or options.headless:
        try:
            starting.wait()
        except StartRefused as refusal:
            raise Complaint(refusal, refusal.exit_status) from None
    if options.detach:
        show(starting.folder.run)
        show(leave_hint(starting.folder), err=True)
        if starting.folder.api_url.exists():
            url = starting.folder.api_url.read_text().strip()
            show(hint(url, starting.folder.run), err=True)
        return 0
    if options.headless:
        return _headless(starting.folder, options)
    return look_on(starting.folder, options, starting)


def _headless(folder: RunFolder, options: SessionOptions) -> int:
    with Interrupts() as interrupts:
        from perfconsole.cli.headless import follow

        show(say("run {run}", run=folder.run), err=True)
        ended, interrupted = follow(folder, interrupts), interrupts.count > 0
        if not ended and alive(folder):
            raise Complaint(
                say(
                    "run {run}: its controller hangs; perfconsole attach {run} may find it well",
                    run=folder.run,
                ),
                3,
            )
        status = tell(folder, options, over=True)
    return 130 if interrupted else status


def _curl_group(name: str, text: str, **load: Any) -> AddGroup:
    """The command for a group of pasted curl commands. Raises ValueError."""
    from perfconsole.importers.curl_group import curl_group
    from perfconsole.importers.draft import ImportFault

    try:
        return curl_group(name, text, **load)
    except ImportFault as fault:
        raise ValueError(str(fault)) from None


def look_on(folder: RunFolder, options: SessionOptions, starting: Starting | None = None) -> int:
    """Open the console on a run; returns the exit status once the user has left it."""
    demand_terminal()
    from perfconsole.console.app import run_console
    from perfconsole.console.departure import Leave

    async def connect():  # type: ignore[no-untyped-def] # RunClient is imported after the first frame
        if starting is not None:
            await asyncio.to_thread(starting.wait)
        from perfconsole.client.api import RunClient

        kind = "viewer" if options.viewer else "console"
        return RunClient(folder.socket, kind=kind, by=author())

    try:
        departure = run_console(
            connect,
            run=folder.run,
            leave_hint=f"{own_name()} attach {folder.run}",
            slow="SSH_CONNECTION" in os.environ,
            viewer=options.viewer,
            read_curl=_curl_group,
        )
        if starting is not None:
            starting.wait()  # left before the run was on: it may have been refused
    except StartRefused as refusal:
        raise Complaint(refusal, refusal.exit_status) from None
    match departure.how:
        case Leave.DETACHED | Leave.TERMINATED:
            show(leave_hint(folder))
            if options.summary is not None:
                show(
                    say(
                        "{path} is not written now; perfconsole report {run} --format json has it",
                        path=options.summary,
                        run=folder.run,
                    )
                )
            kept = options.keepable and departure.how is Leave.DETACHED
            if options.ends_alone_s is not None and not kept:
                show(
                    say(
                        "it ends by itself when nobody comes back within {n:.0f} s",
                        n=options.ends_alone_s,
                    )
                )
            return 0
        case Leave.STOPPED:
            from perfconsole.cli.headless import follow

            show(say("waiting for the last VUs to stop"), err=True)
            with Interrupts() as interrupts:
                follow(folder, interrupts, quiet=True)
    return tell(folder, options, over=departure.how is not Leave.LOST)


def demand_terminal() -> None:
    """Raises Complaint where no console can be drawn."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Complaint(say("no terminal to draw the console on; add --headless"))


def leave_hint(folder: RunFolder) -> str:
    return say("the load goes on; come back with: {perfconsole} attach {run}",
               perfconsole=own_name(), run=folder.run)  # fmt: skip


def tell(folder: RunFolder, options: SessionOptions, *, over: bool = False) -> int:
    """Print how the run ended, write its summary, and return the exit status.

    `over`: its end was seen, even if its journal could not keep it.
    """
    from perfconsole.cli.show import page, read
    from perfconsole.report.json_text import to_json

    try:
        summary, view = read(folder, over=over)
    except Complaint as complaint:  # its own journal is gone: no bad input
        raise Complaint(complaint.message, 3) from None
    show(page(summary, view))
    verdict = summary.verdict.value.upper().replace("_", " ")
    why = f": {summary.reasons[0]}" if summary.reasons else ""
    show(say("{verdict}{why}  perfconsole show {run}", verdict=verdict, why=why, run=summary.run))
    if options.summary is not None:
        try:
            options.summary.write_text(to_json(summary), encoding="utf-8")
        except OSError as error:
            raise Complaint(
                say(
                    "cannot write {path}: {why}; perfconsole report {run} --format json has it",
                    path=options.summary,
                    why=error.strerror or error,
                    run=folder.run,
                ),
                3,
            ) from None
    return summary.verdict.exit_status
