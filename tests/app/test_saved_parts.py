"""What the comparison, a cell, and taking a key out become when they are saved: their numbers are those of the core."""

import io
import json
from functools import cache

import numpy as np
import pandas
import pypdf
import pytest

import attention_core as core
from app import services, state
from app.components import chain
from app.components.cell_sheet import cell_sheet
from app.components.comparison_sheet import comparison_sheet
from app.components.matter_sheet import matter_sheet
from app.components.report import Shown
from app.figures.numbers import figure as number
from app.figures.numbers import fixed
from tests.app.test_sheets import made, words_of
from tests.examples import result_of, task_of

TASKS = pytest.mark.parametrize("name", core.task_names())
CHOICES = state.Choices("trained", 0, "softmax", (), 1.0)


@cache
def shown_of(name):
    """The first example of a task as a page shows it, and the core's own results of it by another way."""
    inputs = dict(core.task_spec(name).examples[0].values)
    digest, encoded = services.encode(name, inputs)
    attended = services.attend.__wrapped__(name, digest, CHOICES, encoded)
    results = {score: result_of(name, score=score) for score in core.score_names()}
    return Shown(encoded, attended, "Photo by someone", digest, inputs), results


def numbers(content):
    return pandas.read_csv(io.BytesIO(content), keep_default_na=False)


def no_address(page):
    """Whether a page of HTML asks no one for anything: no element of its own names an address."""
    head = page.decode().split("<script", 1)[0]
    return b"default-src 'none'" in page and "http" not in head.replace("http-equiv", "")


@TASKS
def test_the_comparison_holds_every_score_function(name):
    shown, results = shown_of(name)
    scores = services.score_specs()
    sheet = comparison_sheet(scores, shown)
    found = {
        (heading, file.label): file.make() for heading, own in sheet.files.items() for file in own if "PNG" not in file.label
    }
    assert all(file.name.startswith(f"{name}-") and "every-score" in file.name for own in sheet.files.values() for file in own)
    table, context = numbers(found["Numbers", "CSV"]), numbers(found["Numbers", "CSV, context"])
    read = {own["provenance"]["score"]: own for own in json.loads(found["Numbers", "JSON"])["results"]}
    assert {*table["score"]} == {*results} == {*read}
    for score, result in results.items():
        own = table[table["score"] == score]
        for column, array in (("weight", result.weights), ("energy", result.energies)):
            assert own[column].astype(np.float32).to_numpy().tobytes() == array.tobytes()
        assert own["weights_sha256"].unique().tolist() == [result.provenance["weights_sha256"]]
        assert own["key"].tolist()[: len(result.key)] == list(result.key_labels)
        vectors = context[context["score"] == score].filter(regex=r"^c\d+$").astype(np.float32).to_numpy()
        assert vectors.tobytes() == result.context.tobytes()
        assert np.array(read[score]["weights"], np.float32).tobytes() == result.weights.tobytes()
    text = words_of(found["Figure", "SVG"])
    assert all(own.title in text for own in scores)
    assert text.count("one scale for all") == 1
    top = max(own.by_word().weights.max() for own in results.values())
    assert f" 0 {number(top)} weight, over" in text
    asked = f": “{result.query_labels[0]}”" if result.key_boxes is not None and result.query_words is None else ""
    assert f"Every score function on this input{asked}" in text
    assert scores[0].title in pypdf.PdfReader(io.BytesIO(found["Figure", "PDF"])).pages[0].extract_text()
    assert no_address(found["Page", "HTML"])
    assert len(found["Page", "HTML"]) < 12_000_000


@TASKS
@pytest.mark.parametrize("score", core.score_names())
def test_a_cell_holds_every_number_on_the_way(name, score):
    shown, results = shown_of(name)
    result, row = results[score], len(results[score].query) - 1
    module = task_of(name).head(score).score
    cell = core.inspect_cell(module, result, row, int(result.weights[row].argmax()))
    sheet = cell_sheet(core.score_spec(score), core.distribution_spec("softmax"), result, shown, "How it gets there", cell, None)
    assert {file.name.split(".")[0].split("@")[0] for own in sheet.files.values() for file in own} == {
        sheet.files["Numbers"][0].name.removesuffix(".csv")
    }
    assert f"-cell-row{row + 1}-key{cell.column + 1}.csv" in sheet.files["Numbers"][0].name
    found = {file.label: file.make() for file in sheet.files["Numbers"]}
    table = numbers(found["CSV"])

    def values(part, own):
        return table[(table["part"] == part) & (table["name"] == own)]["value"].astype(float).to_numpy()

    for step, own in cell.steps.items():
        np.testing.assert_array_equal(values("score function", step), own.ravel())
    for part, own, array in (
        ("query", "q", cell.query),
        ("key", "k", cell.key),
        ("row", "energies", cell.energies),
        ("row", "tempered", cell.tempered),
        ("distribution", "weight", cell.weights),
        ("context", "weight × value", cell.part),
        ("context", "context", cell.context),
    ):
        np.testing.assert_array_equal(values(part, own), array)
    read = json.loads(found["JSON"], parse_constant=pytest.fail)
    assert (read["score"], read["row"], read["column"]) == (score, row + 1, cell.column + 1)
    assert [own for own in read["value"] if type(own) is str] == ["-Infinity"] * int(np.isneginf(cell.tempered).sum()) * (
        2 if "e − max e" in cell.spread else 1
    )
    with np.load(io.BytesIO(found["NPZ"])) as arrays:
        np.testing.assert_array_equal(arrays["value"], table["value"].astype(float))


