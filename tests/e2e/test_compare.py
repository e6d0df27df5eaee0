"""A against B, the page of score functions and what taking a key out changes, in a real browser, against `attention_core`."""

import json
import re

import numpy as np
import pytest

import attention_core as core
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.figures.theme import tints
from tests.e2e import playing
from tests.examples import task_of

SENTENCE = "The plot is thin, yet every scene with her is unbelievably charming."
TYPED = {"task": playing.TEXT_TASK, "in.text": SENTENCE}
PAGES = {"A against B": "[data-testid=attention][data-score] >> nth=1", "Score functions": ".js-plotly-plot >> nth=4"}


@pytest.fixture(scope="module")
def text_task():
    return task_of(playing.TEXT_TASK)


@pytest.fixture
def compare(page, app_url):
    """A against B, on a text that is in the Playground before."""
    playing.open_playground(page, app_url, **TYPED)
    go_to(page, "A against B")
    return page


def go_to(page, title):
    """Open a page from the navigation."""
    page.get_by_role("link", name=title).click()
    page.wait_for_selector(PAGES[title], timeout=playing.SECONDS, state="attached")
    playing.settle(page)


def sides(page):
    """Name, parameters and weights of both figures."""
    found = page.locator("[data-testid=attention]").evaluate_all("all => all.map(own => ({ ...own.dataset }))")
    return [(own["score"], own["parameters"], np.array(json.loads(own["weights"]))) for own in found]


def plotted(page, key):
    """The numbers of a Plotly heatmap and both ends of its scale."""
    chart = page.locator(f".st-key-{key} .js-plotly-plot").last
    chart.scroll_into_view_if_needed()
    page.wait_for_function("key => document.querySelector(`.st-key-${key} .js-plotly-plot`)?._fullData", arg=key)
    z, low, high = chart.evaluate("own => { const t = own._fullData[0]; return [[...t.z].map(r => [...r]), t.zmin, t.zmax] }")
    return np.array(z), low, high


def words(result):
    return result.by_word().weights[0]


def test_two_settings_show_what_the_core_computes_and_their_difference(compare, text_task):
    page = compare
    playing.choose(page, "Score function", core.score_spec("cosine").title)
    page.get_by_role("radio", name="Untrained").click()
    playing.settle(page)
    (first, trained, a), (second, untrained, b) = sides(page)
    assert (trained, second, untrained) == ("trained", "cosine", "untrained")
    own_a = words(text_task.run(text=SENTENCE, score=first))
    own_b = words(text_task.run(text=SENTENCE, score="cosine", parameters="untrained"))
    np.testing.assert_allclose(a, own_a, atol=1e-4)
    np.testing.assert_allclose(b, own_b, atol=1e-4)
    drawn, low, high = plotted(page, "difference")
    np.testing.assert_allclose(drawn[0], own_b - own_a, atol=1e-4)
    assert high == -low == pytest.approx(np.abs(own_b - own_a).max(), abs=1e-4)
    text = page.locator("[data-testid=stMain]").inner_text()
    assert "parameters (trained → untrained)" in text
    top = number(max(own_a.max(), own_b.max()))
    assert f"weight 0 (no colour) to {top}, the largest weight of either" in text
    assert page.locator("[data-testid=attention] .legend").all_inner_texts()[0].split("\n")[1:2] == [top]
    assert f"From −{number(high)} (blue: A has more weight there) over 0 (no colour) to {number(high)}" in text
    assert f"A and B are {number(np.abs(own_b - own_a).sum() / 2)} apart." in text


def test_the_same_weight_has_the_same_colour_on_both_sides(compare):
    page = compare
    playing.choose(page, "Score function", core.score_spec("uniform").title)
    (_, _, a), (_, _, b) = sides(page)
    top = max(a.max(), b.max())
    grounds = page.locator("[data-testid=attention]").evaluate_all(
        "all => all.map(own => [...own.querySelectorAll('.words button')].map(word => word.style.background))"
    )
    for weights, own in zip((a, b), grounds, strict=True):
        expected = [tuple(int(ground[n : n + 2], 16) for n in (1, 3, 5)) for ground, _ in tints(weights / top, "light")]
        assert [tuple(map(int, re.findall(r"\d+", ground))) for ground in own] == expected


