"""``perfconsole import KIND SOURCE``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.run_command import TakesCurl
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.importers.draft import Draft


@click.group("import", short_help="Make a scenario of a curl command, a recording, a log, ...")
def import_() -> None:
    """Make a scenario of what one has already, and print it.

    What cannot be carried over is listed at its beginning and on standard error. Secrets are not
    written down: the scenario takes them from the environment.
    """


out_option = click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it here instead."
)


@import_.command(cls=TakesCurl, short_help="Of curl commands.")
@click.argument("source", metavar="FILE|COMMAND")
@out_option
def curl(source: str, out: Path | None) -> int:
    """Of curl commands: in a file, piped (-), or one pasted behind the flags.

    \b
    perfconsole import curl -o cart.yaml curl 'https://shop.example/cart' -H 'Accept: text/html'
    pbpaste | perfconsole import curl - -o cart.yaml
    """
    from perfconsole.importers.curl import from_curl

    text = source if source.lstrip().startswith("curl ") else _text(source)
    return _written(_made(source, lambda: from_curl(text)), out)


@import_.command(short_help="Of a browser's recording (HAR).")
@click.argument("source", metavar="FILE")
@click.option("--host", multiple=True, metavar="HOST", help="The one to load; most pages if unset.")
@click.option("--static", is_flag=True, help="Keep images, styles and scripts.")
@out_option
def har(source: str, host: tuple[str, ...], static: bool, out: Path | None) -> int:
    """Of a browser's recording: pages become transactions, pauses think times."""
    from perfconsole.importers.har import from_har

    text = _text(source)
    return _written(_made(source, lambda: from_har(text, host, static=static)), out)


@import_.command(short_help="Of an access log of nginx or Apache, or JSON lines.")
@click.argument("sources", metavar="FILE...", nargs=-1, required=True)
@click.option("--target", metavar="URL", required=True, help="Where the load is to go.")
@out_option
def accesslog(sources: tuple[str, ...], target: str, out: Path | None) -> int:
    """Of access logs, packed (.gz) or not: the mix, the busiest hour's rate, the day's curve."""
    from perfconsole.importers.accesslog import from_accesslog, lines_of

    paths = [Path(source) for source in sources]
    return _written(_made(sources[0], lambda: from_accesslog(lines_of(paths), target)), out)


@import_.command(short_help="Of an OpenAPI or Swagger description.")
@click.argument("source", metavar="FILE")
@click.option("--target", metavar="URL", help="Instead of the server that it names.")
@click.option("--writing", is_flag=True, help="POST, PUT, PATCH and DELETE too.")
@out_option
def openapi(source: str, target: str | None, writing: bool, out: Path | None) -> int:
    """Of an OpenAPI or Swagger description, JSON or YAML: a request for each operation."""
    from perfconsole.importers.openapi import from_openapi

    text = _text(source)
    return _written(_made(source, lambda: from_openapi(text, target, writing=writing)), out)


@import_.command(short_help="Of the targets of vegeta.")
@click.argument("source", metavar="FILE")
@click.option("--rate", metavar="RATE", help="As of vegeta attack -rate, e.g. 50/s.")
@out_option
def vegeta(source: str, rate: str | None, out: Path | None) -> int:
    """Of the targets of vegeta, in its text or JSON format: asked in turn, at a rate."""
    from perfconsole.cli.scenarios import rate as parsed
    from perfconsole.importers.vegeta import from_vegeta

    parsed("--rate", rate)
    text = _text(source)
    base = str(Path.cwd() if source == "-" else Path(source).resolve().parent)
    return _written(_made(source, lambda: from_vegeta(text, base, rate)), out)


@import_.command(short_help="Of a test plan of JMeter.")
@click.argument("source", metavar="FILE")
@click.option("--target", metavar="URL", help="Instead of the server that the plan names.")
@out_option
def jmx(source: str, target: str | None, out: Path | None) -> int:
    """Of a test plan of JMeter: thread groups, HTTP samplers, timers, CSV data, assertions and
    extractors. What is not carried over is listed."""
    from perfconsole.importers.jmx import from_jmx

    text = _text(source)
    return _written(_made(source, lambda: from_jmx(text, target)), out)


def _text(source: str) -> str:
    """Of a file, or of what is piped. Raises Complaint."""
    if source == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    try:
        return Path(source).read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or say("its name is no file name")).lower()
        raise Complaint(say("{file}: cannot be read: {why}", file=source, why=why)) from None


def _made(source: str, make: Callable[[], Draft]) -> Draft:
    """Raises Complaint naming the source."""
    from perfconsole.importers.draft import ImportFault

    try:
        return make()
    except ImportFault as fault:
        name = source if "\n" not in source and len(source) < 200 else say("the command")
        raise Complaint(f"{name}: {fault}") from None


def _written(draft: Draft, out: Path | None) -> int:
    """Print the scenario or put it into a file, and what is to be looked at on standard error."""
    from perfconsole.importers.writing import scenario_text

    text = scenario_text(draft)
    if out is None:
        click.echo(text, nl=False)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Complaint(say("{file}: cannot be written: {why}", file=out, why=why)) from None
    for note in draft.notes:
        click.echo(note, err=True)
    if draft.environment:
        names = ", ".join(draft.environment)
        click.echo(say("set before a run, for secrets are not written: {names}", names=names),
                   err=True)  # fmt: skip
    if out is not None:
        click.echo(say("wrote {file}; perfconsole check {file} shows what it does", file=out),
                   err=True)  # fmt: skip
    return 0
