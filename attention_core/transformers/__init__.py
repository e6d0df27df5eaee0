"""Transformers: any checkpoint that the transformers library can open, as stacks of attention weights, layer by head."""

from attention_core.transformers.catalogue import open_transformer, transformer_names
from attention_core.transformers.checkpoint import read_checkpoint
from attention_core.transformers.habits import HABITS, SURE, UNSURE, habit, habits
from attention_core.transformers.head_result import agrees, head_result
from attention_core.transformers.rollout import rollout
from attention_core.transformers.stack import AttentionStack, Head
from attention_core.transformers.transformer import Transformer
from attention_core.transformers.writing import next_energies, sampling, write_word

__all__ = [
    "HABITS",
    "SURE",
    "UNSURE",
    "AttentionStack",
    "Head",
    "Transformer",
    "agrees",
    "habit",
    "habits",
    "head_result",
    "next_energies",
    "open_transformer",
    "read_checkpoint",
    "rollout",
    "sampling",
    "transformer_names",
    "write_word",
]
