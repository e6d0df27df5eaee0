"""What people liked: who is left out, what is held out, how a rank is counted, and what an example learns from."""

import pytest
import torch

from attention_core.tasks.recommendation import MOST
from attention_core.training.recommendation import Exam, Lesson, People, latest, popularity, read

NAMES = [f"{n:03}::Film {n} (2000)::Drama" for n in range(30)]


def ratings(person, films, stars=8, start=0):
    return [f"{person}::{film:03}::{stars}::{start + n}" for n, film in enumerate(films)]


def lines():
    own = [line for person in range(10) for line in ratings(f"p{person}", range(12), start=100 * person)]
    own += ratings("one who rated nine", range(9))
    own += ratings("one who liked nothing", range(12), stars=5)
    return own[::-1]  # the order in the file does not matter


def test_people_with_few_ratings_and_films_rated_seldom_are_left_out():
    people = read([*lines(), *ratings("one with a rare film", [29, *range(10)])], NAMES)
    assert people.films.titles == tuple(sorted(f"Film {n} (2000)" for n in range(12)))
    place = [people.films.place[f"film {n} (2000)"] for n in range(12)]
    assert people.liked.count(place) == 10  # in the order of time
    assert place[:10] in people.liked
    assert len(people.liked) == 11  # neither who rated nine, nor who liked nothing
    assert all(set(liked) <= rated for liked, rated in zip(people.liked, people.rated, strict=True))


def test_low_ratings_are_no_likes_but_are_never_sampled():
    own = [line.replace("::8::", "::5::") if line.startswith("p0::003") else line for line in lines()]
    people = read(own, NAMES)
    third = people.films.place["film 3 (2000)"]
    first = next(n for n, liked in enumerate(people.liked) if third not in liked)
    assert third in people.rated[first]


def test_what_came_before_is_the_latest_first_and_cut_to_the_most():
    padded = latest([[5, 6, 7], list(range(MOST + 4))], 99)
    assert padded[0].tolist() == [7, 6, 5] + [99] * (MOST - 3)
    assert padded[1].tolist() == list(range(MOST + 3, 3, -1))


def test_the_held_out_film_is_among_films_never_rated():
    films = read(lines(), NAMES).films
    every = type(films)([f"Film {n}" for n in range(200)])
    people = People(every, [[1, 2, 3, 4], [9, 8, 7]], [{1, 2, 3, 4, 50}, {7, 8, 9}])
    exam = Exam.of(people, -1)
    assert exam.before[:, :4].tolist() == [[3, 2, 1, 200], [8, 9, 200, 200]]
    assert exam.candidates[:, 0].tolist() == [4, 7]
    assert exam.candidates.shape == (2, 101)
    for rated, own in zip(people.rated, exam.candidates.tolist(), strict=True):
        assert len(set(own)) == 101 and not rated & set(own[1:])
    before = Exam.of(people, -2)
    assert before.candidates[:, 0].tolist() == [3, 8]
    assert before.before[:, :3].tolist() == [[2, 1, 200], [9, 200, 200]]


def test_hit_rate_and_ndcg_by_hand():
    exam = Exam(torch.zeros(4, MOST), torch.zeros(4, 101))
    scores = torch.zeros(4, 101)
    scores[0, 0] = 1.0  # the best: gain 1
    scores[1, :2] = torch.tensor([1.0, 2.0])  # the second: 1/log2(3)
    scores[2, 1:11] = 1.0  # ten are better: the eleventh or worse
    # in the last all are equal: it comes in the middle
    assert exam.figures(scores) == pytest.approx({"hit_rate": 0.5, "ndcg": (1 + 0.63093) / 4}, abs=1e-5)


def test_an_example_is_a_film_with_those_liked_before_it():
    lesson = Lesson([[4, 2, 7], [1, 3]], 9, 0)
    assert len(lesson) == 3
    assert lesson.film.tolist() == [2, 7, 3]
    assert lesson.before[:, :2].tolist() == [[4, 9], [2, 4], [1, 9]]


def test_popularity_counts_likes():
    assert popularity([[0, 2], [2]], 4).tolist() == [1, 0, 2, 0]
