"""Where the demo's own scenario lies."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def demo_scenario_path() -> Path:
    """The file of the demo scenario, as installed."""
    return Path(str(resources.files("perfconsole.demo") / "demo.yaml"))
