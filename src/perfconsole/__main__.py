"""``python -m perfconsole``."""

from perfconsole.cli.main import main

main()
