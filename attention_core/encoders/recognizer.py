"""What lies on each cell of a picture: the frozen step from features to what `caption` attends to."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 128  # of what it makes of a cell
GAIN = 8.0  # as large as the other numbers become


class Recognizer(nn.Module):
    """For each cell of a square grid the probability of every thing it knows, and of none of them.

    With x the features of a cell, C₁ and C₂ convolutions over 3 × 3 cells:

        u = relu(W x + b),  h = u + relu(C₂ relu(C₁ u)),  p = softmax(V h + c)

    Args:
        input_dim: R, the width of features.
        things: N, how many things it knows; column N of p is for none.

    Source: that what is attended to should know things from the ground is from Anderson et al. 2018, section 3.1,
        https://arxiv.org/abs/1707.07998. Here cells of a grid and not boxes.

    Example:
        >>> Recognizer(input_dim=6, things=3)(torch.zeros(2, 4, 6)).shape  # 2 pictures of 2 × 2 cells
        torch.Size([2, 4, 132])
    """

    def __init__(self, input_dim: int, things: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(input_dim, WIDTH)
        self.first = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.second = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.tell = nn.Linear(WIDTH, things + 1)

    def hidden(self, features: Tensor) -> Tensor:
        """h (B, S, H) of features (B, S, R); S is a square number."""
        own = F.relu(self.narrow(features))  # (B, S, H)
        side = round(own.shape[1] ** 0.5)
        grid = own.transpose(1, 2).unflatten(2, (side, side))  # (B, H, Y, X)
        around = F.relu(self.second(F.relu(self.first(grid))))  # (B, H, Y, X)
        return own + around.flatten(2).transpose(1, 2)  # (B, S, H)

    def forward(self, features: Tensor) -> Tensor:
        """[8 p; h] (B, S, N + 1 + H) of features (B, S, R)."""
        hidden = self.hidden(features)  # (B, S, H)
        return torch.cat([GAIN * self.tell(hidden).softmax(-1), hidden], -1)

    @property
    def output_dim(self) -> int:
        """N + 1 + H."""
        return self.tell.out_features + WIDTH

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
