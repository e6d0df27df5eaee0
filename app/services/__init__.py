"""Everything slow or shared, and the only place that caches: tasks, encoded inputs, attention under every score function.

A loaded task and the encodings of the shipped examples are shared by all visitors. What a visitor enters is cached for
their own session only, a few inputs at most, and forgotten when they leave. (A task may keep the features of its last few
pictures, by a digest of their pixels, so that another question about one of them is quick.)
"""

import gc
import hashlib
import io
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import torch

import attention_core as core
from app import reading
from app.attending import Attended, Encoded, Picture, Results, Sound
from app.course import Course, Snapshot
from app.measuring import Measured
from app.operations import measures
from app.services.turns import in_turn
from app.state import TRAINED, Choices, Upload
from attention_core.ablation import key_groups, without
from attention_core.attention import weigh
from attention_core.device import describe_device
from attention_core.encoders.picture import open_picture, picture_digest
from attention_core.study import WIDTHS, WidthStudy, width_study
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.settings import Settings

EXAMPLES = Path(__file__).resolve().parents[2] / "assets" / "examples"
PICTURE_SIDE, THUMB_SIDE = 800, 320
MOST_OTHERS = 32
KEPT_INPUTS, KEPT_RESULTS, KEPT_CELLS, KEPT_SECONDS = 4, 12, 4, 3600

InputError = core.InputError
log = logging.getLogger(__name__)


def task_specs() -> list[Any]:
    """What every task declares, in the order in which they are offered."""
    return sorted((core.task_spec(name) for name in core.task_names()), key=lambda spec: spec.order)


def score_specs() -> list[Any]:
    """What every score function declares, the floor last."""
    return sorted((core.score_spec(name) for name in core.score_names()), key=lambda spec: spec.is_floor)


def distribution_specs() -> list[Any]:
    """What every distribution declares."""
    return [core.distribution_spec(name) for name in core.distribution_names()]


@st.cache_resource(show_spinner=False)
def load_task(name: str) -> Any:
    """The task with its encoder, shared by all visitors."""
    task = core.load_task(name)
    # What is loaded now stays: no collection of garbage need walk through it.
    gc.collect()
    gc.freeze()
    return task


def card(task: str) -> Mapping[str, Any]:
    """What the trainer measured; empty for a task that was never trained."""
    return load_task(task).card


def first_heatmap() -> np.ndarray:
    """The weights (T, S) of what a visitor sees first, computed from its weights' files; the page then finds them loaded."""
    spec = task_specs()[0]
    _, encoded = encode(spec.name, dict(spec.examples[0].values))
    return load_task(spec.name).run_encoded([(encoded.encoding, Settings())])[0].weights


def encode(task: str, inputs: Mapping[str, Any]) -> tuple[str, Encoded]:
    """The encoded input and the digest that names it. Raises InputError.

    Args:
        inputs: By name: a text, the name of a shipped example file, or an Upload.
    """
    digest = _digest(task, inputs)
    is_example = any(dict(example.values) == dict(inputs) for example in core.task_spec(task).examples)
    return digest, (_encode_example if is_example else _encode_own)(task, digest, inputs)


@st.cache_resource(max_entries=64, show_spinner=False)
def _encode_example(task: str, digest: str, _inputs: Mapping[str, Any]) -> Encoded:
    return _encode(task, _inputs, {})


@st.cache_resource(scope="session", max_entries=KEPT_INPUTS, ttl=KEPT_SECONDS, show_spinner=False)
def _encode_own(task: str, digest: str, _inputs: Mapping[str, Any]) -> Encoded:
    return _encode(task, _inputs, _seen())


@st.cache_resource(scope="session", max_entries=1, ttl=KEPT_SECONDS, show_spinner=False)
def _seen() -> dict[bytes, Picture]:
    """The pictures that this visitor gave last, by what tells them apart."""
    return {}


@st.cache_resource(scope="session", max_entries=KEPT_RESULTS, ttl=KEPT_SECONDS, show_spinner=False)
def attend(task: str, digest: str, choices: Choices, _encoded: Encoded) -> Attended:
    """An encoded input under every score function; each is computed when it is asked for, and then stays."""
    loaded = load_task(task)
    is_trained = {name: loaded.is_trained(name) for name in core.score_names()}
    untrained = frozenset(name for name, is_one in is_trained.items() if choices.parameters == TRAINED and not is_one)
    results = Results(loaded, choices, _encoded, untrained)
    return Attended(results, untrained, describe_device(loaded.device), (task, digest, choices))


def inspect_cell(attended: Attended, score: str, row: int, column: int) -> core.Cell:
    """One cell of a result with every number behind it: the score function runs once more, for that row alone."""
    own = attended.results.settings(score)
    module = partial(load_task(attended.run[0]).exact, score, own.parameters, own.seed)
    return _inspect((attended.run, score), attended.results[score], module, row, column)


def inspect_step(course: Course, snapshot: Snapshot, row: int, column: int) -> core.Cell | None:
    """The same of a lesson's snapshot; None where the parameters of its step are not kept."""
    return _inspect((course.name, snapshot.step), snapshot.result, partial(course.score_at, snapshot.step), row, column)


def _inspect(name: tuple, result: Any, module: Callable[[], Any], row: int, column: int) -> core.Cell | None:
    kept = _inspected(name, row)
    if column not in kept:
        if (own := module()) is None:
            return None
        kept[column] = core.inspect_cell(own, result, row, column, next(iter(kept.values()), None))
        while len(kept) > KEPT_CELLS:
            del kept[next(iter(kept))]
    return kept[column]


@st.cache_resource(scope="session", max_entries=KEPT_CELLS, ttl=KEPT_SECONDS, show_spinner=False)
def _inspected(name: tuple, row: int) -> dict[int, core.Cell]:
    """The cells of that row that were looked at last; they share what belongs to the row."""
    return {}


