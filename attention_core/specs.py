"""What a score function, a distribution and a task declare about themselves: frozen constants, no behaviour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from attention_core.inputs import ChoicesInput, FileInput, ImageInput, SoundInput, TextInput


@dataclass(frozen=True)
class Option:
    """One choice a score function or a distribution offers.

    Args:
        name: The keyword that `build_score` or `distribution_options` takes.
        title: What a control that changes it is called.
        default: The value used when nothing is given.
        choices: The allowed values, or None for a number.
        minimum, maximum: The allowed range of a whole number, ends included.
        meaning: One sentence: what changing it does.
    """

    name: str
    title: str
    default: Any
    meaning: str
    choices: tuple[Any, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: Any) -> None:
        """Refuse a value outside the declared choices or range. Raises ValueError."""
        if self.choices is not None:
            if value not in self.choices:
                raise ValueError(f"{self.name} must be one of {', '.join(map(str, self.choices))}, got {value!r}.")
        elif isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.name} must be a whole number from {self.minimum} to {self.maximum}, got {value!r}.")


@dataclass(frozen=True)
class Symbol:
    """One symbol of a formula: how it is typeset, what it means, its shape in the words `Dq`, `Dk`, `A`, `P`, `S`, `T`.

    `parameter` names the module's parameter that the symbol stands for; without one, nothing is learned for it.
    """

    latex: str
    meaning: str
    shape: tuple[str, ...] = ()
    parameter: str | None = None


@dataclass(frozen=True)
class Step:
    """One array on the way from query and key to the energy, or from the energies to the weights.

    Args:
        name: Its name in what `steps` returns, readable as text.
        latex: How it is typeset.
        axes: Its axes in the words `T`, `S`, `Dq`, `Dk`, `D` (both widths, where they are one), `A`; () for a single number.
            A batch axis stands before them.
        meaning: What it says, in a few words.
        is_terms: True where its last axis adds up to the next step; for the last step of a distribution, to 1.
        made: For a single number of a query and a key: how it is typeset once numbers stand for `of`, such as "{0} + {1}".
        of: The earlier steps that `made` is filled with.
    """

    name: str
    latex: str
    axes: tuple[str, ...]
    meaning: str
    is_terms: bool = False
    made: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScoreSpec:
    """A score function f(q, k): what it is called, how it reads, how it is built.

    Args:
        name: The name in code, files and links.
        title: The name on the page.
        formula: The energy of one query and one key, as LaTeX.
        symbols: Every symbol of the formula, in reading order.
        summary: One sentence a learner reads beside the formula.
        source: Paper, section and address.
        when: When to use it and when not, with what it costs: two or three sentences.
        build: `build(query_dim=, key_dim=, **options) -> nn.Module` with `forward(query, key) -> energies`.
        steps: `steps(module, query, key) -> {name: array}`, q and k to the energies; the last entry is what forward returns.
        way: What each entry of `steps` is, in the same order.
        reads: Which of "query" and "key" an energy depends on.
        options: What `build` takes besides the widths.
        is_floor: True for the one that every other is measured against.
    """

    name: str
    title: str
    formula: str
    symbols: tuple[Symbol, ...]
    summary: str
    source: str
    when: str
    build: Callable[..., Any]
    steps: Callable[..., Mapping[str, Any]]
    way: tuple[Step, ...]
    reads: tuple[str, ...] = ("query", "key")
    options: tuple[Option, ...] = ()
    is_floor: bool = False


@dataclass(frozen=True)
class DistributionSpec:
    """A map from energies to attention weights.

    Args:
        name, title, formula, summary, source: As in ScoreSpec.
        weigh: `weigh(energies, **options) -> weights` over the last axis; a masked energy is -inf and gets weight 0.
        steps: `steps(energies, **options) -> {name: array}`, the last entry is what `weigh` returns.
        way: What each entry of `steps` is, in the same order; a single number of the row has the axis 1 there.
        options: What `weigh` takes besides the energies.
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    weigh: Callable[..., Any]
    steps: Callable[..., Mapping[str, Any]]
    way: tuple[Step, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Example:
    """An input that is there from the start. `values`: the inputs by name; what is a file lies in `assets/examples`."""

    title: str
    values: Mapping[str, str]
    credit: str = ""


@dataclass(frozen=True)
class Metric:
    """How a task is measured: its key in the card, its name on the page, what it counts, and the largest it can be."""

    key: str
    title: str
    meaning: str
    largest: float = 1.0


@dataclass(frozen=True)
class OwnExamples:
    """How a visitor's own examples are read.

    Args:
        pattern: Two of them, as a visitor writes them.
        form: A sentence on that form.
        read: `read(text) -> (examples to learn from, examples to measure with)`; raises InputError naming the line.
    """

    pattern: str
    form: str
    read: Callable[..., tuple[Any, Any]]


@dataclass(frozen=True)
class Lesson:
    """How a task's parameters are learned from a few labelled examples while a visitor watches.

    Args:
        examples: What they are called, in the plural.
        credit: Where the shipped ones come from, with their licence.
        compared: A sentence on what the shipped parameters learned from, to compare with.
        right: What is said of an example that counts as right: "judged rightly".
        counted: A sentence on when it does.
        shipped: `shipped() -> (examples to learn from, examples to measure with)`.
        prepare: `prepare(model, examples) -> Iterator[Prepared]`, at its end the data that the next two take; raises InputError.
        objective: `objective(data, device, seed)`, which `learning.fit` takes.
        measure: `measure(head, data, device) -> float`, the share of examples that count as right.
        recipe: A `learning.Recipe`, the same for every score function.
        own: How a visitor's own examples are read; None if it learns from the shipped ones alone.
        watched: The titles of the task's examples that may be watched meanwhile; all if empty.
        teaches_readout: Whether the readout is learned too. If not, what it makes of the context means nothing.
    """

    examples: str
    credit: str
    compared: str
    right: str
    counted: str
    shipped: Callable[..., tuple[Any, Any]]
    prepare: Callable[..., Any]
    objective: Callable[..., Any]
    measure: Callable[..., float]
    recipe: Any
    own: OwnExamples | None = None
    watched: tuple[str, ...] = ()
    teaches_readout: bool = True


@dataclass(frozen=True)
class TaskSpec:
    """One use of attention, from input to measured result.

    Args:
        name: The name in code, files and links.
        title: The name on the page.
        question: What the attention answers, in a few words ("Which words decide?").
        inputs: What goes in, in the order a page asks for it.
        examples: Inputs to start from; the first is shown at the first visit.
        metric: The figure that ranks score functions, read from the card.
        query_meaning, key_meaning: What a row and a column of the heatmap stand for.
        query_name, key_name: What one of them is called; its plural has an s. That of a row is said where there are several.
        score_name: What the number of a row is called: `row_scores` of an output, or the probability of a written word.
        context_meaning: What the context vector is used for.
        place_meaning: A sentence on what a key's place alone tells, which is all that a function blind to keys can go by.
        model: `model(device) -> object` with `encode`, `build_head` and `output` (see tasks/task.py); one whose
            rows are found under the parameters, such as words that it writes or films that it suggests, has `write` too:
            `write(head, encoding, settings) -> encoding` with them, their queries, and all keys and values.
        options: What `Task.run` takes besides the inputs.
        lesson: How its parameters are learned on the page, if they can be.
        why_no_lesson: Else a sentence on why not.
        order: Its place where a visitor chooses; the first is shown at a first visit.
    """

    name: str
    title: str
    question: str
    inputs: tuple[TextInput | ImageInput | FileInput | SoundInput | ChoicesInput, ...]
    examples: tuple[Example, ...]
    metric: Metric
    query_meaning: str
    key_meaning: str
    context_meaning: str
    model: Callable[..., Any]
    query_name: str = "written word"
    key_name: str = "word"
    score_name: str = "probability"
    place_meaning: str = ""
    options: tuple[Option, ...] = ()
    lesson: Lesson | None = None
    why_no_lesson: str = "There are no examples to learn it from here."
    order: int = 0
