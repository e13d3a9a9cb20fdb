"""Public logs with injected faults, as rows for ``loglynx evaluate``: one module a data set.

``FAULT_SETS[name].rows(data_dir)`` gives rows with a group each; ``split`` deals whole groups out to training and
test. Nothing of the data is part of this repository. Raises DatasetAbsent when a data set is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from loglynx.evaluation.fault_sets import hadoop, iotdb, logeval, nezha, tracebench
from loglynx.evaluation.fault_sets.fault_set import FaultSet

__all__ = ["FAULT_SETS", "FaultSet"]

FAULT_SETS: Final[Mapping[str, FaultSet]] = {
    found.name: found for found in (*logeval.SETS, nezha.SET, hadoop.SET, tracebench.SET, iotdb.SET)
}
