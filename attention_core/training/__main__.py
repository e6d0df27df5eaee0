"""The command line: `python -m attention_core.training TASK DATA_FOLDER`, `python -m attention_core.training lesson TASK`."""

import argparse
import hashlib
import importlib
import pkgutil
from pathlib import Path

import attention_core.training
from attention_core.device import choose_device
from attention_core.library import task_names, task_spec
from attention_core.registry import score_names
from attention_core.tasks.checkpoints import MODELS
from attention_core.training import lesson
from attention_core.training.run import Run


def main() -> None:
    modules = {
        info.name: importlib.import_module(f"attention_core.training.{info.name}")
        for info in pkgutil.iter_modules(attention_core.training.__path__)
        if info.name != "__main__"
    }
    trainers = {name: module.train for name, module in modules.items() if hasattr(module, "train")}
    parser = argparse.ArgumentParser(
        prog="python -m attention_core.training",
        description="Trains every score function of a task and writes its checkpoints, card and golden values. "
        "A stopped training goes on where it was.",
    )
    commands = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    for name in sorted(trainers):
        command = commands.add_parser(name, help=f"train {name}")
        command.add_argument("data", type=Path, help="the folder that holds the data, one sub-folder a set (see the README)")
        command.add_argument("--models", type=Path, default=MODELS, help="where checkpoints go (default: assets/models)")
        command.add_argument("--work", type=Path, default=Path(".training"), help="where what is done so far is kept")
        command.add_argument("--device", help="a torch device (default: the best there is)")
    short = commands.add_parser("lesson", help="train on the few examples that ship, as the page does, and print what is reached")
    short.add_argument("name", choices=[name for name in task_names() if task_spec(name).lesson])
    short.add_argument("scores", nargs="*", metavar="SCORE", help=f"of {', '.join(score_names())} (default: all)")
    short.add_argument("--draw", type=Path, metavar="DATA_FOLDER", help="draw those examples anew first")
    short.add_argument("--device", help="a torch device (default: the best there is)")
    given = parser.parse_args()
    if given.task == "lesson":
        if given.draw:
            modules[f"{given.name}_lesson"].draw(given.draw)
        lesson.teach(given.name, given.scores, given.device)
        return
    if not given.data.is_dir():
        parser.error(f"DATA_FOLDER must be a folder, got {given.data}.")
    models, work = given.models / given.task, given.work / f"{given.task}-{fingerprint(given.task, given.data)}"
    run = Run(given.task, given.data, models, work, choose_device(given.device))
    trainers[given.task](run)
    print(f"wrote {run.models}")


def fingerprint(task: str, data: Path) -> str:
    """Another one for other data or another training, so that what was kept of the one is never taken for the other."""
    digest = hashlib.sha256()
    for path in sorted(data.rglob("*")):
        digest.update(f"{path.relative_to(data)} {path.stat().st_size}\n".encode())
    for source in sorted(Path(attention_core.__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


main()
