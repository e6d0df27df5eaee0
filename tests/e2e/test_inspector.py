"""The cell inspector in a real browser: the chain read off the page is what NumPy makes of q, k and the parameters."""

import re

import numpy as np
import pytest

import attention_core as core
from tests.e2e import playing
from tests.examples import result_of, task_of

CELLS = {"sentiment": 10, "find": 131}  # a key each: "dull", and a place
LISTED = 6  # keys of the table with a line of their own


@pytest.fixture(scope="module", params=sorted(CELLS))
def task(request):
    return task_of(request.param)


def inspector(page):
    return page.locator("[data-testid=inspector]")


def number(text):
    return float(text.replace("−", "-").replace("-∞", "-inf"))


def wait_for_cell(page, key):
    """Wait until that key's chain is on the page."""
    page.wait_for_selector(f"[data-testid=inspector][data-key='{key}']", timeout=playing.SECONDS)
    playing.settle(page)


def pin(page, task, key):
    """Press the word or the place of that key."""
    if task.spec.name == playing.TEXT_TASK:
        playing.figure(page).locator(".words button").nth(key - 1).click()  # the first token is special
    else:
        field = playing.figure(page).locator(".field")
        box = field.bounding_box()
        columns = 20
        x, y = (key % columns + 0.5) / columns, (key // columns + 0.5) / columns
        field.click(position={"x": x * box["width"], "y": y * box["height"]})
    wait_for_cell(page, key)


def opened(page, app_url, task):
    playing.open_playground(page, app_url, task=task.spec.name)
    pin(page, task, CELLS[task.spec.name])


def terms(page):
    """The numbers of the second line of the formula, and its total."""
    line = page.locator(".st-key-cell annotation").first.text_content().split(r"\\")[1].replace(r"\end{aligned}", "")
    line = re.sub(r"\\underbrace\{([\d.]+)\}_\{\\text\{[\d,]+ more\}\}", r"\1", line.split("&=", 1)[1])
    left, total = line.rsplit("=", 1)
    return [float(own.replace(" ", "")) for own in re.findall(r"[+-]?\s*[\d.]+", left)], float(total)


def table(page):
    """The row's table: the name of each line, and its columns by their titles."""
    head = inspector(page).locator("thead th").all_inner_texts()
    rows = [row.locator("th, td").all_inner_texts() for row in inspector(page).locator("tbody tr").all()]
    return [row[0] for row in rows], {title: [row[n] for row in rows] for n, title in enumerate(head)}


def softmax(energies, key_mask, temperature=1.0):
    powers = np.where(key_mask, np.exp((energies - energies[key_mask].max()) / temperature), 0)
    return powers, powers / powers.sum()


def test_the_chain_on_the_page_is_what_numpy_computes(page, app_url, task):
    opened(page, app_url, task)
    for score in ("general", "additive"):
        playing.choose_score(page, core.score_spec(score))
        check_chain(page, task, score, 0, CELLS[task.spec.name])


def test_the_chain_of_a_written_word_is_what_numpy_computes(page, app_url):
    task, row, key = task_of(playing.WRITING_TASK), 1, 2
    playing.open_playground(page, app_url, task=task.spec.name)
    playing.figure(page).locator("tbody tr").nth(row).locator("td").nth(key).click()
    for score in ("general", "additive"):
        playing.choose_score(page, core.score_spec(score))
        page.wait_for_selector(f"[data-testid=inspector][data-row='{row}'][data-key='{key}']", timeout=playing.SECONDS)
        playing.settle(page)
        check_chain(page, task, score, row, key)


def check_chain(page, task, score, row, key):
    """Every vector, term and total against NumPy, then the row."""
    result = result_of(task.spec.name, score=score)
    p = {name: own.double().numpy() for name, own in task.head(score).score.named_parameters()}
    q, k, value = result.query[row].astype(float), result.key.astype(float), result.value.astype(float)
    if score == "general":
        parts = (q @ p["W"]) * k
        vectors = {"q": q, "k": k[key], "qᵀW": q @ p["W"], "qᵀW ⊙ k": parts[key]}
    else:
        from_key, from_query = k @ p["W1"].T, p["W2"] @ q
        bent = np.tanh(from_key + from_query + p["b"])
        parts = p["v"] * bent
        vectors = {
            "q": q, "k": k[key], "W₁k": from_key[key], "W₂q": from_query, "b": p["b"],
            "W₁k + W₂q + b": (from_key + from_query + p["b"])[key], "act(…)": bent[key], "v": p["v"], "v ⊙ act(…)": parts[key],
        }  # fmt: skip
    energies = parts.sum(1)
    strips = {
        strip.locator(".title b").inner_text(): strip for strip in inspector(page).locator(".strips >> nth=0 >> .strip").all()
    }
    assert list(strips) == [*vectors, "energy"], score
    for name, vector in vectors.items():
        told = strips[name].locator("li").all()
        assert len(told) == 3
        for item in told:
            component, shown = item.locator("span").inner_text(), item.locator("b").inner_text()
            assert number(shown) == pytest.approx(vector[int(component) - 1], abs=1.1e-4), (name, component)
    shown, total = terms(page)
    np.testing.assert_allclose(shown[:3], sorted(parts[key], key=lambda each: -abs(each))[:3], atol=1.1e-4)
    assert sum(shown) == pytest.approx(total, abs=1e-9)
    assert total == pytest.approx(energies[key], abs=1e-4)
    assert number(strips["energy"].locator(".number").inner_text()) == total
    check_row(page, result, energies, value, row, key)


def check_row(page, result, energies, value, row, key, temperature=1.0):
    """Every column of the table against NumPy, and against the column before it as shown."""
    mask = result.key_mask[row]
    powers, weights = softmax(energies, mask, temperature)
    context = weights @ value
    shares = weights * (value @ context) / (context @ context)
    names, columns = table(page)
    order = [key, *(s for s in np.argsort(-weights, kind="stable") if s != key)][:LISTED]
    assert names[:LISTED] == [result.key_labels[s] for s in order]
    below = next(title for title in columns if "energy − largest" in title)
    expected = {
        "energy": energies, below: (energies - energies[mask].max()) / temperature, "exp": powers, "weight": weights,
        "share of context": shares,
    }  # fmt: skip
    for title, numbers in expected.items():
        np.testing.assert_allclose(
            [number(own) for own in columns[title][:LISTED]], numbers[order], atol=1.1e-4, rtol=1e-4, err_msg=title
        )
    for title in ("exp", "weight", "share of context"):
        shown = [number(own) for own in columns[title]]
        assert sum(shown[:-1]) == pytest.approx(shown[-1], abs=1e-9), title
    assert columns["exp"][-1] == columns["sum"][0]
    data = inspector(page).evaluate("element => ({ ...element.dataset })")
    assert float(data["weight"]) == pytest.approx(weights[key], rel=1e-6)
    assert float(data["energy"]) == pytest.approx(energies[key], rel=1e-6)
    assert (int(data["row"]), int(data["key"])) == (row, key)


def test_sliders_move_the_row_and_reset_takes_it_back(page, app_url, task):
    opened(page, app_url, task)
    key = CELLS[task.spec.name]
    result = result_of(task.spec.name)
    before, formula = inspector(page).get_attribute("data-weight"), page.locator(".st-key-cell annotation").first.text_content()
    energy = inspector(page).get_by_label("This energy")
    energy.focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    moved = float(energy.input_value())
    page.wait_for_function(
        "([host, wanted]) => Math.abs(host.dataset.energy - wanted) < 1e-6", arg=[inspector(page).element_handle(), moved]
    )
    energies = result.energies[0].astype(float)
    assert moved > energies[key] + 0.1
    energies[key] = moved
    check_row(page, result, energies, result.value.astype(float), 0, key)
    inspector(page).get_by_label("Temperature").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("(energy − largest) ÷ 1.5").wait_for()
    check_row(page, result, energies, result.value.astype(float), 0, key, temperature=1.5)
    assert page.locator(".st-key-cell annotation").first.text_content() == formula  # what came before is held fixed
    np.testing.assert_allclose(playing.read(page).weights.max(), result.by_word().weights.max(), atol=1e-5)
    inspector(page).get_by_role("button", name="Reset").click()
    page.wait_for_function("([host, wanted]) => host.dataset.weight === wanted", arg=[inspector(page).element_handle(), before])


def test_by_keyboard_alone(page, app_url, task):
    playing.open_playground(page, app_url, task=task.spec.name)
    is_text = task.spec.name == playing.TEXT_TASK
    peak = playing.read(page).peak
    target = playing.figure(page).locator(".words button").nth(peak) if is_text else playing.figure(page).locator(".field")
    target.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    key = peak - 1 + is_text  # the first token is special
    wait_for_cell(page, key)
    if is_text:
        assert playing.figure(page).locator(".words [aria-pressed=true]").count() == 1
        assert playing.figure(page).locator(".words button").nth(peak - 1).get_attribute("aria-pressed") == "true"
    inspector(page).get_by_role("button", name="Next key").focus()
    page.keyboard.press("Enter")
    wait_for_cell(page, key + 1)
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-testid=inspector]:not([data-key])", timeout=playing.SECONDS)
    page.wait_for_selector(".st-key-cell annotation", state="detached", timeout=playing.SECONDS)
    assert "press Enter" in inspector(page).inner_text()


