"""Suggested films: which are picked and refused, what is suggested, in which order films stand."""

import numpy as np
import pytest
import torch

import attention_core as core
from attention_core.ablation import without
from attention_core.tasks.recommendation import MOST, SUGGESTED, Catalogue, catalogue
from attention_core.tasks.settings import Settings
from tests.examples import task_of

FILMS = ["Alien (1979)", "Inception (2010)", "District 9 (2009)"]


@pytest.fixture(scope="module")
def task():
    return task_of("recommendation", device="cpu")


def test_films_are_found_by_title_in_a_list_or_a_text_whatever_its_capitals():
    films = Catalogue(["Heat (1995)", "Up (2009)", "Tom & Jerry: Été (1999)"])
    assert films.picked(["Up (2009)", "Heat (1995)"]) == [1, 0]
    assert films.picked("  up (2009) \n\nTOM & JERRY: ÉTÉ (1999)\n") == [1, 2]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "The films must be at least one, got none. Pick a film that you liked, or an example."),
        ([" ", "\n"], "The films must be at least one, got none. Pick a film that you liked, or an example."),
        (
            "Alien (1979)\n<b>No such film</b>",
            "Each film must be one of the 1,210 in the catalogue, got “<b>No such film</b>”. Pick it from the list.",
        ),
        (
            ["x" * 500],
            f"Each film must be one of the 1,210 in the catalogue, got “{'x' * 60}…”. Pick it from the list.",
        ),
        (
            ["Alien (1979)", "Inception (2010)", "alien (1979)"],
            "Each film must be there once, got “Alien (1979)” twice. Take one of the two out.",
        ),
        (["Alien (1979)"] * 31, "The films must be at most 30, got 31. Take some of them out."),
    ],
)
def test_films_that_cannot_be_used_are_refused_in_a_sentence(task, given, sentence):
    with pytest.raises(core.InputError) as refused:
        task.run(films=given)
    assert str(refused.value) == sentence


def test_as_many_films_as_may_be_picked_and_a_single_one(task):
    for films in (catalogue().titles[-MOST:], catalogue().titles[:1]):
        result = task.run(films=list(films), score="location")
        assert result.weights.shape == (SUGGESTED, len(films))


def test_rows_are_other_films_the_best_first_and_columns_the_picked_ones_the_latest_first(task):
    result = task.run(films=FILMS)
    assert result.key_labels == tuple(FILMS[::-1])
    assert len(set(result.query_labels)) == SUGGESTED
    assert not set(result.query_labels) & set(FILMS)
    assert set(result.query_labels) <= set(catalogue().titles)
    scores = result.output["row_scores"]
    assert scores == sorted(scores, reverse=True)
    assert result.output["label"] == result.query_labels[0]
    np.testing.assert_allclose(result.context, result.weights @ result.value, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"distribution": "sparsemax", "temperature": 0.3}])
def test_no_other_film_has_a_higher_score(task, settings):
    """Written out: every film of the catalogue asked of the same picks, one by one in NumPy."""
    head, films = task.head("multiplicative").readout, catalogue()
    result = task.run(films=FILMS, score="multiplicative", **settings)
    liked = [films.picked([title])[0] for title in result.key_labels]
    considered, vectors = head.considered.numpy(), head.liked.numpy()[liked]
    energies = torch.tensor(considered @ vectors.T, dtype=torch.float64)[None]
    own = core.distribution_spec(settings.get("distribution", "softmax"))
    weights = own.weigh(energies / settings.get("temperature", 1.0))[0].numpy()
    scores = (considered * (weights @ vectors)).sum(1) + head.bias.numpy()
    scores[liked] = -np.inf
    best = np.argsort(-scores)[:SUGGESTED]
    assert result.query_labels == tuple(films.titles[n] for n in best)
    np.testing.assert_allclose(result.output["row_scores"], scores[best], atol=1e-4)


def test_a_film_that_is_taken_out_leaves_the_suggestions_as_they_are(task):
    encoding, settings = task.encode(films=FILMS), Settings(score="general")
    before = task.run_encoded([(encoding, settings)])[0]
    after = without(task, encoding, settings, [0], 2)
    assert after.query_labels == before.query_labels
    assert after.weights[2, 0] == 0
    changed = np.array(after.output["row_scores"]) != np.array(before.output["row_scores"])
    assert changed.tolist() == [row == 2 for row in range(SUGGESTED)]


def test_a_film_kept_from_attention_changes_what_is_suggested_but_is_not_suggested_itself(task):
    mask = np.array([True, True, False])  # District 9 is the last pick, so it is the first key: this leaves Alien out
    result = task.run(films=FILMS, key_mask=mask)
    assert not result.weights[:, 2].any()
    assert "Alien (1979)" not in result.query_labels


def test_nothing_that_ships_says_who_liked_what(task):
    shapes = {name: tuple(own.shape) for name, own in task.head("uniform").state_dict().items()}
    films = len(catalogue())
    assert {shape[0] for shape in shapes.values()} == {films}
