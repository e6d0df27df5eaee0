"""A folder that holds a checkpoint, looked at before anything is loaded: safetensors only, no code, not too large."""

import json
from dataclasses import dataclass
from pathlib import Path

from transformers import CONFIG_MAPPING, AutoConfig
from transformers.models.auto import modeling_auto
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from attention_core.errors import InputError

LARGEST = 1_000_000_000  # bytes of weights


@dataclass(frozen=True)
class Checkpoint:
    """What may be loaded.

    Args:
        folder: Where it lies.
        kind: "encoder", "decoder", "encoder-decoder" or "vision".
        bytes: Of its weights.
    """

    folder: Path
    kind: str
    bytes: int


def read_checkpoint(folder: Path, largest: int = LARGEST) -> Checkpoint:
    """The checkpoint in a folder; nothing of it is loaded, run or fetched.

    Args:
        folder: Holds `config.json` and one or more `.safetensors` files, as the transformers library saves them.
        largest: The most bytes of weights.

    Raises:
        InputError: the folder is not there, has no readable config, a kind of model that the library does not know, code of its
            own, no safetensors, or too many bytes.
    """
    if not folder.is_dir():
        raise InputError(f"The model must be a folder, got none called {folder.name}. Check ATTENTION_MODEL_DIR.")
    config = _config(folder)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise InputError(f"The model {folder.name} must hold its weights as safetensors, got none. Save it with safetensors.")
    size = sum(file.stat().st_size for file in files)
    if size > largest:
        raise InputError(
            f"The model {folder.name} must have at most {largest:,} bytes of weights, got {size:,}. Take a smaller one."
        )
    return Checkpoint(folder, _kind(folder, config), size)


def _config(folder: Path) -> AutoConfig:
    try:
        content = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"The model {folder.name} must hold a config.json, got none. Save it with save_pretrained.") from None
    except (OSError, ValueError):
        raise InputError(f"The config.json of the model {folder.name} must be JSON, and is not. Save the model again.") from None
    told = content.get("model_type") if isinstance(content, dict) else None
    if not isinstance(told, str) or told not in CONFIG_MAPPING:
        raise InputError(
            f"The model {folder.name} must be of a type that is known here, got {str(told)[:40]!r}. Take another model."
        )
    if "auto_map" in content:
        raise InputError(f"The model {folder.name} must need no code of its own, and brings some. Take another model.")
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception:  # the library raises whatever a wrong value happens to break
        raise InputError(f"The config.json of the model {folder.name} does not describe one. Save the model again.") from None


def _kind(folder: Path, config: AutoConfig) -> str:
    if config.is_encoder_decoder:
        return "encoder-decoder"
    if config.model_type in ("vit", "deit"):  # others pool their patches or look at a part of them only
        return "vision"
    writes = (config.architectures or [""])[0].endswith(("LMHeadModel", "ForCausalLM")) or getattr(config, "is_decoder", False)
    if writes and config.model_type in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return "decoder"
    if config.model_type in modeling_auto.MODEL_MAPPING_NAMES and config.model_type in TOKENIZER_MAPPING_NAMES:
        return "encoder"
    raise InputError(
        f"The model {folder.name} must read text, or pictures as a ViT, got type {config.model_type!r}. Take another model."
    )
