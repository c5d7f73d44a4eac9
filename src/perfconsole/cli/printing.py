"""Printing to whoever reads, for as long as somebody does."""

from __future__ import annotations

import os

import click


def show(text: str, *, err: bool = False, newline: bool = True) -> None:
    """Print `text`; a reader that went away (as head does) is no error of ours."""
    try:
        click.echo(text, nl=newline, err=err)
    except BrokenPipeError:
        nobody_reads(2 if err else 1)


def fit(text: str) -> str:
    """`text` in its lines, without what a terminal would obey: what a server or a file says may
    stand in it."""
    return "\n".join(
        line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)
        for line in text.split("\n")
    )


def nobody_reads(*descriptors: int) -> None:
    """What is still printed there goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
