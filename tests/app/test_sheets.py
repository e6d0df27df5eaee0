"""What A against B, the study of widths and a lesson become when they are saved: every file opens and holds their numbers."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import attention_core as core
from app import course, services
from app.components.lesson_sheet import lesson_sheet
from app.components.sheet import pair_sheet, result_sheet
from app.components.study_sheet import study_sheet
from app.reading import read_field
from attention_core.study import width_study
from attention_core.tasks.sentiment_lesson import read
from attention_core.tasks.settings import Settings

TEXT_TASK, PICTURE_TASK = "sentiment", "find"
STARTS = {"SVG": b"<?xml", "PNG": b"\x89PNG", "PNG, 2×": b"\x89PNG", "PDF": b"%PDF", "HTML": b"<!doctype html>"}


def made(sheet):
    """The bytes of every file by heading and label; names must differ, and each must start like its kind."""
    names = [file.name for files in sheet.files.values() for file in files]
    assert len(set(names)) == len(names)
    found = {(heading, file.label): file.make() for heading, files in sheet.files.items() for file in files}
    for (_, label), content in found.items():
        assert content.startswith(STARTS.get(label, b"")), label
    return found


def words_of(svg):
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def side(name, task, score, given):
    result = services.load_task(task).run_encoded([(given.encoding, given.settings(score))])[0]
    attended = SimpleNamespace(spec=core.task_spec(result.provenance["task"]))
    shown = SimpleNamespace(encoded=given.encoded, attended=attended, credit="", inputs=given.inputs)
    return SimpleNamespace(name=name, score=core.score_spec(score), result=result, field=read_field(result), shown=shown)


@pytest.fixture(params=[TEXT_TASK, PICTURE_TASK])
def pair(request):
    """A and B on the first example of a task, under two score functions."""
    spec = core.task_spec(request.param)
    inputs = dict(spec.examples[0].values)
    _, encoded = services.encode(spec.name, inputs)
    given = SimpleNamespace(
        encoding=encoded.encoding, encoded=encoded, inputs=inputs, settings=lambda score: Settings(score=score)
    )
    return [side(name, spec.name, score, given) for name, score in (("A", "general"), ("B", "additive"))]


def test_a_against_b_of_sentences_of_other_lengths_is_saved_with_the_last_word_of_a_held():
    spec = core.task_spec("translation")
    pair = []
    for name, text in (("A", "The white cat sleeps under the black table."), ("B", "I see.")):
        inputs = {"text": text, "target": ""}
        encoding = services.load_task(spec.name).encode(text=text)
        given = SimpleNamespace(
            encoding=encoding,
            encoded=SimpleNamespace(encoding=encoding, picture=None),
            inputs=inputs,
            settings=lambda score: Settings(score=score),
        )
        pair.append(side(name, spec.name, "additive", given))
    last = len(pair[0].field.rows) - 1
    assert last >= len(pair[1].field.rows)
    found = made(pair_sheet(*pair, True, last))
    assert pair[1].field.rows[-1] in words_of(found["Figure", "SVG"])


def test_a_against_b_holds_both_and_their_difference(pair):
    sheet = pair_sheet(*pair, False)
    found = made(sheet)
    text = words_of(found["Figure", "SVG"])
    assert "General against Additive" in text
    assert "The difference, B − A" in text
    for own in pair:
        again = core.load_result(found[f"Numbers of {own.name}", "NPZ"])
        np.testing.assert_array_equal(again.weights, own.result.weights)
        assert again.provenance["score"] == own.score.name
        assert f"score={own.score.name!r}" in sheet.lines
    with Image.open(io.BytesIO(found["Figure", "PNG"])) as once, Image.open(io.BytesIO(found["Figure", "PNG, 2×"])) as twice:
        assert twice.size == (2 * once.width, 2 * once.height)
    assert "The difference" not in words_of(made(pair_sheet(*pair, True))["Figure", "SVG"])


@pytest.mark.parametrize(("task", "titles"), [("action", ("Acceleration", "Turn rate")), ("speech", ("Sound", "Spectrogram"))])
def test_what_runs_in_time_is_saved_with_its_signals(task, titles):
    spec = core.task_spec(task)
    inputs = dict(spec.examples[0].values)
    _, encoded = services.encode(task, inputs)
    result = services.load_task(task).run_encoded([(encoded.encoding, Settings(score="additive"))])[0]
    shown = SimpleNamespace(encoded=encoded, attended=SimpleNamespace(spec=spec), credit="", inputs=inputs)
    found = made(result_sheet("When?", result, shown))
    printed = words_of(found["Figure", "SVG"])
    assert all(title in printed for title in titles)
    assert f"{encoded.encoding.signals.seconds:.2f} s" in printed
    assert f"{', '.join(titles)}, over the same time" in found["Page", "HTML"].decode()
    assert "as the encoder splits the text" not in found["Page", "HTML"].decode()


def test_the_study_of_widths_holds_its_numbers():
    study = width_study(widths=(1, 16), draws=4, keys=4)
    titles = {name: core.score_spec(name).title for name in core.score_names()}
    found = made(study_sheet(study, titles, core.score_names()[0]))
    lines = list(csv.DictReader(io.StringIO(found["Numbers", "CSV"].decode("utf-8-sig"))))
    told = {(line["score function"], int(line["width"])): float(line["spread"]) for line in lines}
    assert told == {(name, width): own[n] for name, own in study.spread.items() for n, width in enumerate(study.widths)}
    assert json.loads(found["Numbers", "JSON"])["largest weight"] == [v for own in study.largest.values() for v in own.tolist()]
    assert titles[core.score_names()[0]] in words_of(found["Figure", "SVG"])
    assert {line["seed"] for line in lines} == {str(study.seed)}
    assert f"seed={study.seed}" in study_sheet(study, titles, core.score_names()[0]).lines
    assert zipfile.is_zipfile(io.BytesIO(found["Numbers", "NPZ"]))


def test_a_lesson_holds_its_steps():
    task, text = services.load_task(TEXT_TASK), "A fine but dull film."
    own = read("\n".join(f"A {word} film, number {n}.\t{word}" for n in range(10) for word in ("fine", "dull")).replace(
        "\tfine", "\tpositive").replace("\tdull", "\tnegative"))  # fmt: skip
    learned = course.Course(task, "general", task.encode(text=text), own, {"text": text})
    for _ in learned.work():
        if len(learned.snapshots) == 4:
            break
    shown = learned.snapshots[2]
    sheet = lesson_sheet(learned, core.score_spec("general"), shown)
    found = made(sheet)
    lines = list(csv.DictReader(io.StringIO(found["Curves", "CSV"].decode("utf-8-sig"))))
    assert [int(line["step"]) for line in lines] == [kept.step for kept in learned.snapshots]
    assert lines[0]["task"] == TEXT_TASK
    assert lines[0]["loss"] == "" and float(lines[2]["loss"]) == shown.loss
    again = core.load_result(found["Numbers", "JSON"])
    np.testing.assert_array_equal(again.weights, shown.result.weights)
    assert again.provenance["steps"] == shown.step
    assert f"step.done == {shown.step}" in sheet.lines
    assert all(word in words_of(found["Figure", "SVG"]) for word in ("fine", "dull", f"{shown.step} steps"))


def test_a_lesson_on_a_picture_holds_it_before_and_after(monkeypatch):
    task = services.load_task(PICTURE_TASK)
    lesson = task.spec.lesson
    example = next(own for own in task.spec.examples if own.title in lesson.watched)
    _, encoded = services.encode(PICTURE_TASK, example.values)
    few = tuple(part[:32] for part in lesson.shipped())
    monkeypatch.setattr(task, "spec", replace(task.spec, lesson=replace(lesson, shipped=lambda: few)))
    monkeypatch.setattr(course, "_shared", {})
    learned = course.Course(task, "general", encoded.encoding, None, example.values, encoded.picture)
    for _ in learned.work():
        if len(learned.snapshots) == 3:
            break
    shown = learned.snapshots[2]
    sheet = lesson_sheet(learned, core.score_spec("general"), shown)
    found = made(sheet)
    text = words_of(found["Figure", "SVG"])
    assert all(word in text for word in ("After 0 steps", f"After {shown.step} steps", "400 places", example.credit[:20]))
    assert "label" not in shown.result.output  # the readout is not taught, so what it says is not told
    again = core.load_result(found["Numbers", "NPZ"])
    np.testing.assert_array_equal(again.weights, shown.result.weights)
    lines = list(csv.DictReader(io.StringIO(found["Curves", "CSV"].decode("utf-8-sig"))))
    assert float(lines[0][f"set apart {lesson.right}"]) == learned.snapshots[0].held_out
    assert "assets/examples/flowers.jpg" in sheet.lines and "lesson.shipped()" in sheet.lines