def test_different_texts_have_no_difference_map(compare, text_task):
    page = compare
    page.get_by_text("Same input as A").click()
    playing.settle(page)
    playing.type_in(page, text_task.spec.inputs[0].label, "A dull film.")
    (_, _, a), (second, _, b) = sides(page)
    np.testing.assert_allclose(b, words(text_task.run(text="A dull film.", score=second)), atol=1e-4)
    assert len(a) != len(b)
    text = page.locator("[data-testid=stMain]").inner_text()
    assert f"There is no difference map. The inputs have {len(a)} and {len(b)} keys" in text
    assert page.locator(".st-key-difference").count() == 0


def inspected(page):
    """Side, key, and weight of the inspector."""
    own = page.locator("[data-testid=inspector]").evaluate("element => ({ ...element.dataset })")
    return own["side"], int(own["key"]), float(own["weight"])


def wait_for_side(page, side, key):
    page.wait_for_selector(f"[data-testid=inspector][data-side='{side}'][data-key='{key}']", timeout=playing.SECONDS)
    playing.settle(page)


def test_a_cell_opens_for_a_and_for_b_and_the_link_restores_it(compare, text_task, new_page, page_errors):
    page, key = compare, 4  # "thin"
    (first, _, _), (second, _, _) = sides(page)
    own = {side: text_task.run(text=SENTENCE, score=score) for side, score in (("A", first), ("B", second))}
    page.locator("[data-testid=attention]").nth(0).get_by_role("button", name="thin").press("Enter")
    wait_for_side(page, "A", key)
    assert inspected(page) == ("A", key, pytest.approx(float(own["A"].weights[0, key]), rel=1e-5))
    page.get_by_role("radio", name=f"B: {core.score_spec(second).title}").click()
    wait_for_side(page, "B", key)
    assert inspected(page) == ("B", key, pytest.approx(float(own["B"].weights[0, key]), rel=1e-5))
    heading = page.locator(".st-key-cell h2").inner_text()
    assert heading == f"B: how the word “thin” gets weight {number(own['B'].weights[0, key])}"
    for side in (0, 1):  # the cell is marked on both
        marked = page.locator("[data-testid=attention]").nth(side).locator(".words [aria-pressed=true]")
        assert marked.all_inner_texts() == ["thin"]
    energy = page.locator("[data-testid=inspector]").get_by_label("This energy")
    energy.press("ArrowRight")
    page.get_by_text(f"weight {number(own['B'].weights[0, key])} →").wait_for()
    energies = own["B"].energies[0].astype(float)
    energies[key] = float(energy.input_value())
    powers = np.exp(energies - energies.max()) * own["B"].key_mask[0]
    assert inspected(page) == ("B", key, pytest.approx(powers[key] / powers.sum(), rel=1e-5))
    link = page.url
    page.go_back()
    wait_for_side(page, "A", key)
    page.go_forward()
    wait_for_side(page, "B", key)
    other = new_page()
    other.goto(link)
    wait_for_side(other, "B", key)
    assert other.locator(".st-key-cell h2").inner_text() == heading
    # Streamlit asks below a page's own address first where it is served.
    page_errors[:] = [own for own in page_errors if "/compare/_stcore/" not in own]
    plot = page.locator(".st-key-wide_difference .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    area, words = plot.locator(".nsewdrag").bounding_box(), len(own["A"].key_words.labels)
    page.mouse.move(area["x"] + area["width"] * 1.5 / words, area["y"] + area["height"] / 2)
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.up()
    wait_for_side(page, "B", 2)
    assert inspected(page)[2] == pytest.approx(float(own["B"].weights[0, 2]), rel=1e-5)
    page.locator("[data-testid=attention]").nth(0).get_by_role("button", name="plot").click()
    wait_for_side(page, "A", 2)
    assert playing.serious_findings(page) == []


def test_two_pictures_are_compared_by_place(page, app_url):
    playing.open_playground(page, app_url)
    go_to(page, "A against B")
    (_, _, a), (_, _, b) = sides(page)
    drawn, _, high = plotted(page, "difference")
    np.testing.assert_allclose(drawn.ravel(), b - a, atol=1e-6)
    assert high == pytest.approx(np.abs(b - a).max(), abs=1e-6)


def test_what_was_chosen_stays_from_page_to_page(compare, text_task):
    page = compare
    page.get_by_role("link", name="Playground").click()
    page.wait_for_selector("[data-testid=attention][data-score]", timeout=playing.SECONDS)
    playing.settle(page)
    assert page.get_by_role("textbox", name=text_task.spec.inputs[0].label).input_value() == SENTENCE
    playing.choose_score(page, core.score_spec("location"))
    go_to(page, "A against B")
    assert sides(page)[0][0] == "location"


def test_what_taking_the_top_key_out_changes_is_what_the_task_says(page, app_url, text_task):
    playing.open_playground(page, app_url, **TYPED)
    page.get_by_text("Does it matter?").click()
    playing.settle(page)
    for name in ("general", "cosine"):
        playing.choose_score(page, core.score_spec(name))
        whole = text_task.run(text=SENTENCE, score=name)
        top, label = int(words(whole).argmax()), whole.output["label"]
        key_mask = whole.key_words.index != top
        masked = text_task.run(text=SENTENCE, score=name, key_mask=key_mask)
        page.wait_for_function(  # the section follows the figure
            "text => document.querySelector('.st-key-numbers_matter')?.innerText.includes(text)",
            arg=number(words(whole)[top]),
        )
        lines = page.locator(".st-key-numbers_matter tbody tr").all_inner_texts()
        assert len(lines) == 3
        cells = lines[0].split("\t")
        assert cells[0] == f"the top key, “{whole.key_words.labels[top]}”"
        assert cells[1:3] == [number(words(whole)[top]), number(np.abs(words(whole) - words(masked)).sum() / 2)]
        assert cells[4].startswith(f"{masked.output['label']}; {percent(masked.output['probabilities'][label])} (")
        drawn, _, _ = plotted(page, "without")
        np.testing.assert_allclose(drawn[0], words(whole), atol=1e-4)
        np.testing.assert_allclose(drawn[1], words(masked), atol=1e-4)
        assert drawn[1][top] == 0
    before = lines[1]
    page.get_by_role("button", name="Another random key").click()
    playing.settle(page)
    assert page.locator(".st-key-numbers_matter tbody tr").nth(1).inner_text() != before
    assert page.locator(".st-key-numbers_matter tbody tr").nth(0).inner_text() == lines[0]


def test_the_page_of_score_functions_draws_for_all(page, app_url):
    playing.open_playground(page, app_url)
    go_to(page, "Score functions")
    for name in core.score_names():
        spec = core.score_spec(name)
        page.get_by_role("radio", name=spec.title, exact=True).click()
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=spec.summary)
        playing.settle(page)
        # A formula that KaTeX cannot read is drawn in an error's colour.
        assert page.locator(".st-key-formula_large .katex").count() > 0
        assert page.locator(".katex-error").count() == 0
    wide, _, _ = plotted(page, "study")
    assert wide.shape[0] == len(core.score_names())
    np.testing.assert_allclose(wide.sum(1), 1, atol=1e-3)


