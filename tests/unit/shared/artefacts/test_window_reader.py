"""The window reader's files: nothing is read that does not fit this program."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_readers import tiny_network

from shared.artefacts.window_reader import pack_network, unpack_network
from shared.core.window_network import WindowNetwork
from shared.errors import ArtefactInvalid


def test_network_comes_back_as_it_was() -> None:
    network = tiny_network(3)
    again = unpack_network(pack_network(network), 3)
    np.testing.assert_array_equal(again.words, network.words)
    assert set(again.parameters) == set(network.parameters)
    np.testing.assert_array_equal(again.parameters["enter.weight"], network.parameters["enter.weight"])


def test_network_for_other_categories_is_refused() -> None:
    with pytest.raises(ArtefactInvalid, match="another shape"):
        unpack_network(pack_network(tiny_network(3)), 4)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x00" * 100])
def test_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(ArtefactInvalid, match="no network"):
        unpack_network(content, 3)


def test_numbers_that_are_none_are_refused() -> None:
    network = tiny_network(3)
    parameters = dict(network.parameters) | {"enter.bias": np.full(8, np.nan, np.float32)}
    with pytest.raises(ArtefactInvalid, match="another shape"):
        unpack_network(pack_network(WindowNetwork(network.words, network.scale, parameters)), 3)
