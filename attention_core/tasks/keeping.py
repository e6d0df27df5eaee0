"""What was used last, kept: a dictionary with a bound."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any


def kept(store: OrderedDict, name: tuple, make: Callable[[], Any], most: int) -> Any:
    """What is kept under the name, made if it is not there; so many that were used last are kept."""
    if name not in store:
        store[name] = make()
        while len(store) > most:
            store.popitem(last=False)
    store.move_to_end(name)
    return store[name]
