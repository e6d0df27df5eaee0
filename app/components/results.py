"""The measured results of all tasks: a table whose numbers lead to what they measure, what it teaches, the figures, the files."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app import address, link, state
from app.components.downloads import PAGE_NOTE, Sheet, figure_files, page_files, table_files
from app.components.plain import plain
from app.figures import printed, results, standalone
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.printed_dots import Dots
from app.measuring import Measured, draws, what_it_teaches

TITLE = "Every score function in every task, measured"
LEGEND = "Filled: trained. Hollow: untrained. The upright line: what equal weights reach."
LINES = """import attention_core as core

for name in core.task_names():
    task = core.load_task(name)
    for score, entry in task.card["scores"].items():
        print(name, score, entry["metrics"][task.spec.metric.key], entry["untrained"].get(task.spec.metric.key))
"""
NOTE = "On held-out data that training never saw, with softmax at temperature 1."


def results_table(every: Sequence[Measured], scores: Sequence[Any]) -> None:
    """Draw the table: two lines a task, trained and untrained, a column a score function; the best of a line in bold."""
    lines = [
        "| task | | " + " | ".join(own.title for own in scores) + " |",
        "|---|---|" + "---:|" * len(scores),
    ]
    for own in every:
        heading = f"**{plain(own.title)}**: {plain(own.metric.title)}"
        for kind, values in ((state.TRAINED, own.trained), (state.UNTRAINED, own.untrained)):
            cells = [_cell(own, score.name, kind, values) for score in scores]
            lines.append(f"| {heading if kind == state.TRAINED else ''} | {kind} | " + " | ".join(cells) + " |")
    with st.container(key="numbers_results"):
        st.markdown("\n".join(lines))
    seeds = draws(own.seeds for own in every)
    st.caption(
        f"{NOTE} Bold: the best of its line. Untrained: {seeds} of all that training would learn. Press a number to see "
        "that task under that score function."
    )


def findings(every: Sequence[Measured], scores: Sequence[Any]) -> None:
    """Say for each task what is measured and what the numbers teach, beside its figure."""
    for place, own in zip(st.columns(2, gap="large") * len(every), every, strict=False):
        with place, st.container(key=f"result_{own.task}"):
            st.subheader(plain(own.title), anchor=False)
            st.markdown(what_it_teaches(own, scores))
            alt = f"{own.metric.title} of every score function: {own.title}"
            st.plotly_chart(
                _figure(own, scores, st.context.theme.type), key=f"dots_{own.task}", theme=None, config=CONFIG, alt=alt
            )
            st.caption(f"{plain(own.metric.title)} is {plain(own.metric.meaning)}. {LEGEND}")


def results_sheet(every: Sequence[Measured], scores: Sequence[Any]) -> Sheet:
    """All that can be saved of the results."""
    stem, titles = "measured-results", {own.name: own.title for own in scores}
    headings = {own.task: f"{own.title}. {what_it_teaches(own, scores)}" for own in every}
    meanings = " ".join(f"{own.title}: {own.metric.title} is {own.metric.meaning}." for own in every)

    def draw(form: str) -> bytes:
        panels = [
            (f"{own.title}. {what_it_teaches(own, scores)}", Dots(*_values(own, scores), own.metric.title)) for own in every
        ]
        return printed.draw(form, TITLE, panels, f"{LEGEND} {NOTE} {meanings}")

    def page() -> bytes:
        figures = [(headings[own.task], _figure(own, scores, "light")) for own in every]
        return standalone.page(TITLE, figures, [LEGEND, NOTE, meanings])

    pairs = [(own, name) for own in every for name in titles if name in own.trained or name in own.untrained]
    columns = {
        "task": [own.task for own, _ in pairs],
        "score function": [name for _, name in pairs],
        "metric": [own.metric.key for own, _ in pairs],
        "trained": [own.trained.get(name) for own, name in pairs],
        "untrained": [own.untrained.get(name) for own, name in pairs],
        "untrained seeds": [len(own.seeds) for own, _ in pairs],
    }
    files = {"Figure": figure_files(stem, draw), "Numbers": table_files(stem, columns), "Page": page_files(stem, page)}
    return Sheet(files, LINES, PAGE_NOTE)


def _values(own: Measured, scores: Sequence[Any]) -> tuple[Mapping[str, float], Mapping[str, float], float | None, float]:
    """By title, the best first: what was trained and what was not; the floor; and the largest the metric can be."""
    titles = {score.name: score.title for score in scores}
    trained, untrained = (
        {titles[name]: values[name] for name in sorted(values, key=lambda name: -own.trained.get(name, 0.0))}
        for values in (own.trained, own.untrained)
    )
    floor = next((own.trained[score.name] for score in scores if score.is_floor and score.name in own.trained), None)
    return trained, untrained, floor, own.metric.largest


def _figure(own: Measured, scores: Sequence[Any], kind: str | None) -> Any:
    return results.dots(*_values(own, scores), own.metric.title, kind)


def _cell(own: Measured, score: str, kind: str, values: Mapping[str, float]) -> str:
    """A number that leads to its view: to see it, its parameters must be those that were measured."""
    if score not in values:
        return "–"
    kept = {state.TASK: own.task, state.SCORE: score, state.PARAMETERS: kind, state.SEED: min(own.seeds, default=0)}
    query = urlencode(link.encode(kept, address.declared()).params)
    text = f"[{number(values[score])}](./{f'?{query}' if query else ''})"
    return f"**{text}**" if values[score] == max(values.values()) else text
