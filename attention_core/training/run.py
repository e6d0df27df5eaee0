"""One training run: what is done is kept and found again; checkpoints, card and golden values are written at its end."""

import fcntl
import hashlib
import importlib.metadata
import json
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from attention_core.learning import Recipe, Step
from attention_core.library import example_inputs
from attention_core.registry import score_names, score_spec
from attention_core.specs import TaskSpec
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Head
from attention_core.tasks.task import Task

PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "pillow")
AGAIN, TWICE, OTHER_SEED = "again", "general", 1  # trained once more from another seed: how far results differ by chance
TOLD = ("label", "probabilities", "text", "word_probabilities", "row_scores")  # what golden values hold of an output


@dataclass(frozen=True)
class Run:
    """Where a training reads and writes.

    Args:
        task: The task's name.
        data: The folder that holds the data.
        models: Where checkpoints, card and golden values go.
        work: Where encoded data and finished heads are kept, so that a stopped run goes on.
        device: Where to compute.
    """

    task: str
    data: Path
    models: Path
    work: Path
    device: torch.device

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` returned when it first ran to its end: tensors and plain values, kept in the work folder."""
        path = self.work / f"{name}.pt"
        if not path.exists():
            self.work.mkdir(parents=True, exist_ok=True)
            value = make()
            torch.save(value, path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)
        return torch.load(path, weights_only=True, mmap=True)

    def claimed(self, names: Iterable[str]) -> Iterator[str]:
        """Each name while no other process works on it; what another one works on comes last, once that one is done.

        So the same command, started twice at once, trains with both processes and each ends with everything.
        """
        left, is_patient = list(names), False
        self.work.mkdir(parents=True, exist_ok=True)
        while left:
            for name in list(left):
                with (self.work / f"{name}.lock").open("w") as file:  # freed by the system when the process ends, however it does
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | (0 if is_patient else fcntl.LOCK_NB))
                    except BlockingIOError:
                        continue
                    left.remove(name)
                    yield name
            is_patient = True

    def jobs(self, seed: int) -> dict[str, tuple["Run", str, int]]:
        """What is trained, by name: the run that writes it, the score function, the seed. The last one is AGAIN."""
        return {**{score: (self, score, seed) for score in score_names()}, AGAIN: (self.apart(AGAIN), TWICE, OTHER_SEED)}

    def apart(self, name: str) -> "Run":
        """The same with a folder of its own in the work folder, for what does not ship."""
        return replace(self, models=self.work / name, work=self.work / name)

    def fitted(
        self,
        score: str,
        fresh: Callable[[], Head],
        fit: Callable[[Head], Iterator[Step]],
        half: bool = False,
        kept: Path | None = None,
    ) -> float:
        """Fits a fresh head and writes its checkpoint, unless an earlier run with this work folder did.

        Args:
            score: The score function's name.
            fresh: Makes the head to fit.
            fit: Starts fitting it.
            half: Whether the file holds float16.
            kept: Where `fit` keeps its state, with the seconds so far, if it goes on from one.

        Returns:
            The seconds that fitting took.
        """
        path, times = self.models / f"{score}.safetensors", self.work / f"{score}.json"
        if not (path.exists() and times.exists()):
            head = fresh().to(self.device)
            start = time.monotonic() - (torch.load(kept, weights_only=True)["seconds"] if kept and kept.exists() else 0.0)
            for step in fit(head):
                show(f"{self.task} {score}", step.done, step.of, f"loss {step.loss:.4f}  right {step.metric:.3f}")
            state = {name: tensor.half() if half else tensor for name, tensor in head.cpu().state_dict().items()}
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
            path.chmod(0o644)  # safetensors lets only the owner read, and a container runs as someone else
            self.work.mkdir(parents=True, exist_ok=True)
            times.write_text(json.dumps({"seconds": time.monotonic() - start}))
        return json.loads(times.read_text())["seconds"]

    def write_card(self, data: list[dict], recipe: Recipe, scores: dict[str, dict], **more: Any) -> None:
        """Writes card.json: data, recipe, versions, and for each score function its file, sha256, seconds and metrics.

        What stands under AGAIN in `scores` is told apart from them.
        """
        again, scores = scores.get(AGAIN), {name: scores[name] for name in score_names()}
        if again is not None:
            more = {"again": {"score": TWICE, "seed": OTHER_SEED, **{key: again[key] for key in ("seconds", "metrics")}}, **more}
        card = {
            "task": self.task,
            "data": data,
            "recipe": asdict(recipe),
            "floor": next(name for name in score_names() if score_spec(name).is_floor),
            **self.circumstances(sum(entry["seconds"] for entry in scores.values())),
            **more,
            "scores": {name: {**identity(self.models / f"{name}.safetensors"), **entry} for name, entry in scores.items()},
        }
        write_json(self.models / "card.json", card)

    def circumstances(self, seconds: float) -> dict:
        """What every card says of how it came about."""
        versions = {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in PACKAGES}}
        return {"versions": versions, "device": str(self.device), "seconds": round(seconds, 1)}

    def write_golden(self, spec: TaskSpec) -> None:
        """Writes golden.json: what `Task.run` gives for the task's first example, for every score function.

        Args:
            spec: What the task declares; its model may read from `models`.
        """
        task = Task(spec, self.device, Checkpoints(self.task, self.models.parent))
        values = {}
        for score in score_names():
            result = task.run(score=score, **example_inputs(spec, spec.examples[0]))
            values[score] = {
                "energies": result.energies.round(7).tolist(),
                "weights": result.weights.round(7).tolist(),
                **{name: rounded(result.output[name]) for name in TOLD if name in result.output},
            }
        write_json(self.models / "golden.json", {"example": 0, "values": values})

    def load(self, head: Head, score: str) -> Head:
        """The head with the parameters of its checkpoint, as a visitor will have them."""
        head.load_state_dict({k: v.float() for k, v in load_file(self.models / f"{score}.safetensors").items()})
        return head.to(self.device).eval().requires_grad_(False)


def rounded(told: Any) -> Any:
    """What a task says, with seven digits after the point."""
    if isinstance(told, dict):
        return {label: round(p, 7) for label, p in told.items()}
    return [round(p, 7) for p in told] if isinstance(told, list) else told


def write_json(path: Path, content: dict) -> None:
    """Writes JSON with one entry a line, and a list of numbers on one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    flat = re.sub(r"\[[^\[\]{}\"]*\]", lambda numbers: re.sub(r"\s+", " ", numbers.group()), text)
    path.write_text(flat + "\n", "utf-8")


def sha256(*paths: Path) -> str:
    """The sha256 of a file, or of several, one after the other in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def identity(path: Path) -> dict:
    """What every card says of a file of weights."""
    return {"file": path.name, "sha256": sha256(path), "bytes": path.stat().st_size}


def show(what: str, done: int, of: int, note: str = "") -> None:
    """A progress line: redrawn in place on a terminal, a line each tenth elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{what}  {done}/{of}  {note}   ", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of or done % max(1, of // 10) == 0:
        print(f"{what}  {done}/{of}  {note}", file=sys.stderr, flush=True)


def progress(what: str, items: Sequence[Any]) -> Iterator[Any]:
    """The items, with a progress line."""
    for done, item in enumerate(items, 1):
        yield item
        show(what, done, len(items))
