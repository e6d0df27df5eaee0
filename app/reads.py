"""What each kind of transformer reads: declared as a task declares its inputs, with examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app import services
from attention_core.inputs import ImageInput, TextInput
from attention_core.specs import Example

LONG_TEXT = (services.EXAMPLES / "long-text.txt").read_text("utf-8").strip()
ENGLISH = "Type or paste a text in English, up to 512 tokens"


@dataclass(frozen=True)
class Source:
    """What a kind of transformer reads: as a task declares its own inputs."""

    name: str
    inputs: Sequence[Any]
    examples: Sequence[Example]


@cache
def sources() -> Mapping[str, Source]:
    """By the kind of a transformer what it reads."""
    pictures = next(spec for spec in services.task_specs() if [own.kind for own in spec.inputs] == ["image"])
    text = TextInput("text", "Your text", ENGLISH, long=True)
    beginning = TextInput("text", "The beginning", "Type some words; the model goes on from there", long=True)
    both = (
        TextInput("text", "The source", ENGLISH, long=True),
        TextInput("target", "The target", "Leave it empty, and the model writes it", optional=True),
    )
    return {
        "encoder": Source("transformer-encoder", (text,), _texts(
            ("It and the animal", "The animal didn't cross the street because it was too tired."),
            ("Two banks", "She left the bank with the money and sat down on the bank of the river."),
            ("A long text", LONG_TEXT),
        )),
        "decoder": Source("transformer-decoder", (beginning,), _texts(
            ("A story", "Once upon a time there was a little girl who"),
            ("Tom", "Tom told Mary that he would not"),
            ("The lion", "The lion was very hungry. He"),
        )),
        "encoder-decoder": Source("transformer-encoder-decoder", both, (
            Example("A sentence", {"text": "The little red car stopped in front of the house.", "target": ""}),
        )),
        "vision": Source("transformer-vision", (ImageInput("image", "Your picture"),), pictures.examples),
    }  # fmt: skip


def _texts(*examples: tuple[str, str]) -> tuple[Example, ...]:
    return tuple(Example(title, {"text": text}) for title, text in examples)