@pytest.mark.parametrize("score", core.score_names())
def test_the_figure_of_a_cell_is_text(score):
    shown, results = shown_of("sentiment")
    spec, result = core.score_spec(score), results[score]
    cell = core.inspect_cell(task_of("sentiment").head(score).score, result, 0, 10)
    files = cell_sheet(spec, core.distribution_spec("softmax"), result, shown, "How it gets there", cell, None).files["Figure"]
    found = {file.label: file.make() for file in files if "PNG" not in file.label}
    text = words_of(found["SVG"])
    assert all(step.name in text and step.meaning.split()[-1] in text for step in spec.way)
    pdf = pypdf.PdfReader(io.BytesIO(found["PDF"])).pages[0].extract_text()
    for own in (text, pdf):
        assert "How it gets there" in own and "all 17 keys" in own and "share of context" in own
        assert fixed(cell.energies[10], chain.decimals(cell)[0]) in own


def test_a_moved_cell_is_saved_as_moved():
    shown, results = shown_of("sentiment")
    cell = core.inspect_cell(task_of("sentiment").head("general").score, results["general"], 0, 3)
    moved = state.Moved(None, 2.5, None)
    specs = core.score_spec("general"), core.distribution_spec("softmax")
    sheet = cell_sheet(*specs, results["general"], shown, "How", core.reweigh(cell, 2.5), moved)
    csv = sheet.files["Numbers"][0]
    assert csv.name.endswith("-cell-row1-key4-moved.csv")
    table = numbers(csv.make())
    assert {*table["moved energy"]} == {2.5} and "moved temperature" not in table
    energies = table[table["name"] == "energies"]["value"].astype(float).to_numpy()
    raised = np.exp(energies) * results["general"].key_mask[0]
    weights = table[(table["part"] == "distribution") & (table["name"] == "weight")]["value"].astype(float)
    np.testing.assert_allclose(weights, raised / raised.sum(), atol=1e-12)
    assert "cell = reweigh(cell, energy=2.5)" in sheet.lines


@TASKS
def test_taking_a_key_out_is_saved_as_the_core_computes_it(name):
    shown, results = shown_of(name)
    result, row = results["general"], 0
    found = services.take_out.__wrapped__(name, "", CHOICES, "general", row, shown)
    sheet = matter_sheet(result, row, found, found[-1], shown)
    files = made(sheet)
    table, weights = numbers(files["Table", "CSV"]), numbers(files["Weights", "CSV"])
    assert table["key"].tolist() == [own.key + 1 for own in found]
    assert {*table["score"]} == {"general"} == {*weights["score"]}
    whole = result.by_word().weights[0]
    everything = weights[weights["key taken out"].astype(str) == ""]
    assert everything["weight"].astype(np.float32).to_numpy().tobytes() == whole.tobytes()
    index = np.arange(len(result.key)) if result.key_words is None else result.key_words.index
    queries = [0] if result.query_words is None else np.flatnonzero(result.query_words.index == 0)
    for own in (found[0], found[-1]):
        kept = np.exp(result.energies[queries].astype(float)) * result.key_mask[queries] * (index != own.key)
        left = (kept / kept.sum(1, keepdims=True)).mean(0)
        by_word = np.array([left[index == key].sum() for key in range(len(whole))])
        told = weights[weights["key taken out"].astype(str) == str(own.key + 1)]["weight"].astype(float).to_numpy()
        np.testing.assert_allclose(told, by_word / by_word.sum(), atol=1e-6)
    text = words_of(files["Figure", "SVG"])
    assert f"without “{table['taken out'][0]}”" in text
    assert no_address(files["Page", "HTML"])
    assert all("-without-a-key" in file.name for own in sheet.files.values() for file in own)
