"""A lesson on the page: what it learns from, its buttons, where it stands, and what it looked like at a step."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import course, lessons, state
from app.components import stage
from app.components.plain import plain
from app.components.plot import scrolling
from app.figures import heatmap
from app.figures.curves import curves
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.numbers import percent

LARGEST_MEGABYTES = 1
PICKED = f"{state.LESSON_STEP}:picked"  # there once the visitor moved the slider; until then it follows
PHASES = {
    lessons.WAITING: "Waiting: others are training. Yours starts by itself when one of them is done.",
    course.PREPARING: "Encoding the {examples}: {done:,} of {of:,}",
    course.LEARNING: "Learning: step {step} of {steps}",
    course.COMPARING: "Learned. Now equal weights learn from the same {examples}, to compare with …",
    lessons.PAUSED: "Paused at step {step} of {steps}. Go back to any step with the slider.",
    lessons.DONE: "Done: {steps} steps in {seconds:.0f} s. Go back to any step with the slider.",
    lessons.STOPPED: "Stopped at step {step} of {steps}.",
}


def source_controls(spec: Any) -> str | bytes | None:
    """The shipped examples or the visitor's own; returns the text of the latter, None for the former."""
    lesson = spec.lesson
    training, held_out = map(len, lesson.shipped())
    state.one_of(state.LESSON_SOURCE, (state.SHIPPED, state.OWN), state.SHIPPED)
    source = st.segmented_control(
        f"Learn from {lesson.examples}",
        (state.SHIPPED, state.OWN),
        format_func={state.SHIPPED: f"Shipped: {training:,}", state.OWN: "Your own"}.get,
        key=state.LESSON_SOURCE,
        required=True,
        width="stretch",
    )
    if source == state.SHIPPED:
        st.caption(f"{training:,} to learn from, and {held_out} set apart that nothing learns from. {plain(lesson.credit)}.")
        return None
    file = st.file_uploader("Your file", type=["tsv", "txt"], max_upload_size=LARGEST_MEGABYTES, key="lesson_file")
    text = st.text_area(
        "Or paste them here",
        key=state.LESSON_TEXT,
        placeholder=lesson.pattern,
        max_chars=course.LARGEST_TEXT,
        height=104,
        persist_state="session",
    )
    st.caption(f"{plain(lesson.form)} A fifth of them is set apart to measure with. They stay on this server and are forgotten.")
    return text if file is None else file.getvalue()


def what_learns(score: Any) -> None:
    """Say which parameters are learned."""
    learned = ", ".join(f"${symbol.latex}$" for symbol in score.symbols if symbol.parameter)
    if learned:
        st.caption(f"{score.title} learns {learned}, and the readout learns to judge from the context.")
    else:
        st.caption(
            f"{score.title} has no parameters: its weights stay as they are. Only the readout learns to judge from the context."
        )


def buttons(training: lessons.Training) -> None:
    """Pause or Continue, once it has a place, and Stop."""
    with st.container(horizontal=True):
        if training.is_paused:
            st.button("Continue", key="lesson_continue", on_click=training.go_on, type="primary")
        elif training.phase != lessons.WAITING:
            st.button("Pause", key="lesson_pause", on_click=training.pause)
        st.button("Stop", key="lesson_stop", on_click=training.stop)


def standing(training: lessons.Training) -> None:
    """Where it stands, in a sentence and a bar."""
    step = training.course.snapshots[-1].step if training.course.snapshots else 0
    phase = training.course.phase if training.phase == lessons.LEARNING else training.phase
    share = {lessons.WAITING: 0.0, lessons.DONE: 1.0}.get(training.phase, training.course.share)
    of = sum(training.course.counts)
    text = PHASES[phase].format(
        step=step,
        steps=training.course.steps,
        seconds=training.seconds,
        examples=training.course.task.spec.lesson.examples,
        done=round(share * of),
        of=of,
    )
    st.progress(share, text)
    if training.problem:
        st.error(plain(training.problem))


