"""A layered drawing of a directed graph: edges run from left to right, nothing overlaps, neighbours are level.

After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981): layers by
longest path, order within a layer by the mean of the neighbours, then places by isotonic regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

COLUMN_GAP, ROW_GAP = 80.0, 60.0
"""Space between columns, and between boxes of one column (a node's title bar is drawn above its box)."""
_SWEEPS = 8


def place(sizes: Mapping[str, tuple[float, float]], edges: Iterable[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Top left corners for boxes of `sizes` (width, height), so that every edge (from, to) runs to the right.

    Edges that close a circle may run back. Iterative; n log n in the number of boxes, times the sweeps.
    """
    sources: dict[str, list[str]] = {id: [] for id in sizes}
    targets: dict[str, list[str]] = {id: [] for id in sizes}
    for origin, target in dict.fromkeys(edges):
        if origin in sizes and target in sizes and origin != target:
            sources[target].append(origin)
            targets[origin].append(target)
    columns = _columns(_layers(sources, targets))
    centres = _centres(columns, sizes, sources, targets)
    left, places = 0.0, {}
    for column in columns:
        for id in column:
            places[id] = (round(left), round(centres[id] - sizes[id][1] / 2))
        left += max(sizes[id][0] for id in column) + COLUMN_GAP
    top = min((y for _, y in places.values()), default=0)
    return {id: (x, y - top) for id, (x, y) in places.items()}


def _layers(sources: Mapping[str, list[str]], targets: Mapping[str, list[str]]) -> dict[str, int]:
    """The length of the longest path to each node; nodes that nothing feeds stand right before what they feed."""
    waiting = {id: len(from_) for id, from_ in sources.items()}
    layers = dict.fromkeys(sources, 0)
    ready = [id for id, count in waiting.items() if not count]
    for id in ready:
        for target in targets[id]:
            layers[target] = max(layers[target], layers[id] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for id in ready:
        if not sources[id] and targets[id]:
            layers[id] = max(0, min(layers[target] for target in targets[id]) - 1)
    return layers


def _columns(layers: Mapping[str, int]) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for id, layer in layers.items():
        columns[layer].append(id)
    return [column for column in columns if column]


def _centres(
    columns: list[list[str]],
    sizes: Mapping[str, tuple[float, float]],
    sources: Mapping[str, list[str]],
    targets: Mapping[str, list[str]],
) -> dict[str, float]:
    """Vertical centres. Sorts the columns in place: sweeps to and fro, each box drawn to the mean of its neighbours."""
    centres: dict[str, float] = {}
    for column in columns:
        centres |= _spread(column, [0.0] * len(column), sizes)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = sources if forward else targets
        for column in columns if forward else reversed(columns):
            wanted = {id: _mean([centres[other] for other in neighbours[id]], centres[id]) for id in column}
            column.sort(key=wanted.__getitem__)
            centres |= _spread(column, [wanted[id] for id in column], sizes)
    return centres


def _spread(
    column: Sequence[str], wanted: Sequence[float], sizes: Mapping[str, tuple[float, float]]
) -> dict[str, float]:
    """Centres as near as can be to those wanted, in the given order and without overlaps (isotonic regression)."""
    offsets, offset = [], 0.0
    for i, id in enumerate(column):
        offset += (sizes[column[i - 1]][1] + sizes[id][1]) / 2 + ROW_GAP if i else 0.0
        offsets.append(offset)
    # Blocks of boxes that touch: (mean of what they want, number of boxes).
    blocks: list[tuple[float, int]] = []
    for want, shift in zip(wanted, offsets, strict=True):
        mean, count = want - shift, 1
        while blocks and blocks[-1][0] > mean:
            above, boxes = blocks.pop()
            mean, count = (mean * count + above * boxes) / (count + boxes), count + boxes
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    return {id: start + shift for id, start, shift in zip(column, starts, offsets, strict=True)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
