"""The link in the browser: it restores, the address follows, back and forward step, the button copies, the QR code reads."""

import io
import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import zxingcpp
from PIL import Image

import attention_core as core
from app.address import PROBLEM
from tests.e2e import playing
from tests.examples import task_of

VIEW = (
    "?v=1&task=sentiment&in.text=A+dull,+%3Cb%3Elong%3C/b%3E+film+%26+%C3%A9t%C3%A9."
    "&score=additive&parameters=untrained&seed=3&temperature=0.5"
)
TEXT = "A dull, <b>long</b> film & été."
SENTENCE = "The plot is thin but the acting is superb."
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
NUMBERS = "all => all.map(own => { const { run, ...rest } = own.dataset; return rest })"  # a run is timed
STORED = "localStorage.length + sessionStorage.length"


def forget_probes(page_errors):
    """Opened at another page than the first, Streamlit looks for its server beside that page before it finds it."""
    page_errors[:] = [own for own in page_errors if "404" not in own or "/_stcore/" not in own]


@pytest.fixture(scope="module")
def task():
    return task_of(playing.TEXT_TASK)


def shared(page):
    """Open what the Share button opens; returns the link it shows."""
    page.get_by_role("button", name="Share", exact=True).click()
    return page.get_by_role("textbox", name="Link to this view").input_value()


@pytest.mark.parametrize(
    ("view", "figures"),
    [
        (f"/{VIEW}&cell=0,2", 1),
        (f"/compare{VIEW}&b.score=cosine&b.parameters=trained&b.temperature=2&b.distribution=top_k&b.opt.k=3", 2),
        ("/?v=1&task=translation&row=1&cell=1,2", 1),
        ("/compare?v=1&task=translation&row=1&score=cosine", 2),
    ],
)
def test_two_browsers_show_the_same_numbers(new_page, page_errors, app_url, task, view, figures):
    seen = []
    for _ in range(2):
        page = new_page()
        playing.open_playground(page, app_url + view)
        if "cell" in view:
            page.wait_for_selector("[data-testid=inspector][data-weight]", timeout=playing.SECONDS)
        playing.settle(page)
        seen.append(page.locator("[data-testid=attention], [data-testid=inspector]").evaluate_all(NUMBERS))
        seen[-1].append(page.locator("[class*=st-key-numbers_]").all_inner_texts())
        seen[-1].append(page.url)
        forget_probes(page_errors)
        assert page.locator("[data-testid=stToast]").count() == 0
    assert seen[0] == seen[1]
    assert [own["testid"] for own in seen[0][:-2]].count("attention") == figures
    assert ("weight" in seen[0][1]) is ("cell" in view)
    assert seen[0][-1] == app_url + view
    if VIEW in view:
        own = task.run(text=TEXT, score="additive", parameters="untrained", seed=3, temperature=0.5)
        np.testing.assert_allclose(json.loads(seen[0][0]["weights"]), own.by_word().weights[0], atol=1e-4)


def test_the_link_of_one_browser_opens_in_another(new_page, app_url, task):
    first, second = new_page(), new_page()
    playing.open_playground(first, app_url, task=task.spec.name)
    playing.type_in(first, task.spec.inputs[0].label, SENTENCE)
    playing.choose_score(first, core.score_spec("cosine"))
    playing.open_playground(second, shared(first))
    assert playing.read(second).weights.tolist() == playing.read(first).weights.tolist()
    assert playing.read(second).score == "cosine"
    playing.open_playground(second, first.url)
    assert playing.read(second).weights.tolist() == playing.read(first).weights.tolist()


@pytest.mark.parametrize("view", [VIEW, "/?v=1&task=translation&score=additive", "/?v=1&example=A%20bicycle"])
def test_every_other_page_keeps_the_choices(page, app_url, view):
    """Also of a task that cannot be learned, and of an example that no lesson watches."""
    playing.open_playground(page, app_url + view)
    playing.settle(page)
    before, query = playing.read(page).weights.tolist(), parse_qs(urlsplit(page.url).query)
    others = page.locator("[data-testid=stTopNavLink]").all_inner_texts()[1:]
    assert others
    for name in others:
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_timeout(500)
        playing.settle(page)
        assert parse_qs(urlsplit(page.url).query).items() >= query.items(), name
        page.get_by_role("link", name="Playground", exact=True).click()
        page.wait_for_selector("[data-testid=attention][data-score]", timeout=playing.SECONDS)
        playing.settle(page)
        assert playing.read(page).weights.tolist() == before, name


def test_the_button_copies_the_link(new_page, app_url):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    playing.open_playground(page, app_url + VIEW)
    link = shared(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert link.startswith(app_url + "/?v=1&")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_link_starts_with_the_address_that_the_visitor_came_by(page, app_url, host):
    came_by = f"http://{host}:{urlsplit(app_url).port}"
    playing.open_playground(page, came_by + VIEW)
    assert shared(page).startswith(f"{came_by}/?v=1&")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("link", name="A against B").click()
    page.wait_for_selector("[data-testid=attention] >> nth=1", timeout=playing.SECONDS)
    playing.settle(page)
    assert shared(page).startswith(f"{came_by}/compare?v=1&")
    assert page.locator(".share .notes p").count() == 0


def test_without_a_clipboard_the_link_is_selected(page, app_url):
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })")
    playing.open_playground(page, app_url + VIEW)
    link = shared(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link is selected").wait_for()
    field = page.get_by_role("textbox", name="Link to this view")
    assert field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == link
    assert field.evaluate("e => e.getRootNode().activeElement === e")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (390, 844, "dark")])
