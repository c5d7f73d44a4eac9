"""How a group's VUs, and what they do together, are spread over the injectors that live."""

from __future__ import annotations

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
