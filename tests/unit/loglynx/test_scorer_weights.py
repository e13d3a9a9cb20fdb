"""--weights: names of scorers and numbers, or a clear refusal."""

from __future__ import annotations

import pytest

from loglynx.failures import CommandFailed
from loglynx.scorer_weights import read_weights


def test_weights_are_read_by_name() -> None:
    assert read_weights("head=0.5, knn=0.3,ae=0.2") == {"head": 0.5, "knn": 0.3, "ae": 0.2}


@pytest.mark.parametrize("text", ["", "nobody=1", "knn", "knn=0", "knn=-1", "knn=nan", "knn=inf", "knn=1,knn=2"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(CommandFailed):
        read_weights(text)
