"""Pages: one file each, found by its PAGE."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """What a page declares.

    Args:
        name: Its name in the address, where an underscore becomes a hyphen.
        title: Its name in the navigation.
        order: Its place in the navigation; the lowest opens first.
        render: Draws it.
    """

    name: str
    title: str
    order: int
    render: Callable[[], None]