def test_a_cell_of_a_heatmap_opens_and_close_returns(page, app_url, task):
    playing.open_playground(page, app_url, task=task.spec.name)
    plot = page.locator(f".st-key-{'wide_tokens' if task.spec.name == playing.TEXT_TASK else 'places'} .js-plotly-plot")
    area = plot.locator(".nsewdrag").bounding_box()
    columns, rows = (17, 1) if task.spec.name == playing.TEXT_TASK else (20, 20)
    column, row = columns - 3, rows // 2
    page.mouse.move(area["x"] + area["width"] * (column + 0.5) / columns, area["y"] + area["height"] * (row + 0.5) / rows)
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.up()
    wait_for_cell(page, row * columns + column)
    inspector(page).get_by_role("button", name="Close").click()
    page.wait_for_selector("[data-testid=inspector]:not([data-key])", timeout=playing.SECONDS)


def test_a_cell_of_the_comparison_opens_under_its_score_function(page, app_url):
    task = task_of(playing.TEXT_TASK)
    playing.open_playground(page, app_url, task=task.spec.name)
    plot = page.locator(".st-key-wide_every .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    area = plot.locator(".nsewdrag").bounding_box()
    names = plot.locator(".yaxislayer-above text").all_text_contents()
    wanted = core.score_spec("cosine")
    row = [name.strip() for name in names].index(wanted.title)
    page.mouse.move(area["x"] + area["width"] * 4.5 / 15, area["y"] + area["height"] * (row + 0.5) / len(names))
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector(f"[data-testid=attention][data-score={wanted.name}]", timeout=playing.SECONDS)
    wait_for_cell(page, 5)
    assert page.get_by_role("radio", name=wanted.title).is_checked()
    own = result_of(task.spec.name, score=wanted.name)
    assert float(inspector(page).get_attribute("data-weight")) == pytest.approx(float(own.weights[0, 5]), rel=1e-5)


def test_another_score_function_keeps_the_cell_and_another_input_drops_one_that_is_gone(page, app_url):
    task = task_of(playing.TEXT_TASK)
    opened(page, app_url, task)
    run = inspector(page).get_attribute("data-run")
    playing.choose_score(page, core.score_spec("cosine"))
    wait_for_cell(page, CELLS[playing.TEXT_TASK])
    assert inspector(page).get_attribute("data-run") != run
    playing.type_in(page, task.spec.inputs[0].label, "Short text.")
    page.wait_for_selector("[data-testid=inspector]:not([data-key])", timeout=playing.SECONDS)
    assert playing.problem(page) == ""


def test_open_or_not_axe_finds_nothing_serious_and_it_never_scrolls_sideways(page, app_url, task):
    playing.open_playground(page, app_url, task=task.spec.name)
    for scheme in playing.SCHEMES:
        playing.turn(page, scheme)
        assert playing.serious_findings(page) == [], (scheme, "closed")
    pin(page, task, CELLS[task.spec.name])
    for scheme in reversed(playing.SCHEMES):
        page.set_viewport_size({"width": 1280, "height": 844})
        playing.turn(page, scheme)
        assert playing.serious_findings(page) == [], (scheme, "open")
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(500)
        assert playing.serious_findings(page) == [], (scheme, "narrow")
        assert playing.width_beyond(page.locator("[data-testid=stMain]")) <= 0
        assert playing.width_beyond(inspector(page)) <= 0
