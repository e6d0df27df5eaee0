"""A task at work: from inputs to results, under any score function, one by one or many together."""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.attention import checked_options, spread
from attention_core.errors import InputError
from attention_core.learning import draw
from attention_core.precision import with_parameters
from attention_core.registry import score_spec
from attention_core.results import TaskResult
from attention_core.specs import TaskSpec
from attention_core.tasks.batches import full_mask, own_mask, padded, padded_masks, padded_tables
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Encoding, Head
from attention_core.tasks.keeping import kept
from attention_core.tasks.settings import Settings, parameters_of
from attention_core.version import versions

PARAMETERS = ("trained", "untrained")
FITTED = "fitted here"
LARGEST_SEED = 2**32 - 1
KEPT_HEADS = 32
KEPT_EXACT = 8  # score functions in float64, up to 13 MB each
KEPT_ENERGIES = 64  # of one input
ENCODED_TOGETHER = 16
SETTINGS = frozenset(Settings.__dataclass_fields__) - {"options"}


class Task:
    """One use of attention, ready to run. Made by `load_task`; safe to share between threads.

    Args:
        spec: What the task declares.
        device: Where to compute.

    Attributes:
        card: What the trainer measured, as in `assets/models/<task>/card.json`.
        at_once: So many inputs that take long should be encoded at once by a process that encodes for many.
        asks_another: Whether `encode` waits for another process.
    """

    at_once = max(1, (os.cpu_count() or 1) // 2)  # a picture takes up to 1 GB while it is decoded or encoded
    asks_another = False
    _lock = threading.Lock()  # one for all tasks: heads are drawn from torch's generator, and the process has one

    def __init__(self, spec: TaskSpec, device: torch.device, checkpoints: Checkpoints | None = None) -> None:
        self.spec, self.device = spec, device
        self.model = spec.model(device)
        self.checkpoints = checkpoints or Checkpoints(spec.name)
        self._heads: OrderedDict[tuple, Head] = OrderedDict()
        self._exact: OrderedDict[tuple, nn.Module] = OrderedDict()

    @property
    def card(self) -> dict[str, Any]:
        return self.checkpoints.card

    def is_trained(self, score: str) -> bool:
        """Whether there is a checkpoint for that score function."""
        return self.checkpoints.sha256(score) is not None

    def run(
        self,
        *,
        score: str = "general",
        parameters: str = "trained",
        seed: int = 0,
        distribution: str = "softmax",
        distribution_options: Mapping[str, Any] | None = None,
        temperature: float = 1.0,
        key_mask: Any = None,
        **inputs: Any,
    ) -> TaskResult:
        """The attention of one input, and what the task makes of it.

        Args:
            score: A name of `score_names()`.
            parameters: "trained", or "untrained": everything the task trained is drawn anew from the seed.
            seed: 0 to 2³² − 1; used by untrained parameters only.
            distribution, distribution_options, temperature: As in `attend`.
            key_mask: Boolean (S,) or (T, S): False takes a key out, besides those the task itself leaves out.
            **inputs: What the task takes, by the names in `spec.inputs`, and its options, by the names in `spec.options`.

        Raises:
            InputError: an input cannot be used, or there are no trained parameters for this score function.
            ValueError: a name, an option or a number is not as above.
        """
        own = {
            "score": score,
            "parameters": parameters,
            "seed": seed,
            "distribution": distribution,
            "distribution_options": distribution_options,
            "temperature": temperature,
            "key_mask": key_mask,
        }
        return self.run_batch([{**inputs, **own}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[TaskResult]:
        """Many calls of `run` together: a list of its keyword arguments in, its results in the same order out, to 1e-5."""
        results: list[TaskResult] = []
        for start in range(0, len(items), ENCODED_TOGETHER):
            given, settings = zip(*map(self._sorted, items[start : start + ENCODED_TOGETHER]), strict=True)
            results += self.run_encoded(list(zip(self.encode_batch(given), settings, strict=True)))
        return results

    def encode(self, **inputs: Any) -> Encoding:
        """The input after encoder and query maker: the slow part, the same for every score function. Raises InputError."""
        return self.encode_batch([inputs])[0]

    @torch.inference_mode()
    def encode_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """Many calls of `encode` together."""
        return self.model.encode([self._checked(inputs) for inputs in items])

    def written(self, encoding: Encoding, settings: Settings) -> Encoding:
        """The input with the words that are written for it under these settings; a result of this one has those very words.

        The input itself for a task that writes none.
        """
        head = self.head(settings.score, settings.parameters, settings.seed)
        return self._written(head, encoding, self._with_options(settings))

    def run_encoded(self, items: Sequence[tuple[Encoding, Settings]]) -> list[TaskResult]:
        """Results of inputs already encoded; those with equal settings are computed together."""
        groups: dict[tuple, list[int]] = {}
        for n, (_, settings) in enumerate(items):
            groups.setdefault(settings.group, []).append(n)
        results: dict[int, TaskResult] = {}
        for members in groups.values():
            results.update(zip(members, self._attend([items[n] for n in members]), strict=True))
        return [results[n] for n in range(len(items))]

    def run_head(self, head: Head, score: str, encoding: Encoding) -> TaskResult:
        """The result of an encoded input under a head of your own for that score function, such as one that is being fitted."""
        return self._attend([(encoding, Settings(score=score, parameters=FITTED))], head)[0]

    def head(self, score: str, parameters: str = "trained", seed: int = 0) -> Head:
        """The parameters of a score function and its readout: the trained ones, or drawn anew from a seed."""
        score_spec(score)
        if parameters not in PARAMETERS:
            raise ValueError(f"parameters must be one of {', '.join(PARAMETERS)}, got {parameters!r}.")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"seed must be a whole number from 0 to {LARGEST_SEED}, got {seed!r}.")
        if parameters == "trained" and not self.is_trained(score):
            raise InputError(
                f"Parameters must be untrained for {score}: there are no trained ones for the task {self.spec.name}. "
                "Choose untrained parameters, or another score function."
            )
        name = parameters_of(score, parameters, seed)
        with self._lock:
            return kept(self._heads, name, lambda: self._make_head(*name), KEPT_HEADS)

    def exact(self, score: str, parameters: str = "trained", seed: int = 0) -> nn.Module:
        """The score function of `head` in the precision that results are computed in.

        Where large terms cancel, as in a sum of many units, float32 would give other weights in a batch or on another machine.
        """
        head = self.head(score, parameters, seed)
        with self._lock:
            return kept(self._exact, parameters_of(score, parameters, seed), lambda: self._widened(head), KEPT_EXACT)

    def _widened(self, head: Head) -> nn.Module:
        return with_parameters(head.score, lambda own: own.to(self._dtype))

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float32 if self.device.type == "mps" else torch.float64  # Apple's GPUs have no float64

    def _make_head(self, score: str, parameters: str, seed: int | None) -> Head:
        head = draw(lambda: self.model.build_head(score), seed or 0)
        if parameters == "trained":
            head.load_state_dict(self.checkpoints.state(score))
        return head.to(self.device).eval().requires_grad_(False)

    def _sorted(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Settings]:
        """The inputs and the settings among the keyword arguments of `run`."""
        options = {option.name: given[option.name] for option in self.spec.options if option.name in given}
        settings = {name: value for name, value in given.items() if name in SETTINGS}
        inputs = {name: value for name, value in given.items() if name not in SETTINGS and name not in options}
        return inputs, Settings(**settings, options=options)

    def _checked(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, if they are those declared; an optional one may be missing or None."""
        optional = {declared.name for declared in self.spec.inputs if declared.optional}
        wanted = [declared.name for declared in self.spec.inputs if not declared.optional]
        given = {name: value for name, value in inputs.items() if value is not None or name not in optional}
        if not set(wanted) <= set(given) <= {*wanted, *optional}:
            more = f" (and {' and '.join(sorted(optional))}, if you like)" if optional else ""
            raise InputError(
                f"{self.spec.name} must be given {' and '.join(wanted)}{more}, got {' and '.join(sorted(given)) or 'nothing'}."
            )
        return given

    def _with_options(self, settings: Settings) -> Settings:
        options = checked_options(self.spec.options, settings.options or {}, f"task {self.spec.name}")
        return replace(settings, options=options)

    @torch.inference_mode()
    def _written(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        if not hasattr(self.model, "write"):
            return encoding
        return self.model.write(head, encoding, replace(settings, key_mask=own_mask(encoding, settings.key_mask)))

    @torch.inference_mode()
    def _attend(self, items: Sequence[tuple[Encoding, Settings]], own_head: Head | None = None) -> list[TaskResult]:
        settings = self._with_options(items[0][1])
        head = own_head or self.head(settings.score, settings.parameters, settings.seed)
        # One by one: words written together would be those of other roundings, and one other word changes all that follow.
        encodings = [self._written(head, encoding, replace(settings, key_mask=own.key_mask)) for encoding, own in items]
        masks = [full_mask(encoding, own.key_mask) for encoding, (_, own) in zip(encodings, items, strict=True)]  # each (T, S)
        value = padded([encoding.value for encoding in encodings], torch.float32)  # (B, S, Dv)
        attention = spread(
            self._energies(encodings, settings, own_head),  # (B, T, S)
            value,
            key_mask=padded_masks(masks),  # (B, T, S)
            distribution=settings.distribution,
            distribution_options=settings.distribution_options,
            temperature=settings.temperature,
        )
        results = []
        for n, (encoding, mask) in enumerate(zip(encodings, masks, strict=True)):
            rows, keys = mask.shape
            energies, weights = attention.energies[n, :rows, :keys].float(), attention.weights[n, :rows, :keys].float()  # (T, S)
            context = attention.context[n, :rows]  # (T, Dv)
            output = self.model.output(head, encoding.query, encoding.key, context, energies, weights, encoding)
            results.append(self._result(encoding, settings, mask, energies, weights, context, output))
        return results

    def _energies(self, encodings: Sequence[Encoding], settings: Settings, own_head: Head | None) -> Tensor:
        """Those of all encodings (B, T, S), kept with them where the parameters are the task's own: they are in many results."""
        if own_head:
            return self._scored(self._widened(own_head), encodings)
        name = parameters_of(settings.score, settings.parameters, settings.seed)
        with self._lock:
            found = [encoding.energies.get(name) for encoding in encodings]
        if any(own is None for own in found):
            energies = self._scored(self.exact(settings.score, settings.parameters, settings.seed), encodings)
            found = [own[: len(each.query), : len(each.key)] for own, each in zip(energies, encodings, strict=True)]
            with self._lock:
                for encoding, own in zip(encodings, found, strict=True):
                    kept(encoding.energies, name, lambda own=own: own, KEPT_ENERGIES)
        return padded_tables(found)

    def _scored(self, score: nn.Module, encodings: Sequence[Encoding]) -> Tensor:
        query, key = (padded([getattr(each, side) for each in encodings], self._dtype) for side in ("query", "key"))
        return score(query, key)  # (B, T, S) of (B, T, Dq) and (B, S, Dk)

    def _result(
        self,
        encoding: Encoding,
        settings: Settings,
        mask: Tensor,
        energies: Tensor,
        weights: Tensor,
        context: Tensor,
        output: dict,
    ) -> TaskResult:
        trained = settings.parameters == "trained"
        return TaskResult(
            energies=_array(energies),
            weights=_array(weights),
            **encoding.arrays,
            context=_array(context),
            key_mask=mask.cpu().numpy(),
            query_labels=encoding.query_labels,
            key_labels=encoding.key_labels,
            output=output,
            provenance={
                "task": self.spec.name,
                "score": settings.score,
                "parameters": settings.parameters,
                "seed": None if trained else settings.seed,
                "weights_sha256": self.checkpoints.sha256(settings.score) if trained else None,
                "distribution": settings.distribution,
                "distribution_options": dict(settings.distribution_options or {}),
                "temperature": settings.temperature,
                "options": dict(settings.options),
                "versions": versions(),
                "device": str(self.device),
            },
            key_boxes=encoding.key_boxes,
            key_spans=encoding.key_spans,
            query_words=encoding.query_words,
            key_words=encoding.key_words,
            notes=encoding.notes,
        )


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.to(torch.float32).cpu().numpy().copy()  # a copy: whoever changes it changes nothing else
