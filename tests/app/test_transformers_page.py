"""The page of transformers without a browser: every kind of transformer, links, what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import address, state
from app.components import model_inputs
from app.services import transformers as services
from tests import tiny_transformers
from tests.app.test_page import SECONDS, by_key

SCRIPT = "from app import address\nfrom app.views.transformers import PAGE\naddress.restore([])\nPAGE.render()\naddress.write()\n"
KINDS = {"tiny-llama": "decoder", "tiny-t5": "encoder-decoder", "tiny-vit": "vision", "tiny-bert": "encoder"}


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory):
    """A tiny transformer of each kind in the folder that a deployer names, and one that is refused."""
    folder = tmp_path_factory.mktemp("models")
    for name in KINDS:
        tiny_transformers.make(name.removeprefix("tiny-"), folder)
        (folder / name.removeprefix("tiny-")).rename(folder / name)
    (folder / "pickled").mkdir()
    (folder / "pickled" / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTENTION_MODEL_DIR", str(folder))
        address.declared.cache_clear()
        yield folder
    address.declared.cache_clear()


def opened(**params):
    visitor = AppTest.from_string(SCRIPT, default_timeout=SECONDS)
    for name, value in params.items():
        visitor.query_params[name.replace("__", ".")] = value
    return visitor.run()


def choose(page, name):
    return by_key(page.selectbox, state.MODEL).select(name).run()


def drawn(page):
    return [own.proto.component_name for own in page.get("bidi_component") if own.proto.component_name in ("heads", "map")]


def button(page, label):
    return next(own for own in page.button if own.label == label)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_transformer_is_drawn(name):
    page = choose(opened(), name)
    assert not page.exception and not page.error
    assert page.session_state[state.READS] == KINDS[name]
    assert drawn(page) == ["heads", "map"]
    assert page.title[0].value.replace("\\", "").startswith(name)


def test_a_transformer_that_is_refused_says_why_and_draws_nothing():
    page = choose(opened(), "pickled")
    assert not page.exception
    assert "must hold a config.json" in page.error[0].value.replace("\\", "")
    assert drawn(page) == []


def test_an_empty_text_is_refused_and_the_page_stays():
    page = opened()
    page.text_area[0].set_value("  ").run()
    assert not page.exception
    assert "must hold at least one word" in page.error[0].value
    page.text_area[0].set_value("Now there is one.").run()
    assert not page.error and drawn(page) == ["heads", "map"]


def test_a_decoder_goes_on_and_back_and_anew():
    page = choose(opened(), "tiny-llama")
    page.text_area[0].set_value("the cat sat on a mat").run()
    button(page, "Write 10 words").click().run()
    own = page.session_state[state.WRITTEN]
    assert (len(own.steps), own.at) == (11, 10)
    assert all(after[: len(before)] == before for before, after in zip(own.steps, own.steps[1:], strict=False))
    button(page, "‹ Back").click().run()
    assert page.session_state[state.WRITTEN].at == 9
    page.session_state[state.DRAW] = 5
    button(page, "Write a word").click().run()
    assert len(page.session_state[state.WRITTEN].steps) == 11
    assert page.session_state[state.WRITTEN].steps[:10] == own.steps[:10]
    assert [made[0] for made in page.session_state[state.WRITTEN].made] == [0] * 9 + [5]
    button(page, "From the beginning").click().run()
    assert len(page.session_state[state.WRITTEN].steps) == 1
    assert not page.exception and not page.error


def test_where_there_is_no_more_room_it_says_so_and_keeps_what_it_wrote():
    page = choose(opened(), "tiny-llama")  # 40 tokens
    page.text_area[0].set_value("the cat sat on a mat and saw two dogs run far away today " * 2).run()
    button(page, "Write 10 words").click().run()
    button(page, "Write 10 words").click().run()
    assert not page.exception
    assert "must have fewer than 40 tokens" in page.error[0].value
    by_key(page.selectbox, state.SCALE).select("row").run()
    assert "must have fewer than 40 tokens" in page.error[0].value  # it stays until something else is asked for
    assert len(page.session_state[state.WRITTEN].ids) == 40
    assert drawn(page) == ["heads", "map"]


def test_a_change_of_the_sampling_does_not_run_the_model_again(monkeypatch):
    page = choose(opened(), "tiny-llama")
    runs = []
    energies = services.core.next_energies
    monkeypatch.setattr(services.core, "next_energies", lambda *given: runs.append(given) or energies(*given))
    page.text_area[0].set_value("the cat sat").run()
    assert len(runs) == 1
    by_key(page.select_slider, state.WARMTH).set_value(0.5).run()
    assert len(runs) == 1


def test_a_link_brings_back_transformer_text_head_and_words():
    link = {"v": "1", "model": "tiny-llama", "model__reads": "decoder", "model__in__text": "two dogs run", "model__step": "3"}
    page = opened(**link, model__head="1.2", model__scale="row")
    assert not page.exception
    own = page.session_state[state.WRITTEN]
    assert (own.model, own.at, len(own.steps)) == ("tiny-llama", 3, 4)
    assert page.text_area[0].value == "two dogs run"
    params = {name: own if isinstance(own, str) else own[0] for name, own in page.query_params.items()}
    assert (params["model.step"], params["model.head"], params["model.scale"]) == ("3", "1.2", "row")
    again = opened(**{name.replace(".", "__"): own for name, own in params.items()})
    assert again.session_state[state.WRITTEN].steps == own.steps
    assert again.session_state[state.HEAD] == "1.2"


def test_a_link_says_when_words_were_drawn_with_other_settings():
    page = opened(v="1", model="tiny-llama", model__reads="decoder", model__in__text="two dogs run", model__step="2")
    page.session_state[state.DRAW] = 5
    page.run()
    assert page.session_state[state.WRITTEN].made[0][0] == 0
    page.session_state[state.STEP] = 3
    page.run()
    assert [own[0] for own in page.session_state[state.WRITTEN].made] == [0, 0, 5]


def test_habits_are_those_of_the_heads_that_are_shown():
    read = services.read("minilm", services.Given("The animal didn't cross the street because it was too tired."))
    every, plain = (read.strengths("encoder", hides) for hides in (False, True))
    first = services.core.HABITS.index("first token")
    assert (every[..., first] >= 0.5).sum() > 10  # heads that rest on [CLS]
    np.testing.assert_allclose(plain, services.core.habits(read.stacks["encoder"].without_special().weights, False))
    assert (plain[..., first] >= 0.5).sum() < (every[..., first] >= 0.5).sum()


def test_special_tokens_are_hidden_only_where_there_are_some(tiny):
    page = opened()
    page.toggle[0].set_value(True).run()
    assert not page.exception and drawn(page) == ["heads", "map"]
    assert not choose(page, "tiny-vit").toggle


def test_one_visitor_never_sees_what_another_one_has_read(monkeypatch):
    """The same model and text, two sessions: each has a reading of its own, and one's is gone with its key."""
    sessions = iter(["first", "second"])
    monkeypatch.setattr(services, "get_script_run_ctx", lambda: SimpleNamespace(session_id=next(sessions)))
    one, other = (services.read("tiny-bert", services.Given("two dogs")) for _ in range(2))
    assert one is not other


def test_titles_name_what_is_packaged():
    assert set(services.names()) >= {"minilm", *KINDS, "pickled"}
    assert model_inputs.TITLES["minilm"].startswith("MiniLM")
