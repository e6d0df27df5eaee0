"""The score function and the distribution as formulas, with every symbol's meaning and its shape as it is now."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def formula_card(
    score: Any, distribution: Any, *, sizes: Mapping[str, int], parameters: Mapping[str, tuple[int, ...]],
    settings: Mapping[str, Any], temperature: float,
) -> None:  # fmt: skip
    """Draw the card.

    Args:
        score, distribution: What the chosen ones declare.
        sizes: What the words of a shape stand for now: Dq, Dk, Dv, S, T.
        parameters: The shape of each of the score function's parameters, by name.
        settings: The score function's own options as built.
        temperature: What energies are divided by.
    """
    rows = [f"| ${symbol.latex}$ | {symbol.meaning} | {_shape(symbol, sizes, parameters)} |" for symbol in score.symbols]
    built = ", ".join(
        f"{option.title[0].lower()}{option.title[1:]} {settings[option.name]}"
        for option in score.options
        if settings.get(option.name)
    )
    learned = ", ".join(f"${symbol.latex}$" for symbol in score.symbols if symbol.parameter)
    learns = f"It learns {learned}." if learned else "It learns nothing."
    with st.container(key="formula"):
        st.markdown(
            "\n".join(
                [
                    f"$$\n{score.formula}\n$$",
                    f"{score.summary} {learns}" + (f" Here: {built}." if built else ""),
                    "",
                    "| symbol | meaning | shape now |",
                    "|---|---|---:|",
                    *rows,
                    "",
                    f"{distribution.title}, at temperature {temperature:g}, turns the energies of {sizes['S']} keys into "
                    f"weights: ${distribution.formula}$. {distribution.summary}",
                ]
            )
        )


def shapes_and_source(score: Any, sizes: Mapping[str, int]) -> None:
    """Draw the shapes of all tensors as they are now, and where the score function comes from."""
    st.caption(
        "Shapes now: queries {T} × {Dq}, keys {S} × {Dk}, values {S} × {Dv}, energies and weights {T} × {S}, "
        "context {T} × {Dv}.".format(**sizes)
        + f" Source of the formula: {score.source}"
    )


def _shape(symbol: Any, sizes: Mapping[str, int], parameters: Mapping[str, tuple[int, ...]]) -> str:
    if symbol.parameter in parameters:
        return " × ".join(map(str, parameters[symbol.parameter]))
    return " × ".join(str(sizes.get(word, word)) for word in symbol.shape) or "1"
