"""An engine as a Ray Serve application, one a task: `serve run attention_core.serving.deployment:build task=find`."""

import asyncio

from pydantic import BaseModel, ConfigDict
from ray import serve
from ray.serve import Application
from starlette.requests import Request
from starlette.responses import Response

from attention_core.serving.engine import Answer, Engine, respond


class Arguments(BaseModel):
    """What `build` takes; all but the task may be left out.

    Args:
        task: A name of `task_names()`; the application's route prefix must be /task, or / where it is alone.
        max_batch_size, batch_wait_timeout_s: Requests computed together at most; seconds that the first waits for others.
        min_replicas, max_replicas, target_ongoing_requests: A replica more where each has more requests than this.
        max_queued_requests: That wait for a replica; more are refused, and the client comes again.
        num_cpus, num_gpus: Of a replica; 0.25 puts four on one GPU. Without a GPU it computes on so many threads.
    """

    model_config = ConfigDict(extra="forbid")

    task: str
    max_batch_size: int = 8
    batch_wait_timeout_s: float = 0.01
    min_replicas: int = 1
    max_replicas: int = 1
    target_ongoing_requests: float = 4
    max_queued_requests: int = 128
    num_cpus: float = 1
    num_gpus: float = 0


class Served:
    """One replica. Made, it has computed a heatmap; what arrives together it computes together."""

    def __init__(self, task: str, max_batch_size: int, batch_wait_timeout_s: float) -> None:
        self._engine = Engine(task)
        self._engine.check()
        self._together.set_max_batch_size(max_batch_size)
        self._together.set_batch_wait_timeout_s(batch_wait_timeout_s)

    @serve.batch
    async def _together(self, requests: list[tuple[str, bytes]]) -> list[Answer]:
        return await asyncio.to_thread(self._engine.answer, requests)

    async def __call__(self, request: Request) -> Response:
        return await respond(request, self._together)

    async def check_health(self) -> None:
        """Raises where no heatmap can be computed; Serve then puts another replica in its place."""
        await asyncio.to_thread(self._engine.check)


def build(arguments: Arguments) -> Application:
    """The application of one task, for `serve run` and the configuration of a cluster."""
    deployment = serve.deployment(
        Served,
        name=arguments.task,
        ray_actor_options={"num_cpus": arguments.num_cpus, "num_gpus": arguments.num_gpus},
        autoscaling_config={
            "min_replicas": arguments.min_replicas,
            "max_replicas": arguments.max_replicas,
            "target_ongoing_requests": arguments.target_ongoing_requests,
        },
        max_ongoing_requests=2 * arguments.max_batch_size,  # a batch is gathered while one is computed
        max_queued_requests=arguments.max_queued_requests,
    )
    return deployment.bind(arguments.task, arguments.max_batch_size, arguments.batch_wait_timeout_s)
