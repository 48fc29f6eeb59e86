"""All workers of a server: who answers a question, and what they are together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.workers.messages import Message
from server.workers.protocol import CatalogueText, HostAddress, Report, Worker, WorkerUnavailable


class WorkerPool:
    """Asks the workers that are ready, each in its turn; one that is not ready only if there is no other."""

    def __init__(self, workers: Sequence[Worker]):
        self.workers = list(workers)
        self.awake = list(workers)  # those that live, or are about to
        self._turn = 0

    async def start(self, listener: Callable[[Message], None], count: int | None = None) -> None:
        """Have all of them begin to live, or so many, and tell what their packs send."""
        for worker in self.workers:
            worker.listener = listener
        self.awake = []
        await self.grow(len(self.workers) if count is None else count)

    async def grow(self, count: int) -> None:
        """Have so many more begin to live, if there are."""
        for worker in [worker for worker in self.workers if worker not in self.awake][:count]:
            self.awake.append(worker)
            await worker.start()

    async def shrink(self, count: int, is_busy: Callable[[str], bool]) -> None:
        """Have so many end that do nothing, the latest first; the very first stays, as packs remember things there.

        `is_busy` is asked of each by its id right before it ends, since one that ends takes its time.
        """
        for worker in self.awake[:0:-1]:
            if count > 0 and not is_busy(worker.id):
                count -= 1
                self.awake.remove(worker)
                await worker.stop(0)

    @property
    def ready(self) -> int:
        """How many can take jobs now."""
        return sum(worker.is_ready for worker in self.workers)

    def _next(self) -> Worker:
        self._turn += 1
        ready = [worker for worker in self.workers if worker.is_ready] or self.awake
        return ready[self._turn % len(ready)]

    async def validate(
        self,
        prompt: Mapping[str, Any],
        targets: Sequence[str] | None,
        inputs: Mapping[str, Any] | None,
        owner: str = "",
    ) -> Report:
        """See `Worker.validate`."""
        return await self._next().validate(prompt, targets, inputs, owner)

    async def catalogue(self, owner: str = "") -> CatalogueText:
        """See `Worker.catalogue`."""
        return await self._next().catalogue(owner)

    async def pack_host(self) -> HostAddress:
        """Always that of the first: what handlers of packs remember, they remember in their process."""
        return await self.workers[0].pack_host()

    async def rewritten(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See `Worker.rewritten`. Asks the first, for the same reason."""
        return await self.workers[0].rewritten(body)

    async def about(self) -> dict[str, Any]:
        """What the first says of itself, with the devices of all."""
        found = [about for worker in self.awake if (about := await self._about(worker))]
        if not found:
            raise WorkerUnavailable("No worker could say what it runs on. Ask again in a moment.")
        return {**found[0], "devices": [device for about in found for device in about["devices"]]}

    async def _about(self, worker: Worker) -> dict[str, Any]:
        """What one says of itself; nothing if it is put to sleep or dies meanwhile, which is no answer for the rest."""
        try:
            return dict(await worker.about())
        except WorkerUnavailable:
            return {}

    async def free(self, *, unload_models: bool, free_memory: bool) -> None:
        """Have all of them give memory back, each after its job."""
        for worker in self.workers:
            await worker.free(unload_models=unload_models, free_memory=free_memory)
