"""``perfconsole completion SHELL``."""

from __future__ import annotations

import click

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say


@click.command(short_help="Print what completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that makes tab complete commands, flags, runs, groups and rendezvous.

    \b
    bash   echo 'eval "$(perfconsole completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(perfconsole completion zsh)"' >> ~/.zshrc
    fish   perfconsole completion fish > ~/.config/fish/completions/perfconsole.fish
    """
    from click.shell_completion import get_completion_class

    from perfconsole.cli.main import COMPLETE, program

    kind = get_completion_class(shell)
    if kind is None:
        raise Complaint(say("{shell}: this shell is not known", shell=shell))
    script = kind(program, {}, "perfconsole", COMPLETE)
    click.echo(script.source_template % script.source_vars())
    return 0