def reweigh(cell: core.Cell, energy: float | None, temperature: float | None) -> core.Cell:
    """The cell with its energy or the temperature moved: the distribution alone is computed again."""
    return core.reweigh(cell, energy, temperature)


@st.cache_resource(scope="session", max_entries=KEPT_RESULTS, ttl=KEPT_SECONDS, show_spinner=False)
def take_out(task: str, digest: str, choices: Choices, score: str, row: int, _shown: Any) -> tuple[reading.Removed, ...]:
    """A row of a result without its top key, then without each of up to 32 others in a random order that is always the same.

    Nothing where the row has but one key. `_shown` holds the input that the digest names: `encoded` and `attended`.
    """
    result = _shown.attended.results[score]
    own, queries = _shown.attended.results.settings(score), reading.queries_of(result)[row]
    groups, weights = key_groups(result, int(queries[0])), reading.read_row(result, row).weights
    present = [key for key, positions in enumerate(groups) if positions]
    if len(present) < 2:
        return ()
    top = max(present, key=lambda key: weights[key])
    others = np.random.default_rng(0).permutation([key for key in present if key != top])[:MOST_OTHERS]
    loaded = load_task(task)
    written = loaded.written(_shown.encoded.encoding, own)  # once for all keys
    return tuple(
        reading.removed(result, without(loaded, written, own, groups[key], queries), int(key), row) for key in (top, *others)
    )


def study_widths() -> Sequence[int]:
    """The widths that the study of widths goes through."""
    return WIDTHS


@st.cache_resource(max_entries=16, show_spinner=False)
def widths(seed: int) -> WidthStudy:
    """How the energies of every score function spread as queries and keys grow wider."""
    return width_study(seed=seed)


@st.cache_data(show_spinner=False)
def results() -> list[Measured]:
    """The measured results of every task that was trained, from its card. No encoder is loaded for it."""
    found = []
    for spec in task_specs():
        kept = Checkpoints(spec.name).card
        entries, key = kept.get("scores", {}), spec.metric.key
        trained, untrained = (
            {name: own[part][key] for name, own in entries.items() if key in own.get(part, {})}
            for part in ("metrics", "untrained")
        )
        if trained:
            found.append(Measured(spec.name, spec.title, spec.metric, trained, untrained, tuple(kept["untrained_seeds"])))
    return found


@st.cache_data(show_spinner=False)
def learned(score: str) -> dict[str, int]:
    """How many numbers the score function learned in each task that it was trained for."""
    found = {}
    for own in results():
        if score in own.trained:
            state = Checkpoints(own.task).state(score)
            found[own.task] = sum(tensor.numel() for name, tensor in state.items() if name.startswith("score."))
    return found


def weights_of(energies: Sequence[float], choices: Choices) -> np.ndarray:
    """The weights (S,) that the chosen distribution makes of these energies at the chosen temperature."""
    own = torch.tensor(energies, dtype=torch.float64)[None, None]  # (1, 1, S)
    function = core.distribution_spec(choices.distribution).weigh
    return weigh(own, torch.ones_like(own, dtype=torch.bool), function, dict(choices.options), choices.temperature)[0, 0].numpy()


def _digest(task: str, inputs: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(task.encode())
    for name, value in sorted(inputs.items()):
        content = value.content if isinstance(value, Upload) else str(value).encode("utf-8", "surrogatepass")
        digest.update(f"|{name}|{type(value).__name__}|{len(content)}|".encode() + content)
    return digest.hexdigest()


def _encode(task: str, inputs: Mapping[str, Any], seen: dict[bytes, Picture]) -> Encoded:
    loaded, given, is_new = load_task(task), {}, False
    for declared in loaded.spec.inputs:
        value = inputs[declared.name]
        if declared.optional and not value:
            continue
        if declared.is_file:
            if value is None:
                raise InputError(f"There is no {declared.thing} yet. Upload one, or pick an example.")
            value = value.content if isinstance(value, Upload) else EXAMPLES / value
            is_new |= declared.kind != "image" or picture_digest(value) not in seen
        given[declared.name] = value
    if is_new or loaded.asks_another:
        return in_turn(lambda: _encoded(loaded, given, seen), loaded.at_once)
    return _encoded(loaded, given, seen)


def _encoded(task: Any, given: Mapping[str, Any], seen: dict[bytes, Picture]) -> Encoded:
    start, picture = time.perf_counter(), None
    for source in [given[own.name] for own in task.spec.inputs if own.kind == "image"]:
        digest = picture_digest(source)
        picture = seen[digest] = seen.pop(digest, None) or picture_of(open_picture(source))
        for oldest in list(seen)[:-KEPT_INPUTS]:
            del seen[oldest]
    with measures.ENCODINGS.labels(task.spec.name).time():
        encoding = task.encode(**given)
    return Encoded(encoding, picture, _sound(encoding.signals), time.perf_counter() - start)


def picture_of(picture: Any) -> Picture:
    """An opened picture as pages show it."""
    shown = _at_most(PICTURE_SIDE, picture)
    large, thumb = _jpeg(shown), _jpeg(_at_most(THUMB_SIDE, shown))
    return Picture(hashlib.sha256(large).hexdigest(), large, thumb, f"{picture.width} / {picture.height}")


def _sound(signals: Any) -> Sound | None:
    """What can be listened to of an input that runs in time, if anything."""
    if signals is None or signals.heard is None:
        return None
    return Sound(hashlib.sha256(signals.heard.tobytes()).hexdigest(), signals.heard, signals.seconds)


def _at_most(side: int, picture: Any) -> Any:
    small = picture.copy()
    small.thumbnail((side, side))
    return small


def _jpeg(picture: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
