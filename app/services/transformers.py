"""Transformers for the page: which there are, and what one made of an input, kept while there is room for it."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import heads, services
from app.attending import Picture
from app.operations import measures
from app.services.turns import in_turn
from app.state import Upload
from attention_core import transformers as core
from attention_core.encoders.image import open_picture

MOST_BYTES = 400_000_000  # of weights kept for all visitors
MOST_CLASSES = 3
KEPT_READS, KEPT_HEADS, KEPT_WORDS = 3, 1, 8  # of one visitor


@dataclass(frozen=True)
class Given:
    """What a transformer is to read: a text, a target for an encoder-decoder, token ids, or a picture."""

    text: str = ""
    target: str = ""
    ids: tuple[int, ...] = ()
    image: Any = None


@dataclass(frozen=True)
class Read:
    """What a transformer made of an input.

    Args:
        stacks: By kind, as `Transformer.attend` returns them.
        most: How many tokens it can read at once.
        is_cut: Whether there were more.
        picture: What it looked at, or None.
        classes: The most probable classes of a picture with their probabilities.
        seconds: What the forward pass took.
        digest: Names model and input.
        device: In words.
    """

    stacks: Mapping[str, Any]
    most: int
    is_cut: bool
    picture: Picture | None
    classes: tuple[tuple[str, float], ...]
    seconds: float
    digest: str
    device: str
    made: dict[tuple, Any] = field(default_factory=dict)  # what is made of these when it is asked for

    def stack(self, kind: str, hides_special: bool) -> Any:
        """The stack of that kind, with special tokens or without. Raises ValueError if there are no others."""
        return self._once(("stack", kind), self.stacks[kind].without_special) if hides_special else self.stacks[kind]

    def strengths(self, kind: str, hides_special: bool) -> np.ndarray | None:
        """(L, H, 5) of HABITS in that stack; None for a target over its source."""
        if kind == "cross":
            return None
        stack = self.stack(kind, hides_special)
        return self._once(("strengths", kind, hides_special), lambda: core.habits(stack.weights, kind == "decoder"))

    def small(self, kind: str, hides_special: bool, *look: Any) -> np.ndarray:
        """All heads of that stack, as `heads.small` makes them of it and of `look`; the last ones are kept."""
        key = ("small", kind, hides_special, *look)
        for old in [own for own in self.made if own[0] == "small" and own != key]:
            self.made.pop(old, None)
        return self._once(key, lambda: heads.small(self.stack(kind, hides_special), *look))

    def _once(self, key: tuple, make: Callable[[], Any]) -> Any:
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    @property
    def bytes(self) -> int:
        """How much its weights take."""
        made = [own for key, own in list(self.made.items()) if key[0] == "stack"]
        return sum(own.weights.nbytes for own in (*self.stacks.values(), *made))


class Shelf:
    """What was read last: so much of one visitor, so many bytes in all; what nobody looked at for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self._lock = most, OrderedDict(), threading.Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Read]) -> Read:
        """What is kept under the key, a visitor and a name; or what `make` makes of it now."""
        now = time.monotonic()
        with self._lock:
            for old in [own for own, (_, seen) in self._kept.items() if now - seen > services.KEPT_SECONDS]:
                del self._kept[old]
            found = self._kept.pop(key, None)
            if found is not None:
                self._kept[key] = (found[0], now)
                return found[0]
        made = make()
        with self._lock:
            self._kept[key] = (made, now)
            for old in [own for own in self._kept if own[0] == key[0]][:-KEPT_READS]:
                del self._kept[old]
            while len(self._kept) > 1 and sum(own.bytes for own, _ in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return made


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf(MOST_BYTES)


def names() -> list[str]:
    """The transformers that a visitor may choose among."""
    return core.transformer_names()


def transformer(name: str) -> Any:
    """The transformer of that name, shared by all visitors. Raises InputError."""
    return core.open_transformer(name)


def read(name: str, given: Given) -> Read:
    """What the transformer makes of the input: all layers and heads. Raises InputError.

    It is kept for this visitor alone.
    """
    context = get_script_run_ctx()
    own, digest = transformer(name), _digest(name, given)
    return _shelf().get((context.session_id if context else "", digest), lambda: in_turn(lambda: _read(name, own, given, digest)))


@st.cache_resource(scope="session", max_entries=KEPT_HEADS, ttl=services.KEPT_SECONDS, show_spinner=False)
def layer_of(name: str, digest: str, kind: str, layer: int, _given: Given) -> Any:
    """The stack of that kind with one layer, and with its queries, keys and values; `_given` is what the digest names."""
    own = transformer(name)
    return in_turn(lambda: own.attend(**_taken(own, _given), layers=[layer], states=True)[kind])


@st.cache_resource(scope="session", max_entries=KEPT_WORDS, ttl=services.KEPT_SECONDS, show_spinner=False)
def next_energies(name: str, ids: tuple[int, ...]) -> np.ndarray:
    """(V,) how strongly each token is proposed after these."""
    own = transformer(name)
    return in_turn(lambda: core.next_energies(own, ids))


def next_words(name: str, ids: Sequence[int], count: int, **how: float) -> list[tuple[str, float]]:
    """The most probable next tokens with their probabilities; only the sampling is computed again when `how` changes."""
    chances = core.sampling(next_energies(name, tuple(ids)), **how)
    best = np.argsort(-chances, kind="stable")[:count]
    labels = transformer(name).tokens(best.tolist())
    return [(label, float(chances[n])) for n, label in zip(best, labels, strict=True) if chances[n] > 0]


def write_word(name: str, ids: Sequence[int], seed: int, **how: float) -> tuple[int, ...]:
    """The token ids with one more word. Raises InputError."""
    own = transformer(name)
    return in_turn(lambda: (*ids, *core.write_word(own, ids, seed, **how)))


def begin(name: str, text: str) -> tuple[int, ...]:
    """The token ids of a beginning. Raises InputError."""
    own = transformer(name)
    return tuple(own.token_ids(text, own.most_tokens))


def _read(name: str, own: Any, given: Given, digest: str) -> Read:
    taken, picture, classes = _taken(own, given), None, ()
    with measures.READINGS.labels(name).time() as taking:
        stacks = own.attend(**taken)
    if own.kind == "vision":
        picture, chances = services.picture_of(taken["image"]), own.classes(taken["image"])
        best = np.argsort(-chances)[:MOST_CLASSES]
        classes = tuple((str(own.config.id2label[n]), float(chances[n])) for n in best.tolist())
    is_cut = bool(given.text) and own.kind != "vision" and own.is_cut(given.text)
    return Read(
        stacks, 0 if picture else own.most_tokens, is_cut, picture, classes, taking.duration, digest,
        services.describe_device(own.device),
    )  # fmt: skip


def _taken(own: Any, given: Given) -> dict[str, Any]:
    """The input as `Transformer.attend` takes it."""
    if own.kind == "vision":
        if given.image is None:
            raise services.InputError("There is no picture yet. Upload one, or pick an example.")
        content = given.image.content if isinstance(given.image, Upload) else services.EXAMPLES / given.image
        return {"image": open_picture(content)}
    if given.ids:
        return {"ids": given.ids}
    target = {"target": given.target} if own.kind == "encoder-decoder" and given.target.strip() else {}
    return {"text": given.text, **target}


def _digest(name: str, given: Given) -> str:
    image = given.image.content if isinstance(given.image, Upload) else str(given.image).encode()
    digest = hashlib.sha256()
    for part in (name, given.text, given.target, given.ids, image):
        own = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(f"|{len(own)}|".encode() + own)
    return digest.hexdigest()
