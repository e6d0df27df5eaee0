"""The sentences of the lesson of `sentiment`, drawn from the data."""

import random
from pathlib import Path

from attention_core.tasks.sentiment_lesson import HELD_OUT, LABELS, LESSONS, TRAINING
from attention_core.training.run import sha256, write_json
from attention_core.training.sentiment import ARCHIVE, SPLIT_SEED, read, split

DRAW_SEED = 0
LONGEST_DRAWN = 120  # characters: a thousand of them are encoded while somebody waits
DRAWN = ((TRAINING, 500), (HELD_OUT, 200))  # of each label


def draw(data: Path) -> None:
    """Draws the sentences that ship, and writes their credits: to learn from from those that the task learns from, to
    measure with from the tenth that nothing learns from."""
    examples = read(data / ARCHIVE)
    held_out, training = split(len(examples))
    LESSONS.mkdir(parents=True, exist_ok=True)
    for (path, count), indices in zip(DRAWN, (training, held_out), strict=True):
        chosen = []
        for value in range(len(LABELS)):
            fitting = [n for n in sorted(indices.tolist()) if examples[n][1] == value and len(examples[n][0]) <= LONGEST_DRAWN]
            chosen += random.Random(DRAW_SEED).sample(fitting, count)
        random.Random(DRAW_SEED).shuffle(chosen)
        path.write_text("".join(f"{examples[n][0]}\t{LABELS[examples[n][1]]}\n" for n in chosen), "utf-8")
    credit = {
        "files": {path.name: {"sentences": 2 * count, "sha256": sha256(path)} for path, count in DRAWN},
        "what": "Film-review sentences with the label positive or negative; the second file is never learned from",
        "title": "Sentence Polarity Dataset v1.0",
        "authors": "Bo Pang and Lillian Lee",
        "paper": "Seeing stars: Exploiting class relationships for sentiment categorization, ACL 2005",
        "source": "http://www.cs.cornell.edu/People/pabo/movie-review-data",
        "source_sha256": sha256(data / ARCHIVE),
        "licence": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "drawn": f"as many of each label among those of at most {LONGEST_DRAWN} characters, random.sample with seed {DRAW_SEED}: "
        "the first file from the nine tenths that the task's own training learns from, the second from the tenth it holds out "
        f"(torch.randperm with seed {SPLIT_SEED})",
        "changes": "spaces at the ends taken off, a label written after each sentence",
    }
    write_json(LESSONS / "credits.json", credit)
    print(f"wrote {LESSONS}")
