"""A lesson on the page: what it learns from, its buttons, where it stands, and what it looked like at a step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import course, lessons, state
from app.components import inputs, stage
from app.components.plain import plain
from app.components.plot import scrolling
from app.figures import heatmap
from app.figures.curves import curves
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.reading import outcome, read_row

LARGEST_MEGABYTES = 1
NO_BREAK = "\u00a0"
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
    if not state.shows("source"):
        return None
    training, held_out = map(len, lesson.shipped())
    shipped = f"{training:,} to learn from, and {held_out} set apart that nothing learns from. {plain(lesson.credit)}."
    if lesson.own is None:
        st.caption(f"It learns from the {lesson.examples} that come with the app: {shipped}")
        return None
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
        st.caption(shipped)
        return None
    file = st.file_uploader("Your file", type=["tsv", "txt"], max_upload_size=LARGEST_MEGABYTES, key="lesson_file")
    text = st.text_area(
        "Or paste them here",
        key=state.LESSON_TEXT,
        placeholder=lesson.own.pattern,
        max_chars=course.LARGEST_TEXT,
        height=104,
        persist_state="session",
    )
    st.caption(
        f"{plain(lesson.own.form)} A fifth of them is set apart to measure with. They stay on this server and are forgotten."
    )
    return text if file is None else file.getvalue()


def what_learns(spec: Any, score: Any) -> bool:
    """Say which parameters are learned; returns whether there are any."""
    learned = ", ".join(f"${symbol.latex}$" for symbol in score.symbols if symbol.parameter)
    readout = spec.lesson.teaches_readout
    if learned:
        judges = ", and the readout learns to judge from the context" if readout else ""
        st.caption(f"{score.title} learns {learned}{judges}.")
    elif readout:
        st.caption(
            f"{score.title} has no parameters: its weights stay as they are. Only the readout learns to judge from the context."
        )
    else:
        st.caption(f"{score.title} has no parameters: there is nothing to learn. Choose another score function.")
    return bool(learned) or readout


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
    """The slider over the steps, and the snapshot to show: the newest while it learns or without a slider, else the slider's."""
    kept, steps = list(training.course.snapshots), training.course.steps
    if not state.shows("steps"):
        return kept[-1]
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


def look_at(
    spec: Any, score: Any, result: Any, step: int, given: Mapping[str, Any], picture: Any = None, opens: bool = False
) -> None:
    """The watched input at a step: its words, or the places of its picture, coloured by weight.

    Args:
        spec, score: What the task and the score function declare.
        result: The TaskResult at that step.
        step: How many steps were done.
        given: The watched input by name.
        picture: The watched picture, which `stage.source` sent; None where a text is watched.
        opens: Whether pressing a word or place shows its arithmetic.
    """
    row, kind, label = read_row(result), st.context.theme.type, outcome(result)
    share = result.output.get("probabilities", {}).get(label)
    scale = f"The scale ends at the largest weight of this step, {number(float(row.weights.max()))}."
    title = f"{score.title} after {step} steps" if step else f"{score.title} before the first step"
    caption = stage.Caption(
        title=title if row.boxes is None else f"{title}: where “{result.query_labels[0]}” looks",
        outcome=label,
        share=share,
        text="" if share is None else percent(share),
        notes=tuple(filter(None, (scale, *result.notes, inputs.credit(spec, given)))),
        explanation=f"The query is {spec.query_meaning}. The keys are {spec.key_meaning}. Parameters start at random and change "
        "with every step; the colour is the weight that they give now.",
        stale="",
        score=score.name,
        parameters=f"step {step}",
        query=row.query,
        positions=tuple(row.positions.tolist()) if opens else (),
        places=tuple(row.places.tolist()),
    )
    if row.boxes is None:
        stage.show(stage.words(caption, row.labels, row.weights, row.energies, kind))
    else:
        stage.show(stage.picture(caption, picture.name, row.labels, row.boxes, row.weights, row.energies, kind))


def growth(training: lessons.Training, shown: course.Snapshot) -> None:
    """The weights of all steps so far: a row each, or for a picture a field for each doubling of the steps."""
    kept, kind = list(training.course.snapshots), st.context.theme.type
    weights, steps = np.stack([own.row.weights for own in kept]), [own.step for own in kept]
    if shown.row.boxes is None:
        figure = heatmap.growth_heatmap(weights, steps, training.course.steps, shown.step, shown.row.labels, kind)
        scrolling(figure, "growth", "Weights of each word, a row a step: the first step on top")
        st.caption("The same words, a row for each kept step, the first on top. One colour scale for all steps.")
    else:
        figure = heatmap.growth_fields(weights, steps, training.course.steps, shown.row.boxes, kind)
        st.plotly_chart(figure, key="growth", theme=None, config=CONFIG, alt="Weights of all places at a few steps")
        st.caption("The same picture's weights at a few steps, each twice as far as the one before. One colour scale for all.")


def fit_so_far(training: lessons.Training, shown: course.Snapshot) -> None:
    """Loss and metric over the steps."""
    kept = list(training.course.snapshots)
    learned = [own for own in kept if own.loss is not None]
    measured = [(own.step, own.held_out) for own in kept if own.held_out is not None]
    figure = curves(
        [own.step for own in learned], [own.loss for own in learned], [own.metric for own in learned], measured,
        training.course.steps, shown.step, st.context.theme.type, training.course.task.spec.lesson.right,
    )  # fmt: skip
    st.plotly_chart(figure, key="curves", theme=None, config=CONFIG, alt="Loss and share that is right over the steps")
    examples, right = training.course.task.spec.lesson.examples, training.course.task.spec.lesson.right
    numbers = "" if shown.loss is None else f" At step {shown.step}: loss {number(shown.loss)}, {percent(shown.metric)} {right}."
    st.caption(
        f"The lines: the {examples} learned from, a few steps together. "
        f"Diamonds: the {training.course.counts[1]} set apart.{numbers}"
    )


def reached(training: lessons.Training, score: Any, floor: Any) -> None:
    """What was reached, beside what it is to be measured against."""
    result, spec = training.course.result, training.course.task.spec
    learned, apart = training.course.counts
    rows: Sequence[tuple[str, float | None]] = (
        (f"**{score.title}, learned here**", result.here),
        (f"{floor.title}, learned here" if spec.lesson.teaches_readout else floor.title, result.floor),
        ("Before the first step", result.untrained),
        (f"{score.title}, shipped with the app", result.shipped),
    )
    lines = [f"| {name} | {percent(value).replace(' ', NO_BREAK)} |" for name, value in rows if value is not None]
    with st.container(key="small_heading"):
        st.header("What it reached", anchor=False)
    st.markdown(f"| on {apart} {spec.lesson.examples} set apart | {spec.lesson.right} |\n|---|---:|\n" + "\n".join(lines))
    share = (result.here * apart + 2) / (apart + 4)  # Agresti and Coull 1998: never quite 0 or 1
    margin = 2 * (share * (1 - share) / (apart + 4)) ** 0.5
    st.caption(
        f"{spec.lesson.counted} Learned here from {learned:,} {spec.lesson.examples}. {spec.lesson.compared} With {apart} to "
        f"measure on, a difference of {100 * margin:.0f} points or less may be chance."
    )
