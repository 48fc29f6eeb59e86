"""Networks that are made of their weights when first used, and let go when memory is short."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Generic, TypeVar

from nodes.models.memory import has_room, register
from nodes.models.soundness import check_weights
from nodes.models.weights import Weights

Network = TypeVar("Network")


class Loadable(Generic[Network]):
    """The weights of one network, held once for all its uses. A kind of network says how it is made of them."""

    def __init__(self, weights: Weights, what: str):
        self.weights, self._what = weights, what
        self._network: Network | None = None
        self._lock = threading.Lock()
        register(self)

    def make(self) -> Network:
        """The network, of weights that are loaded now. Called once until the next `unload`."""
        raise NotImplementedError

    def network(self) -> Network:
        """The network, made on first use; it is shared and must not be changed."""
        self.weights.make_room(self)
        with self._lock:
            if self._network is None:
                self._network = self.make()
            return self._network

    def prefetch(self) -> None:
        """Make the network ahead of its use, if there is memory to spare."""
        if has_room(self.weights.nbytes, self.weights.device):
            self.weights.read()
            self.network()

    @property
    def path(self) -> Path | None:
        """The file that the weights come from."""
        return self.weights.path

    def check(self) -> None:
        """Raises ModelError if a weight holds values that are not numbers."""
        check_weights(self.weights.originals(), self.path, self._what)

    def unload(self) -> None:
        """Forget everything that can be loaded again."""
        with self._lock:
            self._network = None
            self.weights.unload()
