"""Which metrics of a server stand on the first screen: the others explain them.

Of these everything is kept as of the load itself. Of the others there may be a hundred on a server:
their history is shorter, and where there is no room for all they stand back.
"""

from __future__ import annotations

from perfconsole.model.server_metrics import kind_of

MAIN = (
    "cpu_percent", "memory_percent", "disk_percent", "load_1m", "net_rx_bytes_s", "net_tx_bytes_s",
)  # fmt: skip


def is_main(metric: str) -> bool:
    """``disk_percent:/data`` is, as ``disk_percent``."""
    return kind_of(metric) in MAIN
