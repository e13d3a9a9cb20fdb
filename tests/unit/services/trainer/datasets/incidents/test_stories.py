from __future__ import annotations

import pytest

from services.trainer.datasets.incidents.stories import load_stories
from services.trainer.datasets.incidents.templates import CatalogueError
from shared.core.taxonomy import TAXONOMY


def test_consequences_lie_no_nearer_to_the_root_than_their_cause():
    wrong = [
        (story.root.value, consequence.value)
        for story in load_stories()
        for consequence in story.then
        if TAXONOMY[consequence].depth < TAXONOMY[story.root].depth
    ]
    assert wrong == []


def test_many_roots_have_stories():
    assert len({story.root for story in load_stories()}) >= 15


@pytest.mark.parametrize("then", ["[]", '["disk_full"]', '["timeout", "timeout"]'])
def test_a_story_without_consequences_or_with_one_twice_is_refused(tmp_path, then: str):
    file = tmp_path / "stories.toml"
    file.write_text(f'[[story]]\nroot = "disk_full"\nthen = {then}\n')
    with pytest.raises(CatalogueError):
        load_stories(file)
