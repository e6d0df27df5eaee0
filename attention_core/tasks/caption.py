"""Caption: what a picture shows, how many and where, word by word, and where each word looks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.encoders.image import GridEncoder, LastPictures, cell_boxes, cell_labels
from attention_core.encoders.projection import Projection
from attention_core.encoders.recognizer import Recognizer
from attention_core.inputs import ImageInput
from attention_core.results import Words
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.beam import BEAM
from attention_core.tasks.checkpoints import MODELS
from attention_core.tasks.decoder import END, Decoder
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings
from attention_core.tasks.writing import told, write

PROJECTION, RECOGNIZER, VOCABULARY = "projection.safetensors", "recognizer.safetensors", "words.json"
SIZE, GRID = 448, 14  # pixels on a side, cells in a row
POSITIONS = GRID * GRID
INPUT_DIM = 256  # of the projected features, which what lies on a cell is recognized by
EMBEDDING, WIDTH = 192, 256
MOST = 14  # words of a caption, without its END
DROPPED = 0.1  # of embeddings and of what is read, in training
SIZES = {"width": 128, "max_positions": POSITIONS}
UNSURE = 0.5  # of a thing's word: it is as likely wrong as right
END_LABEL = "[END]"
COCO = "Photo flickr.com/photo.gne?id={}, CC BY 2.0, through COCO 2017"
FLICKR = "Photo by {}, flickr.com/photos/{}, CC BY 2.0"


class Vocabulary:
    """The words that captions are written with; word 0 ends a caption.

    Args:
        words: All of them.
        things: Those that name a thing.
    """

    def __init__(self, words: Sequence[str], things: Sequence[str]) -> None:
        self.words, self.things = (END_LABEL, *words), frozenset(things)
        self.index = {word: n for n, word in enumerate(self.words)}

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """The words of a file that `save` wrote."""
        return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"words": self.words[1:], "things": sorted(self.things)}, ensure_ascii=False) + "\n", "utf-8")

    def __len__(self) -> int:
        return len(self.words)


class Captioner(nn.Module):
    """All that is trained besides the score function: what makes keys of what was recognized, and what writes.

    A cell's key, which is its value too: W x + b + p, x what was recognized there, p its own vector that tells where it lies.

    Args:
        words: How many it can write.
        input_dim: The width of x.
    """

    def __init__(self, words: int, input_dim: int) -> None:
        super().__init__()
        self.reader = nn.Linear(input_dim, WIDTH)
        self.place = nn.Parameter(torch.randn(POSITIONS, WIDTH) * WIDTH**-0.5)  # (S, D)
        self.decoder = Decoder(words, EMBEDDING, WIDTH, WIDTH, DROPPED)

    def states(self, recognized: Tensor) -> Tensor:
        """Keys (B, S, D) of what was recognized, (B, S, x's width)."""
        keys = self.reader(recognized)  # (B, S, D)
        return keys + self.place.to(keys.dtype)  # (B, S, D)


class CaptionModel:
    """Keys and values: what was recognized in each cell by EfficientNet-Lite0's features. Query: the decoder's state at word t.

    Args:
        device: Where the encoder lives.
        folder: Where the frozen projection and recognizer and the words are.
    """

    def __init__(self, device: torch.device, folder: Path = MODELS / "caption") -> None:
        self.image, self.device = GridEncoder(device, (SIZE,), GRID), device
        self.projection = Projection.load(folder / PROJECTION, device)
        self.recognizer = Recognizer.load(folder / RECOGNIZER, device)
        self.vocabulary = Vocabulary.load(folder / VOCABULARY)
        self._recognized = LastPictures(lambda picture: self.recognizer(self.projection(self.image(picture))[None])[0])

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding an input: what is recognized in its picture. Raises InputError for a picture that cannot be used."""
        return [self._encoding(self._recognized(given["image"])) for given in inputs]

    def _encoding(self, recognized: Tensor) -> Encoding:
        nothing = recognized[:, :0]  # (S, 0)
        return Encoding(
            query=nothing[:0],  # (0, 0)
            key=nothing,  # (S, 0)
            value=nothing,  # (S, 0)
            key_mask=torch.ones(POSITIONS, dtype=torch.bool, device=recognized.device),  # (S,)
            query_labels=(),
            key_labels=cell_labels(GRID),
            key_boxes=cell_boxes(GRID),
            read=recognized,  # (S, 2 N + 1)
        )

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, WIDTH, SIZES), Captioner(len(self.vocabulary), self.recognizer.output_dim))

    def write(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        """The encoding with keys, values, and the words of the caption with their queries."""
        states = head.readout.states(encoding.read[None])[0]  # (S, D)
        seen = replace(encoding, key=states, value=states)
        return write(head.score, head.readout.decoder, seen, settings, MOST + 1, self._label, self._doubt)

    def _label(self, written: Sequence[int]) -> tuple[list[str], Words]:
        labels = [self.vocabulary.words[n] for n in written]
        index = [-1 if n == END else place for place, n in enumerate(written)]
        return labels, Words(tuple(label for label, n in zip(labels, written, strict=True) if n != END), np.array(index))

    def _doubt(self, written: Sequence[int], probabilities: Sequence[float]) -> tuple[str, ...]:
        things: dict[str, float] = {}
        for n, p in zip(written, probabilities, strict=True):
            if (word := self.vocabulary.words[n]) in self.vocabulary.things:
                things[word] = min(p, things.get(word, 1.0))
        doubtful = [f"“{word}” ({p:.2f})" for word, p in things.items() if p < UNSURE]
        if doubtful:
            return (f"It is unsure of {' and '.join(doubtful)}: in brackets the probability it gives that word.",)
        return () if things else ("It names no thing that it knows.",)

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """The caption, and for each of its words the probability with which it was written."""
        return told(" ".join(encoding.query_words.labels).replace(" ,", ","), head.readout.decoder, encoding, query, context)


SPEC = TaskSpec(
    name="caption",
    title="Describe a picture",
    question="Where does each word look?",
    inputs=(ImageInput("image", "Your picture"),),
    examples=(
        Example("A sunflower", {"image": "sunflower.jpg"}, FLICKR.format("David~O", "8106459@N07/678714585")),
        Example("Tulips", {"image": "tulips.jpg"}, FLICKR.format("liz west", "calliope/8710148289")),
        Example("A cat", {"image": "cat-on-couch.jpg"}, COCO.format(8250132140)),
        Example("A bathroom", {"image": "bathroom.jpg"}, COCO.format(3340149864)),
        Example("A bicycle", {"image": "bicycle-at-light.jpg"}, COCO.format(4579654810)),
    ),
    metric=Metric(
        "bleu", "BLEU", "how many words, and runs of two to four, agree with a right caption of a held-out scene, 0 to 100", 100.0
    ),
    query_meaning="the decoder's state at each word it writes (Luong's: the state at that word, with which the word is chosen)",
    key_meaning="the cells of a 14 × 14 grid laid over the picture, row by row",
    context_meaning="what was recognized in the cells, mixed by their weights: all that the decoder knows of the picture",
    key_name="place",
    model=CaptionModel,
    options=(BEAM,),
    why_no_lesson="It learns from 20,000 scenes made of pictures that may not be passed on.",
    order=1,
)
