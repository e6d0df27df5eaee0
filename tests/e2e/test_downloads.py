"""Every format, saved from a text and from a picture as a visitor does, and each file opened."""

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from PIL import Image

import attention_core as core
from attention_core.library import example_inputs
from tests.e2e import playing
from tests.examples import task_of
from tests.results import assert_same

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ("SVG", "PNG", "PNG, 2×", "PDF", "CSV", "CSV, context", "JSON", "NPZ", "HTML")


def save(page, label, folder):
    """Press a button and wait for its file."""
    with page.expect_download(timeout=playing.SECONDS) as pressed:
        page.get_by_role("button", name=label, exact=True).click()
    path = folder / pressed.value.suggested_filename
    pressed.value.save_as(path)
    return path


def open_save(page, label="Save this result"):
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("button", name="SVG", exact=True).wait_for()


@pytest.fixture(scope="module", params=core.task_names())
def task(request):
    return task_of(request.param)


@pytest.fixture
def saved(task, page, app_url, tmp_path):
    """The files of one view by their button, and the result that the core computes for it."""
    playing.open_playground(page, app_url, task=task.spec.name, score="multiplicative")
    open_save(page)
    inputs = example_inputs(task.spec, task.spec.examples[0])
    return {label: save(page, label, tmp_path) for label in LABELS}, task.run(**inputs, score="multiplicative")


def printed_words(result):
    """What must stand as text in a figure for print."""
    words = [] if result.key_words is None else result.key_words.labels
    if result.query_words is not None:
        return {*words, *result.query_words.labels, "weight, over"}
    if len(result.weights) > 1:
        words = [*result.key_labels, *result.query_labels]
    return {*words, result.output.get("label") or result.output["text"], "weight, over"} | (
        {result.query_labels[0]} if result.key_boxes is not None else set()
    )


def test_every_format_opens_and_holds_the_result(saved, new_page):
    files, result = saved
    options = "".join(f"-{name}{value}" for name, value in result.provenance["options"].items())
    stem = f"{result.provenance['task']}{options}-multiplicative-trained-softmax-t1"
    assert {label: path.name for label, path in files.items()} == {
        "SVG": f"{stem}.svg", "PNG": f"{stem}.png", "PNG, 2×": f"{stem}@2x.png", "PDF": f"{stem}.pdf",
        "CSV": f"{stem}.csv", "CSV, context": f"{stem}-context.csv",
        "JSON": f"{stem}.json", "NPZ": f"{stem}.npz", "HTML": f"{stem}.html",
    }  # fmt: skip

    text = "\n".join(element.text for element in ElementTree.parse(files["SVG"]).iter(f"{SVG}text"))
    pdf = pypdf.PdfReader(files["PDF"]).pages[0].extract_text()
    for word in printed_words(result):
        assert word in text, word
        assert word in pdf, word

    once, twice = (np.asarray(Image.open(files[label]).convert("RGB")) for label in ("PNG", "PNG, 2×"))
    assert twice.shape == (2 * once.shape[0], 2 * once.shape[1], 3)
    assert len(np.unique(once.reshape(-1, 3), axis=0)) > 50  # something is painted

    assert_same(core.load_result(files["NPZ"]), result)
    assert_same(core.load_result(files["JSON"]), result)

    head, *lines = csv.reader(io.StringIO(files["CSV"].read_text("utf-8-sig"), newline=""))
    assert [line[head.index("key")] for line in lines] == list(result.key_labels) * len(result.query_labels)
    assert [np.float32(line[head.index("weight")]) for line in lines] == result.weights.ravel().tolist()

    page = new_page(offline=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files["HTML"].as_uri())
    page.wait_for_selector(".heatmaplayer image", state="attached")
    field = page.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(field["x"] + 0.37 * field["width"], field["y"] + 0.5 * field["height"])
    page.wait_for_selector(".hovertext")
    hover = page.locator(".hovertext").first.text_content()
    shown = result.by_word()
    assert "weight " in hover
    assert any(hover.startswith(label) for label in shown.key_labels)
    drawn = page.evaluate("document.querySelector('.js-plotly-plot').calcdata[0][0].z.map((row) => [...row])")
    rows = shown.weights if result.key_boxes is None else shown.weights[:1]  # a picture for each row
    np.testing.assert_array_equal(np.ravel(drawn).astype(np.float32), rows.ravel())
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_what_is_saved_follows_what_is_chosen(page, app_url, tmp_path):
    task = task_of(playing.TEXT_TASK)
    playing.open_playground(page, app_url, task=task.spec.name, score="cosine")
    playing.choose_score(page, core.score_spec("additive"))
    playing.type_in(page, task.spec.inputs[0].label, "=A <b>good</b> film, $5$ 漢字.")
    open_save(page)
    path = save(page, "NPZ", tmp_path)
    assert path.name == f"{playing.TEXT_TASK}-additive-trained-softmax-t1.npz"
    assert_same(core.load_result(path), task.run(text="=A <b>good</b> film, $5$ 漢字.", score="additive"))
    assert "text='=A <b>good</b> film, $5$ 漢字.'," in page.locator("[data-testid=stCode]").inner_text()


def test_a_cell_and_the_comparison_are_saved_where_they_are_shown(page, app_url, tmp_path):
    task, column = task_of(playing.TEXT_TASK), 5
    given = example_inputs(task.spec, task.spec.examples[0])
    results = {score: task.run(**given, score=score) for score in core.score_names()}
    playing.open_playground(page, app_url, task=task.spec.name, score="additive", cell=f"0,{column}")
    playing.settle(page)
    assert page.get_by_role("button", name="SVG", exact=True).count() == 0
    open_save(page, "Save this cell")
    path = save(page, "JSON", tmp_path)
    assert path.name == f"{playing.TEXT_TASK}-additive-trained-softmax-t1-cell-row1-key{column + 1}.json"
    read = json.loads(path.read_text("utf-8"))
    cell = core.inspect_cell(task.head("additive").score, results["additive"], 0, column)
    told = [value for name, value in zip(read["name"], read["value"], strict=True) if name == "energies"]
    np.testing.assert_array_equal(told, cell.energies)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="SVG", exact=True).wait_for(state="detached")

    open_save(page, "Save the comparison")
    path = save(page, "CSV", tmp_path)
    assert path.name == f"{playing.TEXT_TASK}-every-score-trained-softmax-t1.csv"
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    for score, result in results.items():
        assert [np.float32(line["weight"]) for line in lines if line["score"] == score] == result.weights.ravel().tolist()


def test_axe_finds_nothing_serious_in_it(page, app_url):
    playing.open_playground(page, app_url)
    playing.settle(page)
    open_save(page)
    for scheme in playing.SCHEMES:
        playing.turn(page, scheme)
        assert playing.serious_findings(page) == [], scheme


def test_it_fits_a_phone(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url)
    playing.settle(page)
    open_save(page)
    for label in LABELS:
        box = page.get_by_role("button", name=label, exact=True).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["height"] >= 24
