"""Find: where in a picture is what the words name."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from attention_core.encoders.image import KEY_DIM, POSITIONS, GridEncoder, LastPictures, cell_boxes, cell_labels
from attention_core.encoders.lift import Lift
from attention_core.encoders.text import TextEncoder, cut_note, split_words
from attention_core.inputs import ImageInput, TextInput
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.checkpoints import MODELS, Checkpoints
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.find_lesson import LESSON

LIFT = MODELS / "find" / "lift.safetensors"
SIZES = {"width": 512, "max_positions": POSITIONS}
FOUND, NOT_FOUND = "found", "probably not in this picture"
THRESHOLD = 0.5  # of the probability: below it the thing is said not to be there
LONGEST_LABEL = 40  # characters
LEAST_SHARE = 0.05  # of a kind of thing, to be named to the reader
FLICKR_IDS = {
    "cat-on-couch.jpg": 8250132140,
    "cat-and-bird.jpg": 4219532718,
    "bicycle-at-light.jpg": 4579654810,
    "bathroom.jpg": 3340149864,
}
FLOWERS_CREDIT = "Sixteen photos from TensorFlow flowers, CC BY 2.0; assets/examples/credits.json names each photographer"


class Presence(nn.Module):
    """How likely the thing is in the picture at all, as a logit: a qᵀc + b.

    qᵀc says how far the context c points the query's way, in spreads over practice pictures (see `Lift`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, query: Tensor, context: Tensor) -> Tensor:
        """Logits (…,) of queries (…, D) and contexts (…, D)."""
        along = (query * context).sum(-1, keepdim=True)  # (…, 1)
        return self.linear(along).squeeze(-1)  # (…,)


class FindModel:
    """Keys and values: EfficientNet-Lite0's features on a grid, less their mean. Query: the lifted words.

    Args:
        device: Where the encoders live.
        lift: The frozen map from words to queries; the trained one if not given.
    """

    def __init__(self, device: torch.device, lift: Lift | None = None) -> None:
        self.image, self.text = GridEncoder(device), TextEncoder(device)
        self._keys = LastPictures(lambda picture: self.image(picture) - self.lift.mean_key)
        self.lift = lift or Lift.load(LIFT, self.image.network.classifier.weight, Checkpoints("find").card["frozen"]["sha256"])

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding an input, with T = 1. Raises InputError for a picture or a text that cannot be used."""
        words = [split_words(given["text"]) for given in inputs]
        used = [own[: len(self.text.fitting(own))] for own in words]
        keys = [self._keys(given["image"]) for given in inputs]
        embeddings = self.text.embed([" ".join(own) for own in used])  # (N, 384)
        return [
            self._encoding(key, " ".join(own), embedding, cut_note(len(own), len(given)))
            for key, own, embedding, given in zip(keys, used, embeddings, words, strict=True)
        ]

    def _encoding(self, key: Tensor, text: str, embedding: Tensor, notes: tuple[str, ...]) -> Encoding:
        shares, classes = self.lift.mixture(embedding[None])[0].topk(3)
        near = [(self.lift.names[n], share) for share, n in zip(shares.tolist(), classes, strict=True) if share >= LEAST_SHARE]
        read_as = ", ".join(f"{name} ({100 * share:.0f} %)" for name, share in near)
        return Encoding(
            query=self.lift(embedding[None]),  # (1, D)
            key=key,  # (S, D)
            value=key,  # (S, D)
            key_mask=torch.ones(POSITIONS, dtype=torch.bool, device=key.device),
            query_labels=(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…",),
            key_labels=cell_labels(),
            key_boxes=cell_boxes(),
            notes=(*notes, f"The picture encoder knows 1,000 kinds of things. Your words were read as: {read_as}."),
        )

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, KEY_DIM, SIZES), Presence())

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """Whether the thing is there, how likely, and the cell with the most weight."""
        present = torch.sigmoid(head.readout(query, context)[0]).item()
        peak = int(weights[0].argmax())
        return {
            "label": FOUND if present >= THRESHOLD else NOT_FOUND,
            "probabilities": {FOUND: present, NOT_FOUND: 1 - present},
            "peak": peak,
            "peak_box": cell_boxes()[peak].tolist(),
        }


def _example(title: str, photo: str, text: str) -> Example:
    credit = f"Photo flickr.com/photo.gne?id={FLICKR_IDS[photo]}, CC BY 2.0, through COCO 2017"
    return Example(title, {"image": photo, "text": text}, credit)


SPEC = TaskSpec(
    name="find",
    title="Find in a picture",
    question="Where is it?",
    inputs=(
        ImageInput("image", "Your picture"),
        TextInput("text", "What to look for", "Name a thing in a few words, such as “a cat”"),
    ),
    examples=(
        _example("A cat", "cat-on-couch.jpg", "a cat"),
        _example("Remote controls", "cat-on-couch.jpg", "remote control"),
        _example("A bicycle", "bicycle-at-light.jpg", "bicycle"),
        _example("A traffic light", "bicycle-at-light.jpg", "traffic light"),
        _example("A bird", "cat-and-bird.jpg", "a small green bird"),
        _example("A toilet", "bathroom.jpg", "toilet"),
        _example("Not there: a giraffe", "cat-on-couch.jpg", "a giraffe"),
        Example("Sunflowers", {"image": "flowers.jpg", "text": "sunflower"}, FLOWERS_CREDIT),
        Example("Tulips", {"image": "flowers.jpg", "text": "tulip"}, FLOWERS_CREDIT),
    ),
    metric=Metric("pointing", "Pointing game", "the share of things in photographs whose box, 15 pixels wider, holds the peak"),
    query_meaning="the words, lifted into the space of picture features",
    key_meaning="the cells of a 20 × 20 grid laid over the picture, row by row",
    context_meaning="the cells' features, mixed by their weights: what tells whether the thing is there at all",
    key_name="place",
    model=FindModel,
    lesson=LESSON,
)
