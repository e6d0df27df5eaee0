"""A transformer ready to read: a text or a picture in, the attention of all its layers and heads out."""

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch import Tensor, nn

from attention_core.encoders.picture import open_picture
from attention_core.errors import InputError
from attention_core.transformers.checkpoint import Checkpoint
from attention_core.transformers.recording import RECORDING, Recording, Seen, eager_of, listen, recorded
from attention_core.transformers.stack import AttentionStack

MOST_TOKENS = 512
MOST_WRITTEN = 64  # tokens of a target that nobody gave
CLASSES = {
    "encoder": transformers.AutoModel,
    "decoder": transformers.AutoModelForCausalLM,
    "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
    "vision": transformers.AutoModelForImageClassification,
}
BEGINS = ("Ġ", "▁")  # before a token that begins a word, in byte-level and in SentencePiece vocabularies
CROSS = ("crossattention", "encdecattention", "encoder_attn", "cross_attn", "cross_attention")  # in names of modules, lower case
SPECIAL_PATCHES = {"vit": ["class token"], "deit": ["class token", "distillation token"]}  # before the patches of a picture
UNUSED = ("pooler",)  # what a checkpoint may lack: no attention depends on it


class Transformer:
    """A checkpoint of any of four kinds, with its tokenizer or its way of reading pictures.

    Args:
        checkpoint: From `read_checkpoint`.
        device: Where to compute.

    Raises:
        InputError: the weights are damaged, some are missing, or the library has no plain attention for this kind of model.
    """

    def __init__(self, checkpoint: Checkpoint, device: torch.device | str = "cpu") -> None:
        self.name, self.kind, self.device = checkpoint.folder.name, checkpoint.kind, torch.device(device)
        self._folder = checkpoint.folder
        given = {"local_files_only": True, "trust_remote_code": False}
        try:
            self.model, told = CLASSES[self.kind].from_pretrained(
                checkpoint.folder, use_safetensors=True, dtype=torch.float32, attn_implementation=RECORDING,
                output_loading_info=True, **given,
            )  # fmt: skip
            self.tokenizer = (
                None if self.kind == "vision" else transformers.AutoTokenizer.from_pretrained(checkpoint.folder, **given)
            )
            if self.kind == "vision":
                taken = json.loads((checkpoint.folder / "preprocessor_config.json").read_text("utf-8"))
                self._mean, self._spread = (torch.tensor(taken[name]).float() for name in ("image_mean", "image_std"))
        except Exception as error:  # the library raises whatever a damaged file happens to break
            raise InputError(f"The model {self.name} must load, and does not. Check its files, or take another model.") from error
        missing = sorted(name for name in told["missing_keys"] if not any(part in name for part in UNUSED))
        if missing or told["mismatched_keys"]:
            lacking = missing[0] if missing else "one of another shape"
            raise InputError(f"The model {self.name} must hold all its weights, and lacks {lacking}. Take another model.")
        self.model.to(self.device).eval().requires_grad_(False)
        self.config = self.model.config
        self._names = {id(module): name.lower() for name, module in self.model.named_modules()}
        if not any(eager_of(module) for module in self.model.modules()):
            raise InputError(f"The model {self.name} must have attention of a known kind, and has none. Take another model.")
        listen(self.model)

    @functools.cached_property
    def weights_sha256(self) -> str:
        """Of the checkpoint's weights: its files one after the other, by name. It takes a second for a gigabyte."""
        digest = hashlib.sha256()
        for file in sorted(self._folder.glob("*.safetensors")):
            with file.open("rb") as opened:
                hashlib.file_digest(opened, lambda: digest)
        return digest.hexdigest()

    @functools.cached_property
    def marks_words(self) -> bool:
        """Whether its tokens tell where a word begins."""
        return any(token.startswith(BEGINS) for token in self.tokenizer.get_vocab())

    @functools.cached_property
    def is_bytewise(self) -> bool:
        """Whether its tokens are pieces of bytes, as GPT-2's are."""
        return any(token.startswith(BEGINS[0]) for token in self.tokenizer.get_vocab())

    @property
    def most_tokens(self) -> int:
        """The longest input, special tokens included."""
        declared = getattr(self.config, "max_position_embeddings", None) or MOST_TOKENS
        if self.config.model_type in ("roberta", "xlm-roberta", "camembert"):  # their positions begin after the one for padding
            declared -= self.config.pad_token_id + 1
        return min(MOST_TOKENS, declared)

    def attend(
        self,
        *,
        text: str | None = None,
        ids: Sequence[int] | None = None,
        target: str | None = None,
        image: Any = None,
        layers: Iterable[int] | None = None,
        states: bool = False,
    ) -> dict[str, AttentionStack]:
        """The attention over one input, by kind: "encoder", "decoder", "cross", "vision".

        Args:
            text: What an encoder or a decoder reads; the source of an encoder-decoder. Cut after `most_tokens`.
            ids: The tokens themselves instead of a text, special ones included: what a decoder has written so far.
            target: Of an encoder-decoder: what it is made to write. None lets it write.
            image: Of a vision transformer: a PIL image, a path or bytes.
            layers: The layers to keep, from 0; None keeps all.
            states: Whether queries, keys and values are kept, too, and what they are made of where that is a plain map.

        Returns:
            One stack; three for an encoder-decoder. A decoder's row t is the token at t, over itself and those before it.

        Raises:
            InputError: there is nothing to read, or the picture cannot be opened.
            ValueError: there is none of these layers.
        """
        inputs, labels = self._read_image(image) if self.kind == "vision" else self._read_text(text, ids, target)
        kept = None if layers is None else frozenset(layers)
        recording = Recording(kept, kept if states else frozenset(), self._kind_of)
        with torch.inference_mode(), recorded(recording):
            self.model(**inputs)
        by_kind: dict[str, list[Seen]] = {}
        for seen in recording.seen:
            if seen.weights is not None:
                by_kind.setdefault(seen.kind, []).append(seen)
        if not by_kind:
            most = 1 + max(seen.layer for seen in recording.seen)
            raise ValueError(f"layers must hold a number below {most}, got {sorted(kept)}.")
        return {kind: self._stack(kind, seen, labels) for kind, seen in by_kind.items()}

    @torch.inference_mode()
    def classes(self, image: Any) -> np.ndarray:
        """(C,) float32: what a vision transformer says of a picture, as probabilities of its classes; see `config.id2label`.

        Raises:
            InputError: the picture cannot be opened.
        """
        inputs, _ = self._read_image(image)
        return self.model(**inputs).logits[0].softmax(-1).float().cpu().numpy()

    def tokens(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Labels of tokens: pieces of bytes as the text they stand for, others as the tokenizer writes them."""
        named = zip(ids, self.tokenizer.convert_ids_to_tokens(list(ids)), strict=True)
        shown = (self.tokenizer.decode([n]) if self.is_bytewise else (token or "").replace("▁", " ") for n, token in named)
        return tuple(label.replace("\n", "↵") for label in shown)

    def is_cut(self, text: str) -> bool:
        """Whether a text is longer than what can be read at once.

        Raises:
            InputError: there is nothing in it.
        """
        return len(self.token_ids(text, self.most_tokens + 1)) > self.most_tokens

    def token_ids(self, text: str, room: int) -> list[int]:
        """Of a text, special tokens included, at most so many.

        Raises:
            InputError: there is nothing in it.
        """
        _check_words("text", text)
        text = text[: 40 * room]  # no token is that long: what follows cannot be read
        ids = self.tokenizer(text, truncation=True, max_length=room - (self.kind == "decoder"))["input_ids"]
        first = self.tokenizer.bos_token_id
        return [first, *ids] if self.kind == "decoder" and first is not None and ids[:1] != [first] else ids

    def _read_text(
        self, text: str, given: Sequence[int] | None, target: str | None
    ) -> tuple[dict[str, Tensor], dict[str, tuple]]:
        ids = self.token_ids(text, self.most_tokens) if given is None else list(given)[: self.most_tokens]
        source = (self.tokens(ids), self._special(ids))
        inputs = {"input_ids": torch.tensor([ids], device=self.device)}  # (1, S)
        if self.kind != "encoder-decoder":
            return inputs, {self.kind: (source, source)}
        if target is None:
            written = self.model.generate(**inputs, max_new_tokens=MOST_WRITTEN, do_sample=False)[0].tolist()
        else:
            _check_words("target", target)
            own = self.tokenizer(text_target=target[: 40 * self.most_tokens], truncation=True, max_length=self.most_tokens - 1)[
                "input_ids"
            ]
            written = [self.config.decoder_start_token_id, *own]
        inputs["decoder_input_ids"] = torch.tensor([written], device=self.device)  # (1, T)
        row = (self.tokens(written), self._special(written))
        return inputs, {"encoder": (source, source), "decoder": (row, row), "cross": (row, source)}

    def _special(self, ids: list[int]) -> np.ndarray:
        return np.isin(ids, self.tokenizer.all_special_ids)

    def _read_image(self, image: Any) -> tuple[dict[str, Tensor], dict[str, tuple]]:
        side, patch = self.config.image_size, self.config.patch_size
        picture = open_picture(image).resize((side, side), Image.Resampling.BICUBIC)
        pixels = torch.from_numpy(np.asarray(picture, np.float32) / 255)  # (Y, X, 3)
        pixels = ((pixels - self._mean) / self._spread).permute(2, 0, 1)[None]  # (1, 3, Y, X)
        patches = [f"row {y + 1}, column {x + 1}" for y, x in np.ndindex(side // patch, side // patch)]
        labels = [*SPECIAL_PATCHES[self.config.model_type], *patches]
        both = (tuple(labels), np.arange(len(labels)) < len(labels) - len(patches))
        return {"pixel_values": pixels.to(self.device)}, {"vision": (both, both)}

    def _kind_of(self, module: nn.Module) -> str:
        name = self._names[id(module)]
        if any(part in name for part in CROSS):
            return "cross"
        if self.kind == "encoder-decoder":
            return "encoder" if "encoder." in name and "decoder." not in name else "decoder"
        return self.kind

    def _stack(self, kind: str, seen: list[Seen], labels: dict[str, tuple]) -> AttentionStack:
        (rows, row_special), (columns, column_special) = labels[kind]
        has_states = seen[0].query is not None
        is_rotary = bool(getattr(self.config, "rope_parameters", None) or getattr(self.config, "rope_theta", None))
        is_biased = any(own.bias is not None and own.bias.any() for own in seen)
        is_plain = not is_rotary and not is_biased and all(own.maps is not None for own in seen)
        across = self.config.image_size // self.config.patch_size if kind == "vision" else 0
        return AttentionStack(
            kind,
            tuple(own.layer for own in seen),
            _joined([own.weights for own in seen]),
            rows,
            columns,
            row_special,
            column_special,
            (across, across) if across else None,
            _joined([own.query for own in seen]) if has_states else None,
            _joined([own.key for own in seen]) if has_states else None,
            tuple(own.scaling for own in seen),
            _joined([own.bias for own in seen]) if is_biased else None,
            is_rotary,
            _joined([own.value for own in seen]) if has_states else None,
            tuple(own.maps for own in seen) if is_plain else None,
        )


def _check_words(name: str, text: Any) -> None:
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"The {name} must hold at least one word, got none. Type a sentence, or pick an example.")


def _joined(tensors: list[Tensor]) -> np.ndarray:
    return torch.stack(tensors).float().cpu().numpy()  # (L, …)
