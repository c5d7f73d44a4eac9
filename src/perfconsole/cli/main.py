"""The program: finds the command, runs it, and turns whatever goes wrong into one clear line."""

from __future__ import annotations

import importlib
import os
import sys

import click

import perfconsole
from perfconsole.cli.complaint import Complaint
from perfconsole.cli.printing import fit, nobody_reads
from perfconsole.texts import say

COMMANDS = {
    "run": "perfconsole.cli.run_command:run",
    "demo": "perfconsole.cli.demo:demo",
    "attach": "perfconsole.cli.attach:attach",
    "runs": "perfconsole.cli.runs:runs",
    "ctl": "perfconsole.cli.ctl:ctl",
    "watch": "perfconsole.cli.watch:watch",
    "check": "perfconsole.cli.check:check",
    "try": "perfconsole.cli.try_command:try_",
    "import": "perfconsole.cli.importing:import_",
    "show": "perfconsole.cli.show:show",
    "report": "perfconsole.cli.show:report",
    "target": "perfconsole.cli.target_command:target",
    "schema": "perfconsole.cli.schema_command:schema",
    "hosts": "perfconsole.cli.hosts:hosts",
    "completion": "perfconsole.cli.completion:completion",
}


TRACEBACK = "PERFCONSOLE_TRACEBACK"
"""Environment variable that shows where perfconsole itself failed."""


COMPLETE = "_PERFCONSOLE_COMPLETE"
"""Environment variable with which a shell asks what might come next."""


class Program(click.Group):
    """Imports a command only when it is asked for, so that the first frame comes soon."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(perfconsole.__version__, prog_name="perfconsole")
def program() -> None:
    """Drive a load test by hand: start it, steer it, watch it and its servers, get a verdict."""


def main() -> None:
    """Run the program and exit: 2 for bad input, 130 when interrupted, else the command's own."""
    if COMPLETE in os.environ:
        from perfconsole.cli.completing import complete

        sys.exit(complete(program, os.environ[COMPLETE]))
    try:
        # not program.main(): it ends with 1, our "failed", when a reader such as head goes away
        with program.make_context("perfconsole", sys.argv[1:]) as context:
            status = program.invoke(context)
    except click.exceptions.Exit as end:
        status = end.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        status = 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 2
    except click.UsageError as error:
        at = error.ctx.command_path if error.ctx else "perfconsole"
        _complain(
            say(
                "{command}: {why}; see {command} --help",
                command=at,
                why=_lowered(error.format_message()),
            )
        )
        status = 2
    except Complaint as complaint:
        _complain(complaint.message)
        status = complaint.exit_status
    except click.ClickException as error:
        _complain(error.format_message())
        status = error.exit_code
    except BrokenPipeError:
        nobody_reads(1, 2)
        status = 0
    except UnicodeError as error:
        _complain(say("this is no text: {why}", why=error))
        status = 2
    except Exception as error:  # a bug: one line for the person, the rest on request
        if TRACEBACK in os.environ:
            raise
        kind = type(error).__name__
        first = str(error).strip().split("\n")[0]
        _complain(
            say(
                "perfconsole itself failed: {kind}: {why} ({name}=1 shows where)",
                kind=kind,
                why=first,
                name=TRACEBACK,
            )
        )
        status = 3
    sys.exit(status if isinstance(status, int) else 0)


def _lowered(text: str) -> str:
    text = text.rstrip(".").replace("\n", " ")
    return text[:1].lower() + text[1:]


def _complain(text: str) -> None:
    click.echo(fit(text), err=True)
