"""What lies on each cell of a picture: the frozen step from features to what `caption` attends to."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 128  # of what it makes of a cell
REACHES = (1, 2, 3)  # cells from one that a convolution looks at to the next
SURE, COUNTED = 8.0, 50.0  # as large as what a cell tells becomes


class Recognizer(nn.Module):
    """For each cell of a square grid the probability of every thing it knows, and what part of such a thing the cell is.

    With x the features of a cell, C₁ to C₃ convolutions over 3 × 3 cells that lie 1, 2 and 3 apart:

        u = relu(W x + b),  h = u + relu(C₃ relu(C₂ relu(C₁ u))),  p = softmax(V h + c),  d = (w h + e) / S

    p is over the things and none of them; the d of all cells of a thing sum to 1, so that what d p sums to is how many there are.

    Args:
        input_dim: R, the width of features.
        things: N, how many things it knows; column N of p is for none.

    Source: that what is attended to should know things from the ground is from Anderson et al. 2018, section 3.1,
        https://arxiv.org/abs/1707.07998, here with cells in place of boxes; d is the density of Lempitsky and Zisserman 2010,
        section 2, https://papers.nips.cc/paper/4043-learning-to-count-objects-in-images.

    Example:
        >>> Recognizer(input_dim=6, things=3)(torch.zeros(2, 4, 6)).shape  # 2 pictures of 2 × 2 cells
        torch.Size([2, 4, 7])
    """

    def __init__(self, input_dim: int, things: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(input_dim, WIDTH)
        self.around = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=reach, dilation=reach) for reach in REACHES)
        self.tell = nn.Linear(WIDTH, things + 1)
        self.part = nn.Linear(WIDTH, 1)

    def judge(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """V h + c (B, S, N + 1) and d (B, S) of features (B, S, R); S is a square number."""
        own = F.relu(self.narrow(features))  # (B, S, H)
        side = round(own.shape[1] ** 0.5)
        seen = own.transpose(1, 2).unflatten(2, (side, side))  # (B, H, Y, X)
        for convolution in self.around:
            seen = F.relu(convolution(seen))  # (B, H, Y, X)
        told = own + seen.flatten(2).transpose(1, 2)  # (B, S, H)
        return self.tell(told), self.part(told)[..., 0].float() / features.shape[1]

    def forward(self, features: Tensor) -> Tensor:
        """[8 p; 50 d p without none] (B, S, 2 N + 1) of features (B, S, R)."""
        told, part = self.judge(features)  # (B, S, N + 1), (B, S)
        sure = told.softmax(-1)  # (B, S, N + 1)
        return torch.cat([SURE * sure, COUNTED * part[..., None] * sure[..., :-1]], -1)

    @property
    def output_dim(self) -> int:
        """2 N + 1."""
        return 2 * self.tell.out_features - 1

    def save(self, path: Path) -> None:
        """Writes it as float16."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.half().cpu().contiguous() for name, value in self.state_dict().items()}, path)
        path.chmod(0o644)  # safetensors lets only the owner read, and a container runs as someone else

    @classmethod
    def load(cls, path: Path, device: torch.device) -> "Recognizer":
        """The one in a file that `save` wrote, on its device, for use and not for training."""
        state = {name: value.float() for name, value in load_file(path).items()}
        own = cls(state["narrow.weight"].shape[1], len(state["tell.bias"]) - 1)
        own.load_state_dict(state)
        return own.to(device).eval().requires_grad_(False)
