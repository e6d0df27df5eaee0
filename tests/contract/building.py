"""What the contract tests share: how to build whatever is discovered."""

import torch

from attention_core import build_score, score_spec


def build_any(name, query_dim=5, key_dim=7, **options):
    """The score function for two widths, or for one if it joins no two."""
    torch.manual_seed(0)
    try:
        return build_score(name, query_dim=query_dim, key_dim=key_dim, **options)
    except ValueError:
        return build_score(name, query_dim=query_dim, key_dim=query_dim, **options)


def option_sets(options):
    """The defaults, every choice, and both ends of every range (a large end stays small enough to build)."""
    sets = [{}]
    for option in options:
        values = option.choices or (option.minimum, min(option.maximum, 64))
        sets += [{option.name: value} for value in values]
    return sets


def pair_for(module, batch=2, rows=3, keys=4, dtype=torch.float32, seed=0):
    """A query and key that the module takes."""
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(batch, rows, module.query_dim, generator=generator, dtype=torch.float64).to(dtype),
        torch.randn(batch, keys, module.key_dim, generator=generator, dtype=torch.float64).to(dtype),
    )


def variants(names):
    """(name, options) for every name and every option set."""
    return [(name, options) for name in names for options in option_sets(score_spec(name).options)]
