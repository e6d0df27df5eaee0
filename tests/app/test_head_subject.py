"""A head of a transformer in the cell inspector: what it opens on, and what is said of it."""

import re

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import attention_core as core
from app.components import cell as drawing
from app.components import chain
from app.components.downloads import provenance_of, stem_of
from app.components.head_subject import head_subject, what_it_computes
from attention_core.transformers import Transformer, open_transformer, read_checkpoint
from tests import tiny_transformers

TEXT = "the cat sat on a mat"
GIVEN = {"vit": {"image": Image.new("RGB", (64, 64), "red")}, "t5": {"text": TEXT, "target": "two dogs run far away"}}
SPECS = {
    "score_specs": [core.score_spec(name) for name in core.score_names()],
    "distribution_specs": [core.distribution_spec(name) for name in core.distribution_names()],
}


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    own = tmp_path_factory.mktemp("tiny")
    opened = {name: Transformer(read_checkpoint(tiny_transformers.make(name, own))) for name in tiny_transformers.MAKERS}
    return {name: own.attend(**GIVEN.get(name, {"text": TEXT}), states=True) for name, own in opened.items()}


def subject_of(stack, layer=1, head=2, name="tiny"):
    return head_subject(stack, layer, head, name=name, of=(name, TEXT), **SPECS)


KINDS = [
    ("bert", "encoder"), ("gpt2", "decoder"), ("vit", "vision"), ("llama", "decoder"), ("t5", "encoder"), ("t5", "decoder"),
    ("t5", "cross"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_cell_in_any_order_is_the_one_that_was_recorded(stacks, name, kind):
    stack = stacks[name][kind]
    subject = subject_of(stack)
    assert subject.score.name == subject.result.provenance["score"]
    assert (subject.distribution.name, subject.closed(), subject.save) == ("softmax", "", None)
    for row, column in [(3, 1), (3, 0), (2, 2), (3, 1), (0, 0)]:  # a row left and come back to
        cell = subject.inspect(row, column)
        assert (cell.row, cell.column) == (row, column)
        np.testing.assert_allclose(cell.weights, stack.weights[1, 2, row], atol=1e-5)
        assert float(cell.steps["energy"]) == pytest.approx(float(stack.head(1, 2).energies[row, column]), rel=1e-5, abs=1e-5)
        assert subject.inspect(row, column) is cell


def test_what_was_looked_at_in_another_row_is_not_kept(stacks):
    subject = subject_of(stacks["bert"]["encoder"])
    first = subject.inspect(1, 1)
    subject.inspect(2, 1)
    assert subject.inspect(1, 1) is not first


def test_its_name_tells_it_from_every_other(stacks):
    bert, t5 = stacks["bert"]["encoder"], stacks["t5"]
    subjects = [
        subject_of(bert), subject_of(bert, 2), subject_of(bert, 1, 3), subject_of(bert.without_special()),
        subject_of(bert, name="other"), subject_of(t5["encoder"], name="t5"),
        subject_of(t5["decoder"], name="t5"), subject_of(t5["cross"], name="t5"),
    ]  # fmt: skip
    assert len({own.name for own in subjects}) == len(subjects)
    assert subjects[0].name == subject_of(bert).name


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_what_the_page_writes_adds_up(stacks, name, kind):
    subject = subject_of(stacks[name][kind])
    cell = subject.inspect(3, 1)
    places, _ = chain.decimals(cell)
    total = chain.formula_lines(subject.score, cell, places)[-1].rsplit("=", 1)[1]
    assert float(total) == pytest.approx(stacks[name][kind].head(1, 2).energies[3, 1], abs=1e-4)
    weight = chain.table(subject.distribution, cell, subject.result.key_labels)["rows"][0]["cells"][-2]
    assert float(weight) == pytest.approx(stacks[name][kind].weights[1, 2, 3, 1], abs=1e-3)


def test_the_sentence_over_a_cell(stacks):
    bert, vit = stacks["bert"]["encoder"], stacks["vit"]["vision"]

    def said(stack, row, column):
        subject = subject_of(stack)
        return re.sub(r"weight \S+", "weight w", drawing.title(subject, subject.inspect(row, column)))

    assert said(bert, 3, 2) == "Layer 2, head 3: how “cat” gets weight w for “sat”"
    assert said(vit, 1, 0) == "Layer 2, head 3: how “class token” gets weight w for “row 1, column 1”"
    assert (
        said(vit.without_special(), 1, 0)
        == "Layer 2, head 3: how the place at row 1, column 1 gets weight w for “row 1, column 2”"
    )


def test_files_would_be_named_after_what_is_declared(stacks):
    subject = head_subject(
        stacks["bert"]["encoder"], 1, 2, name="Org/Tiny", of=("tiny", TEXT), weights_sha256="ab" * 32, device="cuda:0", **SPECS
    )
    assert stem_of(subject.result) == "transformer-org-tiny-encoder-layer2-head3-general-trained-softmax-t1"
    assert provenance_of(subject.result).startswith(
        "Task transformer-org-tiny-encoder-layer2-head3 · score function general · trained parameters abababababab · "
        "distribution softmax · temperature 1 · attention_core "
    )
    assert subject.result.provenance["device"] == "cuda:0"


def test_minilm_in_words():
    stack = open_transformer("minilm", "cpu").attend(text=TEXT, layers=[2], states=True)["encoder"]
    assert what_it_computes(stack, 2, 4) == (
        r"This head is the general score function, $f(q, k) = q^\top W k$. Its queries and its keys are the states that enter "
        r"this layer's attention, each with a 1 appended, so that $W$ holds the biases, too. "
        r"$W = \frac{1}{\sqrt{32}}\, [W_Q\; b_Q]^\top [W_K\; b_K]$ has 385 × 385 numbers. Both brackets have only $d = 32$ rows, "
        r"so $W$ listens to at most 32 directions of a state."
    )


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        (
            "llama",
            "decoder",
            ["turns every query", r"$q^\top k / \sqrt{d}$ of the turned", "$d = 8$", "key head 2 of 2", "3 and 4"],
        ),
        (
            "t5",
            "encoder",
            [r"does not divide by $\sqrt{d}$", "position bias", "last component of the key, with a 1 in the query"],
        ),
        (
            "t5",
            "cross",
            ["states of the target", "(of which this model has none)", r"$W = [W_Q\; b_Q]^\top [W_K\; b_K]$ has 25 × 25"],
        ),
        ("gpt2", "decoder", [r"\frac{1}{\sqrt{6}}", "25 × 25", "at most 6 directions"]),
    ],
)
def test_others_in_words(stacks, name, kind, words):
    told = what_it_computes(stacks[name][kind], 1, 3)
    assert all(own in told for own in words), told
    assert "  " not in told and told.endswith(".")


