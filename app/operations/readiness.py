"""Whether the lab lives, and whether it is ready: all weights are there as they must be, and one heatmap was computed."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

NOT_YET = "The first heatmap is not computed yet."


class Readiness:
    """What still stands between the lab and its visitors.

    Args:
        files: By path the sha256 that each file must have, or None where it need only be there.
        first_heatmap: Computes one, as a visitor's page does: weights (T, S).
        told: The errors whose own words may be told.
    """

    def __init__(
        self,
        files: Callable[[], Mapping[Path, str | None]],
        first_heatmap: Callable[[], np.ndarray],
        told: tuple[type[Exception], ...] = (),
    ) -> None:
        self._files, self._first_heatmap, self._told = files, first_heatmap, told
        self._well: dict[Path, Any] = {}  # files that were read whole and found well, and what they looked like from outside then
        self._problem: str | None = NOT_YET
        self._turn = threading.Lock()

    def warm_up(self) -> bool:
        """Computes the first heatmap, and says whether that went well; if not, `problems` tells what went wrong."""
        try:
            weights = self._first_heatmap()
            is_well = weights.size > 0 and np.allclose(weights.sum(-1), 1, atol=1e-4)
            self._problem = None if is_well else "The rows of the first heatmap must sum to 1, and do not."
        except Exception as error:  # whatever it is: the lab is not ready
            name = f"{type(error).__name__}. {error}" if isinstance(error, self._told) else f"{type(error).__name__}."
            self._problem = f"The first heatmap could not be computed: {name}"
        return self._problem is None

    def problems(self) -> list[str]:
        """One sentence for everything that is missing or wrong; none if the lab is ready."""
        with self._turn:
            told = [problem for path, sha256 in self._files().items() if (problem := self._problem_of(path, sha256))]
        return [*told, *filter(None, [self._problem])]

    def _problem_of(self, path: Path, sha256: str | None) -> str | None:
        name = "/".join(path.parts[-2:])  # where it stands on this machine is nobody's business
        try:
            state = path.stat()
            seen = (state.st_mtime_ns, state.st_size)
            if self._well.get(path) != seen:
                if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                    return f"{name} must have the sha256 in its card, and has another."
                self._well[path] = seen
        except OSError:
            return f"{name} is missing."
        return None

    def readyz(self, request: Request) -> Response:
        """200 if there are no problems, else 503, with all of them."""
        problems = self.problems()
        return JSONResponse({"ready": not problems, "problems": problems}, 503 if problems else 200)


async def livez(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")
