import sys

import pytest

from attention_core.discovery import DeclarationError, discover
from attention_core.inputs import ImageInput
from attention_core.specs import Metric

# Any frozen class with a name will do; this one has one more field.
DECLARED = (
    "from functools import partial\nfrom attention_core.inputs import ImageInput\nDeclared = partial(ImageInput, label='Any')\n"
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`package(file=text, …)`: an imported package of these modules, called `found`."""

    def write(**modules):
        folder = tmp_path / "found"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(DECLARED + text)
        monkeypatch.syspath_prepend(tmp_path)
        import found

        return found

    yield write
    for name in [name for name in sys.modules if name == "found" or name.startswith("found.")]:
        del sys.modules[name]


def test_finds_every_declaration_by_name_in_order(package):
    found = discover(package(b="SPEC = Declared('one')", a="SPEC = Declared('two')", plain="x = 1"), ImageInput)
    assert list(found) == ["one", "two"]
    assert found["two"].name == "two"


def test_reads_another_constant(package):
    assert list(discover(package(a="PAGE = Declared('start')"), ImageInput, "PAGE")) == ["start"]


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        ({"bad": "SPEC = 'text'"}, "SPEC in found/bad must be a ImageInput, got str."),
        ({"bad": "SPEC = ImageInput"}, "SPEC in found/bad must be a ImageInput, got type."),
        ({"bad": "SPEC = Declared('Two words')"}, "SPEC.name in found/bad must be a lower-case identifier, got 'Two words'."),
        ({"bad": "SPEC = Declared('')"}, "SPEC.name in found/bad must be a lower-case identifier, got ''."),
        ({"bad": "SPEC = Declared(None)"}, "SPEC.name in found/bad must be a lower-case identifier, got None."),
        ({"bad": "SPEC = Declared('fine', label=' ')"}, "SPEC.label in found/bad must be a text, got ' '."),
        ({"bad": "SPEC = Declared('fine', label=None)"}, "SPEC.label in found/bad must be a text, got None."),
        (
            {"first": "SPEC = Declared('same')", "second": "SPEC = Declared('same')"},
            "SPEC.name in found/second must be new, got 'same'. It stands in found/first.",
        ),
    ],
)
def test_refuses_what_is_malformed_naming_the_file(package, modules, sentence):
    with pytest.raises(DeclarationError) as refused:
        discover(package(**modules), ImageInput)
    assert str(refused.value) == sentence


def test_another_class_is_refused_even_if_it_has_a_name(package):
    with pytest.raises(DeclarationError) as refused:
        discover(package(bad="SPEC = Declared('fine')"), Metric)
    assert str(refused.value) == "SPEC in found/bad must be a Metric, got ImageInput."
