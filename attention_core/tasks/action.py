"""Action: when a person sat, stood up, walked, turned and sat down, in what a phone or a watch felt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

from attention_core.encoders.motion import FEATURES, WINDOW, even, spans, unturned
from attention_core.encoders.recording import LARGEST_FILE, LONGEST, Recording, open_recording
from attention_core.inputs import FileInput
from attention_core.results import Panel, Signals, Span
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings

ACTIONS = ("sit", "stand up", "walk", "turn", "sit down")
LABELS = ("SEATED", "STANDING_UP", "WALKING", "TURNING", "SITTING_DOWN")  # in a recording, in the order of ACTIONS
WIDTH, NARROW = 64, 32
SIZES = {"width": 64, "max_positions": int(LONGEST) * 4}
SURE, MOST_SPANS = 0.5, 200
CREDIT = (
    "Recorded by person {} with a {}, from SP-SW-HAR by Matey-Sanz, Casteleyn and Granell (GeoTec), CC BY 4.0; "
    "nothing of this person was learned from."
)


class Watcher(nn.Module):
    """All that is trained besides the score function: what makes keys, the five queries, and what reads the contexts.

    A key sees 1.1 s around its window, and half a second more on either side through gravity and tilt: were it to see farther,
    weights could lie beside what they stand for.
    """

    def __init__(self) -> None:
        super().__init__()
        # Each output's middle is that of the samples it stands for: 8 wide, 4 apart, twice, is a window of 16.
        self.first = nn.Conv1d(FEATURES, NARROW, 8, stride=4, padding=2)
        self.second = nn.Conv1d(NARROW, WIDTH, 8, stride=4, padding=2)
        self.third = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.norm = nn.LayerNorm(WIDTH)
        self.query = nn.Parameter(torch.randn(len(ACTIONS), WIDTH) * WIDTH**-0.5)  # (T, D)
        self.reader = nn.Parameter(torch.randn(len(ACTIONS), WIDTH) * WIDTH**-0.5)  # (T, D)
        self.bias = nn.Parameter(torch.zeros(len(ACTIONS)))  # (T,)

    def states(self, features: Tensor) -> Tensor:
        """Keys (B, S, D), which are the values too, of seven signals (B, 16 S, 7)."""
        wide = torch.relu(self.second(torch.relu(self.first(features.transpose(1, 2)))))  # (B, D, S)
        return self.norm((wide + torch.relu(self.third(wide))).transpose(1, 2))  # (B, S, D)

    def verdict(self, context: Tensor) -> Tensor:
        """(…, T) of contexts (…, T, D): above 0 where the action occurs."""
        return (context * self.reader).sum(-1) + self.bias  # (…, T)


class ActionModel:
    """Keys and values: a small network over what the sensor felt, a key a quarter of a second. Queries: one learned an action.

    Args:
        device: Where to compute.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding a recording, T = 5. Raises InputError for a recording that cannot be used."""
        return [self._encoding(open_recording(given["recording"])) for given in inputs]

    def _encoding(self, recording: Recording) -> Encoding:
        signals = torch.from_numpy(even(recording)).to(self.device)  # (N, 6)
        read = unturned(signals[None])[0].reshape(-1, WINDOW * FEATURES)  # (S, R)
        nothing, seconds = read[:, :0], spans(len(read))  # (S, 0), (S, 2)
        return Encoding(
            query=nothing[:1].expand(len(ACTIONS), -1),  # (T, 0)
            key=nothing,
            value=nothing,
            key_mask=torch.ones(len(read), dtype=torch.bool, device=self.device),  # (S,)
            query_labels=ACTIONS,
            key_labels=tuple(f"{start:.2f}–{end:.2f} s" for start, end in seconds.tolist()),
            key_spans=seconds,
            read=read,
            signals=_signals(recording, signals),
        )

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, WIDTH, SIZES), Watcher())

    def write(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        """The encoding with its queries, keys and values."""
        states = head.readout.states(encoding.read.reshape(1, -1, FEATURES))[0]  # (S, D)
        return replace(encoding, query=head.readout.query, key=states, value=states)

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """What occurs, and the probability of each action."""
        chances = torch.sigmoid(head.readout.verdict(context)).tolist()
        found = [action for action, chance in zip(ACTIONS, chances, strict=True) if chance > SURE]
        return {"text": ", ".join(found).capitalize() or "None of the five", "row_scores": chances}


def _signals(recording: Recording, signals: Tensor) -> Signals:
    """What a page draws of a recording: both sensors, and the true actions where the file tells them."""
    accelerations, turns = signals.T.cpu().numpy().reshape(2, 3, -1)  # (3, N) each
    names = ("x", "y", "z")
    return Signals(
        seconds=len(signals) * float(spans(1)[0, 1]) / WINDOW,
        panels=(Panel("Acceleration", "m/s²", names, accelerations), Panel("Turn rate", "rad/s", names, turns)),
        spans=_true_spans(recording),
    )


def _true_spans(recording: Recording) -> tuple[Span, ...]:
    """The stretches of each of the five actions; of a file whose labels go to and fro all the time the first so many."""
    words, found, at = dict(zip(LABELS, ACTIONS, strict=True)), [], 0
    for label, run in groupby(own.upper() for own in recording.labels):
        end = at + len(list(run))
        if label in words:
            last = recording.times[min(end, len(recording.times) - 1)]
            found.append(Span(words[label], float(recording.times[at]), float(last)))
        at = end
    return tuple(found[:MOST_SPANS])


SPEC = TaskSpec(
    name="action",
    title="Spot an action",
    question="When did the person do what?",
    inputs=(
        FileInput(
            "recording",
            "Your recording",
            thing="recording",
            own_file="your-recording.csv",
            form="A CSV file with the columns x_acc, y_acc, z_acc (m/s²), x_gyro, y_gyro, z_gyro (rad/s) and timestamp "
            "(milliseconds); a label column is drawn beside it. 1 to 60 seconds.",
            megabytes=LARGEST_FILE // 10**6,
        ),
    ),
    examples=(
        Example("There and back, phone", {"recording": "there-and-back-phone.csv"}, CREDIT.format(19, "phone in a pocket")),
        Example("There and back, watch", {"recording": "there-and-back-watch.csv"}, CREDIT.format(19, "watch")),
        Example("Gets up and walks", {"recording": "gets-up-watch.csv"}, CREDIT.format(3, "watch")),
        Example("Turns on the way", {"recording": "turns-phone.csv"}, CREDIT.format(11, "phone in a pocket")),
        Example("Sits down", {"recording": "sits-down-phone.csv"}, CREDIT.format(7, "phone in a pocket")),
    ),
    query_name="action",
    key_name="window",
    metric=Metric(
        "share",
        "Weight in the right place",
        "the share of an action's weight that lies where it is done, the mean over the five actions, on pieces of recordings of "
        "six people it never learned from",
    ),
    query_meaning="the action asked for: a vector of its own for each of the five, learned",
    key_meaning="the quarters of a second of the recording, each with what was felt about a second around it",
    context_meaning="the windows' states, mixed by their weights: all that is known when it is judged whether the action occurs",
    place_meaning="Recordings start and end anywhere, so no moment of one is likelier for an action than another.",
    model=ActionModel,
    why_no_lesson="It learns from the recordings of fourteen people, which do not ship.",
    order=5,
)
