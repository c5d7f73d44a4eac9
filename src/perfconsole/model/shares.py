"""How a group's VUs, and what they do together, are spread over the injectors that live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def shares(total: int, injectors: Sequence[int], offset: int) -> dict[int, int]:
    """`total` VUs spread as evenly as whole numbers allow; they add up to `total`.

    `offset` (the group's index) turns the order, so that the odd VUs of several groups do not all
    fall on the first injector.
    """
    if not injectors:
        return {}
    each, odd = divmod(total, len(injectors))
    turned = [injectors[(i + offset) % len(injectors)] for i in range(len(injectors))]
    return {injector: each + (rank < odd) for rank, injector in enumerate(turned)}


def proportional(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """`total` shared by `weights` (one of them above 0), in their order; it adds up to `total`."""
    whole, before, given = sum(weights.values()), 0, {}
    for key, weight in weights.items():
        after = before + weight
        given[key] = -(-total * after // whole) + (-total * before // whole)
        before = after
    return given


def in_whole(exact: Mapping[str, float], total: int) -> dict[str, int]:
    """`exact`, which add up to `total`, in whole numbers that do: largest remainders first."""
    parts = {name: math.floor(share + 1e-9) for name, share in exact.items()}
    by_remainder = sorted(parts, key=lambda name: parts[name] - exact[name])
    for name in by_remainder[: total - sum(parts.values())]:
        parts[name] += 1
    return parts


def more_or_fewer(now: Mapping[str, int], weights: Mapping[str, float], by: int) -> dict[str, int]:
    """What becomes of the parts `now` when their sum changes by so many, not below 0.

    Those furthest from their share by weight change most; none against the change.
    """
    before, whole = sum(now.values()), sum(weights.values())
    total = max(0, before + by)
    gaps = {name: total * weight / whole - now[name] for name, weight in weights.items()}
    to_fill = {name: max(0.0, gap) if by > 0 else min(0.0, gap) for name, gap in gaps.items()}
    fill = (total - before) / (sum(to_fill.values()) or 1.0)
    return in_whole({name: now[name] + gap * fill for name, gap in to_fill.items()}, total)
