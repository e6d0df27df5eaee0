"""Attention, taken apart: score functions, distributions, and tasks trained for each of them."""

from attention_core.attention import AttentionResult, attend
from attention_core.cell import Cell, exact, inspect_cell, reweigh
from attention_core.errors import InputError
from attention_core.export import to_json, to_npz, together_to_json
from attention_core.library import load_task, task_names, task_spec
from attention_core.loading import load_result
from attention_core.reach import Reach
from attention_core.recipe import ablation_lines, cell_lines, comparison_lines, lesson_lines, python_lines, study_lines
from attention_core.registry import build_score, distribution_names, distribution_spec, score_names, score_spec
from attention_core.results import TaskResult, WordWeights
from attention_core.tables import to_context_csv, to_csv
from attention_core.version import __version__

__all__ = [
    "AttentionResult",
    "Cell",
    "InputError",
    "Reach",
    "TaskResult",
    "WordWeights",
    "__version__",
    "ablation_lines",
    "attend",
    "build_score",
    "cell_lines",
    "comparison_lines",
    "distribution_names",
    "distribution_spec",
    "exact",
    "inspect_cell",
    "lesson_lines",
    "load_result",
    "load_task",
    "python_lines",
    "reweigh",
    "score_names",
    "score_spec",
    "study_lines",
    "task_names",
    "task_spec",
    "to_context_csv",
    "to_csv",
    "to_json",
    "to_npz",
    "together_to_json",
]