def test_the_qr_code_holds_the_link(new_page, app_url, width, height, scheme):
    page = new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    playing.open_playground(page, app_url + VIEW)
    link = shared(page)
    code = page.get_by_role("img", name="QR code of the link")
    code.wait_for()
    page.wait_for_timeout(500)  # the dialog arrives
    box = code.bounding_box()
    assert box["width"] >= min(500, width - 120)
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    assert [own.text for own in read] == [link]


def test_a_link_too_long_for_a_qr_code_says_so(page, app_url, task):
    playing.open_playground(page, app_url + "?v=1&task=sentiment")
    playing.type_in(page, task.spec.inputs[0].label, "é" * 1400)
    link = shared(page)
    page.get_by_text("This link is too long for a QR code").wait_for()
    assert len(link) > 2953
    assert page.get_by_role("img", name="QR code of the link").count() == 0


def test_a_text_of_1500_characters_travels_and_a_longer_one_is_said_to_stay(new_page, app_url, task):
    page, other = new_page(), new_page()
    playing.open_playground(page, app_url + "?v=1&task=sentiment")
    text = "😀" + "𐌰" * 1498 + "😀"  # as long in an address as a text can be, and three words
    playing.type_in(page, task.spec.inputs[0].label, text)
    assert len(text) == 1500
    page.wait_for_url(lambda url: "in.text" in url)
    playing.open_playground(other, page.url)
    assert other.get_by_role("textbox", name=task.spec.inputs[0].label).input_value() == text
    playing.type_in(page, task.spec.inputs[0].label, text + "!")
    assert "in.text" not in page.url
    assert "in.text" not in shared(page)
    page.get_by_text("it has 1,501 characters, and a link takes 1,500").wait_for()
    page.get_by_text("pick an example").first.wait_for()


def test_parts_are_hidden_through_the_link_alone(new_page, app_url):
    page, other = new_page(), new_page()
    playing.open_playground(page, app_url + VIEW)
    link = shared(page)
    page.get_by_role("combobox", name="Hide in this link").click()
    for part in ("Task", "Temperature", "Score functions"):
        page.get_by_role("option", name=part, exact=True).click()
        playing.settle(page)
    with_less = page.locator(".share .link").input_value()
    assert with_less == link.replace("&theme", "&hide=task%2Ctemperature%2Cscore&theme")
    assert "hide" not in page.url
    playing.open_playground(other, with_less)
    playing.settle(other)
    assert other.get_by_role("combobox", name="Task").count() == 0
    assert other.get_by_role("slider", name="Temperature").count() == 0
    assert other.get_by_role("radio", name="Additive").count() == 0
    assert playing.read(other).weights.tolist() == playing.read(page).weights.tolist()
    other.get_by_role("button", name="Show everything").click()
    other.get_by_role("slider", name="Temperature").wait_for(timeout=playing.SECONDS)
    playing.settle(other)
    assert "hide" not in other.url


def test_without_a_single_control_the_column_is_gone(new_page, app_url):
    page = new_page()
    playing.open_playground(page, app_url + "?v=1&hide=navigation,task,input,example,parameters,temperature,distribution")
    playing.settle(page)
    assert not page.locator("[data-testid=stSidebar]").is_visible()
    assert playing.figure(page).bounding_box()["x"] < 60


@pytest.mark.parametrize(
    "query",
    ["?v=1&score=<script>alert(1)</script>&in.text=%FF&task=%00&unknown", "/nonsense?v=1", "?v=1&cell=0,9999"],
)
def test_a_broken_link_says_one_sentence(page, page_errors, app_url, query):
    playing.open_playground(page, app_url + query)
    playing.settle(page)
    assert page.locator("[data-testid=stToast]").all_inner_texts() == [PROBLEM]
    assert page.get_by_role("dialog").count() == 0
    assert playing.read(page).score == "general"
    assert urlsplit(page.url).path == "/"
    assert shared(page).startswith(f"{app_url}/?")
    forget_probes(page_errors)


def test_markup_in_a_link_stays_text(page, app_url, task):
    text = "<img src=x onerror=window.broken=1> **bold** $x$ <script>window.broken=1</script>"
    page.goto(app_url)
    query = page.evaluate("text => new URLSearchParams({ v: 1, task: 'sentiment', 'in.text': text }).toString()", text)
    playing.open_playground(page, f"{app_url}?{query}")
    playing.settle(page)
    shared(page)
    page.wait_for_timeout(500)
    assert page.get_by_role("textbox", name=task.spec.inputs[0].label, include_hidden=True).input_value() == text
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src=x]").count() == 0


@pytest.fixture(scope="module")
def own_storage(lasting_page, app_url):
    """How much Streamlit itself keeps in a browser that came without a link."""
    page = lasting_page()
    playing.open_playground(page, app_url)
    return page.evaluate(STORED)


@pytest.mark.parametrize(
    ("scheme", "theme", "ground"), [("dark", "light", "rgb(253, 252, 250)"), ("light", "dark", "rgb(20, 22, 25)")]
)
def test_a_link_brings_its_theme(new_page, app_url, own_storage, theme, ground, scheme):
    page = new_page(color_scheme=scheme)
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    playing.open_playground(page, f"{app_url}?v=1&score=cosine&theme={theme}")
    page.wait_for_selector("[data-testid=attention][data-score=cosine]", timeout=playing.SECONDS)
    playing.settle(page)
    assert page.evaluate(GROUND) == ground
    assert len(loads) == (1 if theme == scheme else 2)
    assert page.evaluate(STORED) == own_storage


def test_axe_finds_nothing_serious_in_what_share_opens(page, app_url):
    playing.open_playground(page, app_url + VIEW + "&hide=task")
    for scheme in playing.SCHEMES:
        playing.turn(page, scheme)
        shared(page)
        page.wait_for_timeout(700)
        assert playing.serious_findings(page) == [], scheme
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
