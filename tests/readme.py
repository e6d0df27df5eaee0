"""The measured results in the README, made from the cards that training wrote: `make readme` writes them anew."""

import json
from pathlib import Path

from attention_core import score_names, score_spec, task_names, task_spec
from attention_core.tasks.checkpoints import MODELS

README = Path(__file__).resolve().parents[1] / "README.md"
START, END = "<!-- results: written by `make readme` from the cards -->", "<!-- end of results -->"
# Beside each task's own metric.
FURTHER = (
    "pointing_odd", "pointing_even", "in_boxes", "region_accuracy", "presence_auc", "deletion_ratio",
    "bleu", "perplexity", "links", "precision", "recall", "recall_unseen", "numbers", "peak_in_box", "box_share", "class_photos",
    "coco_named", "ndcg", "average_precision", "share_whole", "peak_in_span", "new_voice_error_rate", "new_voice_peak_in_span",
)  # fmt: skip


def shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def table(name: str) -> str:
    """One row a score function, the best first."""
    card, spec = json.loads((MODELS / name / "card.json").read_text("utf-8")), task_spec(name)
    entries = card["scores"]
    measured = next(iter(entries.values()))["metrics"]
    columns = [key for key in dict.fromkeys((spec.metric.key, *FURTHER)) if key in measured]
    lines = [
        f"**{spec.title}** (`{name}`)",
        "",
        "| score function | " + " | ".join(key.replace("_", " ") for key in columns) + " | untrained |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for score in sorted(score_names(), key=lambda score: -entries[score]["metrics"][spec.metric.key]):
        figures = [shown(entries[score]["metrics"].get(key)) for key in columns]
        figures.append(shown(entries[score].get("untrained", {}).get(spec.metric.key)))
        lines.append(f"| {score_spec(score).title} | " + " | ".join(figures) + " |")
    meanings = [f"{key.replace('_', ' ')}: {card['meanings'][key]}" for key in columns if key in card.get("meanings", {})]
    centre = f" The centre of the picture alone: {shown(card['centre']['all'])}." if "centre" in card else ""
    popular = "".join(
        f" Plain popularity: {key.replace('_', ' ')} {shown(card['popularity'][key])}." for key in columns if "popularity" in card
    )
    return "\n".join([*lines, "", "; ".join(meanings) + "." + centre + popular])


def gpt_table() -> str:
    """Perplexities of `gpt` and of what it is to beat, the lowest first."""
    card = json.loads((MODELS / "gpt" / "card.json").read_text("utf-8"))
    unit, rows = card["perplexity"]["unit"], sorted((own, name) for name, own in card["perplexity"].items() if name != "unit")
    held_out = f"{card['documents']['held_out']:,} documents, {card['documents']['held_out_words']:,} words"
    return "\n".join(
        ["**Write on** (the transformer `gpt`)", "", "| model | perplexity per word |", "|---|---|"]
        + [f"| {name} | {own:,.2f} |" for own, name in rows]
        + [
            "",
            f"perplexity per word: {unit}, on {held_out} that no model was trained on. "
            "Twenty texts that it wrote stand in its card as they came: plain English from word to word, seldom sense for long.",
        ]
    )


def vit_sentence() -> str:
    """How `vit` does beside its teacher, and where its rollout points."""
    card = json.loads((MODELS / "vit" / "card.json").read_text("utf-8"))
    told, other = card["agreement"], card["agreement, untrained"]
    hits, chance = card["pointing"], card["pointing, untrained"]
    first, same = "in_teachers_first_five", "is_teachers_first"
    return (
        f"**See** (the transformer `vit`): on {told['photos']:,} photos that it has not seen, its first choice is among its "
        f"teacher's first five {told[first]:.1%} of the time and is its first {told[same]:.1%} "
        f"(untrained: {other[first]:.1%} and {other[same]:.1%}). "
        f"On {hits['photos']} photos with boxes, its rollout points into the largest object {hits['rollout']:.1%} of the time; "
        f"the picture's centre does so {hits['centre']:.1%}, the rollout untrained {chance['rollout']:.1%}."
    )


def results() -> str:
    """The block between the two marks of the README; without cards it says so."""
    trained = [name for name in task_names() if (MODELS / name / "card.json").exists()]
    trained.sort(key=lambda name: task_spec(name).order)
    written = [make() for name, make in (("gpt", gpt_table), ("vit", vit_sentence)) if (MODELS / name / "card.json").exists()]
    return "\n\n".join([START, *(table(name) for name in trained), *written, END])


def main() -> None:
    text = README.read_text("utf-8")
    before, rest = text.split(START)
    README.write_text(before + results() + rest.split(END)[1], "utf-8")


if __name__ == "__main__":
    main()
