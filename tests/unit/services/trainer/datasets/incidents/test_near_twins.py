from __future__ import annotations

import pytest

from services.trainer.datasets.incidents.background import simulated_templates
from services.trainer.datasets.incidents.near_twins import BENIGN, unfit_for_background
from services.trainer.datasets.incidents.pools import splits_of, usable_templates
from services.trainer.datasets.incidents.templates import NORMAL, Template, load_catalogue


def a_template(category: str, text: str, language: str = "en") -> Template:
    return Template(f"{category}.{language}.a.{text}", category, language, "a", text, "INFO")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("background", "told"),
    [
        ("client {name} reset the connection after 30 bytes", "client {host} reset the connection after {n} bytes"),
        ("[MY-7] [InnoDB] Transactions deadlock detected, dumping information", "deadlock detected"),
        (
            "Invalid header '{ip}'. You may add '{ip}' to HOSTS.",
            "BadHost: Invalid header '{host}'. You may add it to HOSTS.",
        ),
    ],
)
def test_background_that_nearly_says_what_another_kind_says_is_unfit(background: str, told: str):
    line, telling = a_template("normal", background), a_template("timeout", told)
    assert unfit_for_background([line, telling]) == {line.id: telling.id}


@pytest.mark.parametrize(
    ("background", "told"),
    [
        (
            "Accepted password for {user} from {ip} port {port} ssh2",
            "Failed password for root from {ip} port {port} ssh2",
        ),
        ("Username [{user}] successfully authenticated", "Username [{user}] NOT successfully authenticated"),
        ("[client {ip}] AH128: File does not exist: /srv/old.html", 'role "{user}" does not exist'),
        ("shutting down", "Error: Disk space is too low! Shutting down at height {n}"),
        ('"GET {path} HTTP/1.1" 200 {n}', '"GET {path} HTTP/2" 429 RL {bytes} "{ip}"'),
    ],
)
def test_background_that_only_sounds_like_it_stays(background: str, told: str):
    assert unfit_for_background([a_template("normal", background), a_template("timeout", told)]) == {}


def test_lines_of_two_languages_are_not_compared():
    told = a_template("timeout", "连接 upstream timed out while reading 超时", "zh")
    assert unfit_for_background([a_template("normal", "upstream timed out while reading"), told]) == {}


@pytest.mark.parametrize(
    "text", ["attempt 1 failed: timed out; retrying", "Duplicate batch from {pid} ignored", "第1次重试成功"]
)
def test_background_that_tells_of_harmless_trouble_is_benign(text: str):
    line = a_template("normal", text)
    assert unfit_for_background([line]) == {line.id: BENIGN}


def test_what_is_unfit_is_in_no_split_and_little_is():
    templates = (*load_catalogue(), *simulated_templates())
    usable = {template.id for template in usable_templates(load_catalogue())}
    unfit = [template for template in templates if template.id not in usable]
    assert set(splits_of(load_catalogue())) == usable
    assert {template.category for template in unfit} == {NORMAL}
    assert 0 < len(unfit) < 0.1 * sum(template.category == NORMAL for template in templates)
