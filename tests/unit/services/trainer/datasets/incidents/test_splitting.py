from __future__ import annotations

from collections import Counter, defaultdict

from services.trainer.datasets.incidents.injections import load_injections
from services.trainer.datasets.incidents.pools import usable_templates
from services.trainer.datasets.incidents.splitting import (
    Split,
    family_of,
    held_out_systems,
    split_templates,
)
from services.trainer.datasets.incidents.templates import Template, load_catalogue

ALL = usable_templates(load_catalogue())
SPLITS = split_templates(ALL)
HELD = held_out_systems(ALL)
CATALOGUE = [template for template in load_catalogue() if template.id in SPLITS]


def a_template(system: str, number: int) -> Template:
    return Template(f"timeout.en.{system}.{number}", "timeout", "en", system, f"late {number}", "ERROR")


def test_a_held_out_system_is_in_its_own_split_alone_in_every_category_and_language():
    where = defaultdict(set)
    for template in ALL:
        where[family_of(template.system)].add(SPLITS[template.id])
    assert {family: where[family] for family in HELD} == {family: {split} for family, split in HELD.items()}


def test_one_software_under_two_names_is_held_out_under_both():
    templates = [a_template(system, n) for system in ("kubelet", "kubernetes", "a", "b", "c") for n in range(4)]
    held = held_out_systems([*templates, *(a_template("large", n) for n in range(2000))])
    assert "kubelet" not in held
    assert "kubernetes" in held


def test_every_category_has_systems_and_templates_held_out_in_both_languages():
    systems = Counter()
    templates = Counter()
    for key in {(t.category, t.language, family_of(t.system)) for t in ALL}:
        systems[key[0], key[1], HELD.get(key[2], Split.TRAIN)] += 1
    for template in CATALOGUE:
        if family_of(template.system) not in HELD:
            templates[template.category, template.language, SPLITS[template.id]] += 1
    kinds = {(t.category, t.language) for t in CATALOGUE}
    assert [k for k in kinds for split in (Split.VALIDATION, Split.TEST) if systems[*k, split] < 2] == []
    assert [k for k in kinds for split in (Split.VALIDATION, Split.TEST) if not templates[*k, split]] == []


def test_most_templates_are_for_training():
    shares = Counter(SPLITS[t.id] for t in CATALOGUE)
    total = sum(shares.values())
    assert 0.65 < shares[Split.TRAIN] / total < 0.85
    assert all(shares[split] / total > 0.08 for split in (Split.VALIDATION, Split.TEST))


def test_the_split_of_a_template_depends_on_no_order():
    assert split_templates(ALL[::-1]) == SPLITS


def test_no_text_that_speaks_to_a_model_is_in_two_splits():
    by_split = load_injections()
    seen = Counter(
        (language, template.text)
        for split in by_split.values()
        for language, kinds in split.items()
        for kind in kinds
        for template in kind
    )
    assert set(seen.values()) == {1}
    for split in by_split.values():
        for payloads, carriers in split.values():
            assert payloads
            assert carriers
    assert sum(len(payloads) for split in by_split.values() for payloads, _ in split.values()) >= 60
