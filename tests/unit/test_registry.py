import pytest

from attention_core import build_score, distribution_names, distribution_spec, load_task, score_names, score_spec, task_spec


def test_unknown_names_are_refused_with_the_names_there_are():
    with pytest.raises(ValueError) as refused:
        score_spec("nonsense")
    assert str(refused.value) == f"score must be one of {', '.join(score_names())}, got 'nonsense'."
    with pytest.raises(ValueError) as refused:
        distribution_spec("nonsense")
    assert str(refused.value) == f"distribution must be one of {', '.join(distribution_names())}, got 'nonsense'."
    for find in (task_spec, load_task):
        with pytest.raises(ValueError, match=r"^task must be one of .*, got 'nonsense'\.$"):
            find("nonsense")


def test_names_are_a_new_list_each_time():
    score_names().clear()
    assert score_names()


def test_unknown_options_are_refused_with_the_options_there_are():
    with pytest.raises(ValueError) as refused:
        build_score("additive", query_dim=2, key_dim=2, units=3)
    assert str(refused.value) == "score additive must be given options it has (activation, width), got 'units'."
    with pytest.raises(ValueError) as refused:
        build_score("cosine", query_dim=2, key_dim=2, width=3)
    assert str(refused.value) == "score cosine must be given options it has (none), got 'width'."


@pytest.mark.parametrize("width", [0, -1, 1.5, "3"])
def test_widths_are_checked(width):
    with pytest.raises(ValueError) as refused:
        build_score("general", query_dim=width, key_dim=2)
    assert str(refused.value) == f"query_dim must be a whole number of at least 1, got {width!r}."