def test_a_head_whose_weights_are_not_explained_is_closed(stacks):
    stack = stacks["bert"]["encoder"].without_special()
    stack.weights[1, 2, 3] = stack.weights[1, 2, 3][::-1]
    subject = subject_of(stack)
    assert subject.closed().startswith("This model changes its energies in a way of its own")
    assert what_it_computes(stack, 1, 2) == subject.closed()
    assert subject_of(stack, 1, 3).closed() == ""


def page():
    import streamlit as st

    from app import address
    from app.components.inspector import inspector

    address.write()
    inspector([st.session_state["subject"]], "cell of the heatmap", kept="head_cell")


@pytest.mark.parametrize(
    ("name", "kind", "pinned"), [("bert", "encoder", (3, 2)), ("t5", "decoder", (3, 2)), ("vit", "vision", (0, 5))]
)
def test_the_inspector_opens_on_it(stacks, name, kind, pinned):
    own = AppTest.from_function(page, default_timeout=60)
    own.session_state["subject"], own.session_state["address"] = subject_of(stacks[name][kind]), ({}, {})
    own.run()
    assert not own.exception and not own.markdown
    own.session_state["head_cell"] = pinned
    own.run()
    assert not own.exception
    assert own.markdown[0].value.startswith("## Layer 2, head 3\\: how")
    assert r"\begin{aligned}" in own.markdown[0].value