def snapshot_control(training: lessons.Training) -> course.Snapshot:
    """The slider over the steps, and the snapshot to show: the newest while it learns, else the one that the slider says."""
    kept, steps = list(training.course.snapshots), training.course.steps
    follows = training.is_active and not training.is_paused
    if follows:
        st.session_state.pop(PICKED, None)
    if PICKED not in st.session_state:
        st.session_state[state.LESSON_STEP] = kept[-1].step
    every = kept[1].step if len(kept) > 1 else 1
    chosen = st.slider("Back to step", 0, steps, step=every, key=state.LESSON_STEP, on_change=_pick_step, disabled=follows)
    return max((own for own in kept if own.step <= chosen), key=lambda own: own.step)


def _pick_step() -> None:
    st.session_state[PICKED] = True


def look_at(training: lessons.Training, score: Any, shown: course.Snapshot) -> None:
    """The watched input at a step: its words coloured by weight, and all steps so far below each other."""
    spec, kind = training.course.task.spec, st.context.theme.type
    caption = stage.Caption(
        title=f"{score.title} after {shown.step} steps",
        outcome=shown.label,
        share=shown.share,
        text="" if shown.share is None else percent(shown.share),
        notes=(f"The scale ends at the largest weight of this step, {number(float(shown.row.weights.max()))}.",),
        explanation=f"The query is {spec.query_meaning}. The keys are {spec.key_meaning}. Parameters start at random and change "
        "with every step; the colour is the weight that they give now.",
        stale="",
        score=training.course.score,
        parameters=f"step {shown.step}",
    )
    stage.show(stage.words(caption, shown.row.labels, shown.row.weights, shown.row.energies, kind))
    kept = list(training.course.snapshots)
    figure = heatmap.growth_heatmap(
        np.stack([own.row.weights for own in kept]), [own.step for own in kept],
        training.course.steps, shown.step, shown.row.labels, kind,
    )  # fmt: skip
    scrolling(figure, "growth", "Weights of each word, a row a step: the first step on top")
    st.caption("The same words, a row for each kept step, the first on top. One colour scale for all steps.")


def fit_so_far(training: lessons.Training, shown: course.Snapshot) -> None:
    """Loss and metric over the steps."""
    kept = list(training.course.snapshots)
    learned = [own for own in kept if own.loss is not None]
    measured = [(own.step, own.held_out) for own in kept if own.held_out is not None]
    figure = curves(
        [own.step for own in learned], [own.loss for own in learned], [own.metric for own in learned], measured,
        training.course.steps, shown.step, st.context.theme.type,
    )  # fmt: skip
    st.plotly_chart(figure, key="curves", theme=None, config=CONFIG, alt="Loss and share judged rightly over the steps")
    examples = training.course.task.spec.lesson.examples
    numbers = "" if shown.loss is None else f" At step {shown.step}: loss {number(shown.loss)}, {percent(shown.metric)} rightly."
    st.caption(
        f"The lines: the {examples} learned from, a few steps together. "
        f"Diamonds: the {training.course.counts[1]} set apart.{numbers}"
    )


def outcome(training: lessons.Training, score: Any, floor: Any) -> None:
    """What was reached, beside what it is to be measured against."""
    result, spec = training.course.result, training.course.task.spec
    learned, apart = training.course.counts
    rows: Sequence[tuple[str, float | None]] = (
        (f"**{score.title}, learned here**", result.here),
        (f"{floor.title}, learned here", result.floor),
        ("Before the first step", result.untrained),
        (f"{score.title}, shipped with the app", result.shipped),
    )
    lines = [f"| {name} | {percent(value)} |" for name, value in rows if value is not None]
    with st.container(key="small_heading"):
        st.header("What it reached", anchor=False)
    st.markdown(f"| on {apart} {spec.lesson.examples} set apart | judged rightly |\n|---|---:|\n" + "\n".join(lines))
    share = (result.here * apart + 2) / (apart + 4)  # Agresti and Coull 1998: never quite 0 or 1
    margin = 2 * (share * (1 - share) / (apart + 4)) ** 0.5
    st.caption(
        f"Learned here from {learned:,} {spec.lesson.examples}. {spec.lesson.compared} With {apart} to measure on, a difference "
        f"of {100 * margin:.0f} points or less may be chance."
    )
