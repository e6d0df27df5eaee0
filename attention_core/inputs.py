"""What a task takes, as it declares it: a text, a picture, a sound, another file, or several of many things."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from attention_core.encoders.handed_in import SHORTER, SMALLER
from attention_core.encoders.picture import LARGEST_FILE
from attention_core.encoders.sound import LARGEST_FILE as LARGEST_SOUND


@dataclass(frozen=True)
class TextInput:
    """A text that a task takes: the argument's name, its label, what an empty box says, whether it is a sentence or more.

    An optional one may be left out; an Example that does has an empty text there.
    """

    name: str
    label: str
    placeholder: str
    long: bool = False
    optional: bool = False
    kind: str = field(default="text", init=False)
    is_file: bool = field(default=False, init=False)


@dataclass(frozen=True)
class ImageInput:
    """A picture that a task takes. `thing`, `own_file`, `form`, `remedy`: as in FileInput."""

    name: str
    label: str
    thing: str = field(default="picture", init=False)
    own_file: str = field(default="your-picture.jpg", init=False)
    form: str = field(default="", init=False)
    megabytes: int = field(default=LARGEST_FILE // 10**6, init=False)
    remedy: str = field(default=SMALLER, init=False)
    optional: bool = field(default=False, init=False)
    kind: str = field(default="image", init=False)
    is_file: bool = field(default=True, init=False)


@dataclass(frozen=True)
class FileInput:
    """A file that a task takes and reads itself.

    Args:
        name, label: As in TextInput.
        thing: What it is called: "recording".
        own_file: What the lines of Python call a visitor's own, whose name they never tell.
        form: A sentence on what it must hold.
        megabytes: How large it may be.
        remedy: What to do about one that is larger, as a sentence.
    """

    name: str
    label: str
    thing: str
    own_file: str
    form: str
    megabytes: int
    remedy: str = field(default=SHORTER, init=False)
    optional: bool = field(default=False, init=False)
    kind: str = field(default="file", init=False)
    is_file: bool = field(default=True, init=False)


@dataclass(frozen=True)
class SoundInput:
    """A recording of sound that a task takes, uploaded or spoken into a microphone. Its arguments: as in FileInput."""

    name: str
    label: str
    form: str
    thing: str = field(default="recording", init=False)
    own_file: str = field(default="your-recording.wav", init=False)
    megabytes: int = field(default=LARGEST_SOUND // 10**6, init=False)
    remedy: str = field(default=SHORTER, init=False)
    optional: bool = field(default=False, init=False)
    kind: str = field(default="sound", init=False)
    is_file: bool = field(default=True, init=False)


@dataclass(frozen=True)
class ChoicesInput:
    """Several of many things that have names, such as films: the argument's name, its label, what an empty box says.

    `choices()` gives all names. What is given is a list of names, or a text with one a line, which is what an Example has there.
    """

    name: str
    label: str
    placeholder: str
    choices: Callable[[], Sequence[str]]
    optional: bool = field(default=False, init=False)
    kind: str = field(default="choices", init=False)
    is_file: bool = field(default=False, init=False)
