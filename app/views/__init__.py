"""Pages: one file each, found by its PAGE."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """What a page declares.

    Args:
        name: Its name, that of its file; in the address an underscore becomes a hyphen.
        title: Its name in the navigation.
        order: Its place in the navigation; the lowest opens first.
        render: Draws it.
        left_out: Says in a sentence what of it no link carries; empty if a link carries it all.
    """

    name: str
    title: str
    order: int
    render: Callable[[], None]
    left_out: Callable[[], str] = str

    @property
    def path(self) -> str:
        """Its name in the address."""
        return self.name.replace("_", "-")