def test_axe_finds_nothing_serious(page, app_url):
    playing.open_playground(page, app_url)
    for scheme in playing.SCHEMES:
        playing.turn(page, scheme)
        for title in PAGES:
            go_to(page, title)
            page.wait_for_timeout(500)
            assert playing.serious_findings(page) == [], (title, scheme)


def test_no_page_scrolls_sideways_on_a_telephone(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url)
    page.get_by_test_id("stExpandSidebarButton").click()
    for title in PAGES:
        go_to(page, title)
        main = page.locator("[data-testid=stMain]")
        assert playing.width_beyond(main) <= 0, title
        assert re.search(r"\w", main.inner_text()), title


def test_on_a_tablet_figures_have_room(new_page, app_url):
    page = new_page(viewport={"width": 800, "height": 1100})
    playing.open_playground(page, app_url, score="additive")  # its formula is the longest
    assert playing.serious_findings(page) == []
    assert playing.width_beyond(page.locator(".st-key-formula .katex-display")) <= 0
    assert playing.figure(page).bounding_box()["width"] > 400
    page.set_viewport_size({"width": 1020, "height": 1100})  # two columns again
    page.wait_for_timeout(500)
    assert playing.figure(page).bounding_box()["width"] < 400
    assert playing.width_beyond(page.locator(".st-key-formula .katex-display")) <= 0
    page.set_viewport_size({"width": 800, "height": 1100})
    bar, share = (page.locator(own).bounding_box() for own in ("[data-testid=stTopNav]", ".st-key-share"))
    assert bar["x"] + bar["width"] <= share["x"]
    go_to(page, "A against B")
    assert playing.serious_findings(page) == []
    a, b = (own.bounding_box() for own in playing.figure(page).all())
    assert a["width"] > 400
    assert a["y"] + a["height"] <= b["y"]
