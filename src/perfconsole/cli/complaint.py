"""How a command says that it cannot do what was asked."""

from __future__ import annotations

import click


class Complaint(click.ClickException):
    """Bad input or a refusal: its lines go to stderr as they are, and the status is ours."""

    def __init__(self, text: object, exit_status: int = 2) -> None:
        super().__init__(str(text))
        self.exit_status = exit_status
