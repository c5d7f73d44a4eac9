"""``--var NAME=VALUE``, for all commands that read a scenario."""

from __future__ import annotations

import click

from perfconsole.texts import say


def _by_name(
    context: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str]:
    """Never repeats a value: it may be a secret."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        wrong = None
        if not sign or not name.strip():
            wrong = say("write a name and a value, such as --var host=shop.example")
        elif text.encode("utf-8", "replace").decode() != text:
            wrong = say("the value of {name} is no UTF-8 text", name=name)
        if wrong:
            raise click.BadParameter(wrong, context, parameter)
        given[name.strip()] = text
    return given


var_option = click.option(
    "--var",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_by_name,
    help="Value of a variable of the scenario; may be repeated.",
)
"""Hands the command `given`: values by name, the last one of each."""
