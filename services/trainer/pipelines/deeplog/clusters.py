"""Stage 3: which kinds of anomalies are there? As many clusters as the data itself supports, without a label.

Anomalous sequences of the fitting part lie in a space where each block of features weighs the same, reduced by PCA.
K-Means with every number of clusters, and HDBSCAN with several sizes of the smallest one, are worth their silhouette
(noise counting 0) times their stability: the mean adjusted Rand index with what halves of the data give. Of those
within a tenth of the worthiest, the one with the fewest clusters is taken. Written: ``cluster_model.npz`` and
``.json``, ``cluster_labels.npy`` (n,): NOT_CLUSTERED for normal sequences, NOISE for anomalies far from all clusters.
Raises ValueError for too few anomalies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from services.trainer.pipelines.deeplog.features import Features
from shared.core.sequences.impressions import FloatArray
from shared.core.sequences.key_book import IntArray

MODEL, ABOUT, CLUSTERS = "cluster_model.npz", "cluster_model.json", "cluster_labels.npy"
NOISE: Final = -1
NOT_CLUSTERED: Final = -2
FEWEST = 6
Method = Literal["auto", "kmeans", "hdbscan"]
_MOST_CLUSTERS = 15
_MOST_DIMENSIONS = 10
_KEPT_VARIANCE = 0.9
_LEAST_MEAN_SIZE = 4  # of a cluster
_NEAR = 0.1  # relative, below the best worth
_HALVES = 6
_REACH = 1.5  # beyond the farthest member but a few, in radii, an anomaly belongs to no cluster
_CLIP = 5.0


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """centre, scale (d,) then axes (d, p) lead into the space; centroids (k, p), radii (k,) of the clusters there."""

    centre: FloatArray
    scale: FloatArray
    axes: FloatArray
    centroids: FloatArray
    radii: FloatArray

    def place(self, rows: NDArray[Any]) -> FloatArray:
        """(n, p) of features (n, d)."""
        clipped = np.clip((rows.astype(np.float64) - self.centre) / self.scale[None, :], -_CLIP, _CLIP)
        placed: FloatArray = clipped @ self.axes
        return placed

    def assign(self, rows: NDArray[Any]) -> IntArray:
        """(n,) nearest cluster, or NOISE."""
        placed = self.place(rows)
        distance = np.linalg.norm(placed[:, None] - self.centroids[None], axis=2)
        nearest = distance.argmin(axis=1)
        is_near = distance[np.arange(len(placed)), nearest] <= _REACH * self.radii[nearest]
        return np.where(is_near, nearest, NOISE)

    def save(self, path: Path) -> None:
        """npz, no pickle."""
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> ClusterModel:
        with np.load(path, allow_pickle=False) as stored:
            return cls(*(stored[name] for name in cls.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Tried:
    """setting: the number of clusters of kmeans, the smallest cluster of hdbscan    labels (m,) of the clustered"""

    method: str
    setting: int
    labels: IntArray
    silhouette: float
    stability: float

    @property
    def worth(self) -> float:
        return self.silhouette * self.stability

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "method": self.method,
            "setting": self.setting,
            "clusters": int(self.labels.max()) + 1,
            "noise": int((self.labels == NOISE).sum()),
            "silhouette": round(self.silhouette, 4),
            "stability": round(self.stability, 4),
        }


def fewest_of_the_worthiest(tried: Sequence[Tried]) -> Tried:
    """Of those nearly as worthy as the best, the one with the fewest clusters, then the worthiest."""
    best = max(each.worth for each in tried)
    near = [each for each in tried if each.worth >= (1 - _NEAR) * best]
    return min(near, key=lambda each: (int(each.labels.max()), -each.worth))


def discover(features: Features, method: Method, seed: int) -> tuple[ClusterModel, IntArray, dict[str, Any]]:
    """The model, the cluster of every sequence (n,), and how the number was chosen."""
    chosen = features.is_anomalous & ~features.is_test
    rows = features.rows[chosen]
    if len(rows) < FEWEST:
        raise ValueError(f"{len(rows)} anomalous sequences are too few to be clustered; at least {FEWEST} are needed")
    space = _space(rows, features.blocks)
    placed = space.place(rows)
    tried = _by_kmeans(placed, seed) if method in {"auto", "kmeans"} else []
    tried += _by_hdbscan(placed, seed) if method in {"auto", "hdbscan"} else []
    if not tried:
        raise ValueError("the anomalous sequences are too much alike to be clustered")
    best = fewest_of_the_worthiest(tried)
    model = _with_clusters(space, placed, best.labels)
    labels = np.full(len(features.rows), NOT_CLUSTERED, dtype=np.int64)
    labels[chosen] = best.labels
    others = features.is_anomalous & features.is_test
    if others.any():
        labels[others] = model.assign(features.rows[others])
    about = {
        **best.plain(),
        "dimensions": placed.shape[1],
        "largest_silhouette": {
            own: round(max(each.silhouette for each in tried if each.method == own), 4)
            for own in sorted({each.method for each in tried})
        },
        "tried": [each.plain() for each in tried],
    }
    return model, labels, about


def write_clusters(model: ClusterModel, labels: IntArray, about: Mapping[str, Any], output: Path) -> None:
    """``about``: plain values."""
    model.save(output / MODEL)
    np.save(output / CLUSTERS, labels, allow_pickle=False)
    (output / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def agreement(clusters: IntArray, labels: IntArray) -> dict[str, float] | None:
    """How the clusters compare with labels nobody clustered by: purity, NMI, ARI; None without two sequences.

    Noise counts as one cluster of its own.
    """
    from sklearn.metrics import normalized_mutual_info_score

    if len(clusters) < 2:
        return None
    majority = sum(int(np.bincount(labels[clusters == own]).max()) for own in np.unique(clusters))
    return {
        "sequences": len(clusters),
        "purity": round(majority / len(clusters), 4),
        "largest_class": round(int(np.bincount(labels).max()) / len(clusters), 4),
        "nmi": round(float(normalized_mutual_info_score(labels, clusters)), 4),
        "ari": round(float(adjusted_rand_score(labels, clusters)), 4),
    }


def _space(rows: NDArray[Any], blocks: tuple[str, ...]) -> ClusterModel:
    """Columns by their spread, each block of the same weight, then the directions that hold most of the variance."""
    wide = rows.astype(np.float64)
    centre, spread = wide.mean(axis=0), wide.std(axis=0)
    sizes = np.array([sum(spread[at] > 0 for at, own in enumerate(blocks) if own == block) for block in blocks])
    scale = np.where(spread > 1e-9, spread, 1.0)
    weight = np.where(spread > 1e-9, 1.0 / np.sqrt(np.maximum(sizes, 1)), 0.0)
    clipped = np.clip((wide - centre) / scale, -_CLIP, _CLIP) * weight
    _, strength, directions = np.linalg.svd(clipped - clipped.mean(axis=0), full_matrices=False)
    shares = np.cumsum(strength**2) / max(float((strength**2).sum()), 1e-12)
    kept = min(int(np.searchsorted(shares, _KEPT_VARIANCE)) + 1, _MOST_DIMENSIONS, len(shares))
    signs = np.sign(directions[np.arange(kept), np.abs(directions[:kept]).argmax(axis=1)])
    axes = (directions[:kept] * signs[:, None]).T * weight[:, None]
    return ClusterModel(centre, scale, axes, np.zeros((0, kept)), np.zeros(0))


def _by_kmeans(placed: FloatArray, seed: int) -> list[Tried]:
    distinct = len(np.unique(np.round(placed, 9), axis=0))
    most = min(_MOST_CLUSTERS, len(placed) // _LEAST_MEAN_SIZE, distinct - 1)
    found = []
    for count in range(2, most + 1):
        labels = KMeans(count, n_init=5, random_state=seed).fit_predict(placed).astype(np.int64)

        def again(half: FloatArray, count: int = count) -> IntArray:
            own: IntArray = KMeans(count, n_init=2, random_state=seed).fit_predict(half).astype(np.int64)
            return own

        found.append(_tried("kmeans", count, placed, labels, again, seed))
    return found


def _by_hdbscan(placed: FloatArray, seed: int) -> list[Tried]:
    largest = max(len(placed) // 4, 2)
    found = []
    for smallest in sorted({min(size, largest) for size in (3, 5, 8, 12, 20, 40)}):

        def again(half: FloatArray, smallest: int = smallest) -> IntArray:
            return _hdbscan(half, max(smallest // 2, 2))

        found.append(_tried("hdbscan", smallest, placed, _hdbscan(placed, smallest), again, seed))
    return found


def _hdbscan(placed: FloatArray, smallest: int) -> IntArray:
    labels: IntArray = HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(placed).astype(np.int64)
    return labels


def _tried(
    method: str,
    setting: int,
    placed: FloatArray,
    labels: IntArray,
    again: Callable[[FloatArray], IntArray],
    seed: int,
) -> Tried:
    """again: the same on half of the data. A half with fewer distinct points than clusters says nothing."""
    numbers = np.random.default_rng(seed)
    agreed = []
    for _ in range(_HALVES):
        half = numbers.permutation(len(placed))[: len(placed) // 2]
        if len(np.unique(placed[half].round(9), axis=0)) > len(np.unique(labels)):
            agreed.append(float(adjusted_rand_score(labels[half], again(placed[half]))))
    stability = max(float(np.mean(agreed)), 0.0) if agreed else 0.0
    return Tried(method, setting, labels, _silhouette(placed, labels), stability)


def _silhouette(placed: FloatArray, labels: NDArray[Any]) -> float:
    """The mean over all points, noise counting 0; 0 too where there are no two clusters."""
    is_in = labels != NOISE
    if not 2 <= len(np.unique(labels[is_in])) < int(is_in.sum()):
        return 0.0
    return float(silhouette_samples(placed[is_in], labels[is_in]).sum()) / len(placed)


def _with_clusters(space: ClusterModel, placed: FloatArray, labels: IntArray) -> ClusterModel:
    centroids, radii = [], []
    for own in range(max(int(labels.max()) + 1, 1)):
        members = placed[labels == own] if (labels == own).any() else placed
        centroid = members.mean(axis=0)
        centroids.append(centroid)
        radii.append(max(float(np.quantile(np.linalg.norm(members - centroid, axis=1), 0.95)), 1e-6))
    return ClusterModel(space.centre, space.scale, space.axes, np.array(centroids), np.array(radii))
