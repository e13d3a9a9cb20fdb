"""QLoRA for real, on a base made on the spot: 4-bit load, training, saving, reloading, answering, merging."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tiny_language_model import SYSTEM, a_row, make_tiny_base

from loglynx.tuned_answers import TunedAnswers, category_schema
from services.analyzer.llm.local_model import LocalModelOptions, load_local_model
from services.analyzer.llm.protocol import RawReply
from services.analyzer.llm.transformers_engine import EngineLimits, TransformersEngine
from services.analyzer.prompting import Prompt
from services.trainer.tuning.card import CARD_JSON, CARD_MARKDOWN
from services.trainer.tuning.plan import TunePlan, TuningRefused
from services.trainer.tuning.rows import TuneRow, row_of
from services.trainer.tuning.tune import Tuned, tune
from shared.artefacts.adapters import base_sha256, load_adapter, promoted_version
from shared.errors import ArtefactInvalid

# The libraries warn of each other's future.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning"), pytest.mark.timeout(240)]

STEPS = 20


def rows(split: str, first: int, count: int) -> list[TuneRow]:
    return [row_of(a_row(number, split), "row") for number in range(first, first + count)]


LEARNT = [*rows("train", 0, 60), *rows("test", 100, 24)]
GOLDEN = rows("test", 200, 12)


@dataclass(frozen=True)
class Run:
    plan: TunePlan
    tuned: Tuned
    merged: Path


class Killed(Exception):
    """The process ended here."""


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """Nothing of this may ask the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [json.dumps(a_row(number)) for number in range(100)]
    return make_tiny_base(tmp_path_factory.mktemp("base"), texts, hidden=256)


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    registry = tmp_path_factory.mktemp("registry")
    plan = TunePlan(base, "tiny", registry, steps=STEPS, batch=8, accumulate=1, learning_rate=1e-2, device="cpu")
    tuned = tune(plan, LEARNT, GOLDEN, TunedAnswers("cpu", 12, print), print, merge=True)
    assert tuned.merged is not None
    return Run(plan, tuned, tuned.merged)


def an_engine(model: Path, adapter: Path | None = None, *, is_4bit: bool = True) -> TransformersEngine:
    local = load_local_model(LocalModelOptions(str(model), adapter, is_4bit, "cpu"))
    return TransformersEngine(local, EngineLimits(max_tokens=200))


ASKED = rows("test", 300, 6)


def prompts() -> list[Prompt]:
    """The three kinds differ in length, so that a batch of them is padded."""
    return [
        Prompt(SYSTEM, "", row.messages[1]["content"], "", {}, "en", category_schema(row.window)) for row in ASKED
    ]


def replies(engine: TransformersEngine) -> list[str]:
    answers = engine.answer_many(prompts())
    return [answer.text if isinstance(answer, RawReply) else str(answer) for answer in answers]


def test_loss_falls_on_layers_that_are_really_in_four_bits(run: Run) -> None:
    card = run.tuned.card
    losses = [loss for _, loss in card["losses"]]
    assert len(losses) == STEPS
    assert losses[-1] < 0.2 * losses[0]
    assert card["training"]["layers_4bit"] == card["training"]["layers"] == 2 * 7


def test_the_analyzer_holds_the_base_in_nf4_too(run: Run) -> None:
    from bitsandbytes.nn import Linear4bit

    local = load_local_model(LocalModelOptions(str(run.plan.base), run.tuned.directory, True, "cpu"))
    layers = [module.base_layer for module in local.model.modules() if hasattr(module, "lora_A")]
    assert layers
    assert all(isinstance(layer, Linear4bit) and layer.weight.quant_type == "nf4" for layer in layers)
    assert {str(layer.weight.dtype) for layer in layers} == {"torch.uint8"}


def test_a_reloaded_adapter_answers_as_it_did_when_it_was_measured(run: Run) -> None:
    tuned = an_engine(run.plan.base, run.tuned.directory)
    first = replies(tuned)
    assert replies(an_engine(run.plan.base, run.tuned.directory)) == first
    assert [json.loads(text)["category"] for text in first] == [row.category for row in ASKED]
    assert replies(an_engine(run.plan.base)) != first, "without the adapter it must not know"
    assert [tuned.analyze(prompt).text for prompt in prompts()] == first, "batch mates must not matter"


def test_the_unseen_score_rises_and_the_adapter_is_promoted(run: Run) -> None:
    unseen = run.tuned.card["unseen"]
    assert unseen["before"]["rows"] == unseen["after"]["rows"] == 24
    assert unseen["before"]["right"] <= 8
    assert unseen["after"]["right"] >= 20
    assert run.tuned.decision.is_promoted
    assert promoted_version(run.plan.registry) == run.tuned.version


def test_what_is_published_proves_itself_and_nothing_else_is_left(run: Run) -> None:
    manifest = load_adapter(run.plan.registry / "promoted")
    assert manifest.version == run.tuned.version
    assert manifest.base_sha256 == base_sha256(run.plan.base)
    assert manifest.training["versions"]["trl"]
    assert {path.name for path in run.tuned.directory.iterdir()} >= {CARD_JSON, CARD_MARKDOWN}
    assert "Promoted." in (run.tuned.directory / CARD_MARKDOWN).read_text()
    names = {path.name for path in run.plan.registry.iterdir()}
    assert names == {"promoted", run.tuned.version, f"{run.tuned.version}-merged"}


def test_the_merged_model_is_whole_and_measured_anew(run: Run) -> None:
    merged = json.loads((run.merged / CARD_JSON).read_text())["merged"]
    assert merged["precision"] == "float32"
    assert merged["unseen"]["right"] >= 20
    assert "quantization_config" not in json.loads((run.merged / "config.json").read_text())
    merged_replies = replies(an_engine(run.merged, is_4bit=False))
    assert merged_replies == replies(an_engine(run.plan.base, run.tuned.directory))


def test_an_interrupted_run_goes_on_from_its_last_checkpoint(run: Run, tmp_path: Path) -> None:
    plan, said = replace(run.plan, registry=tmp_path), []

    def killed(model: Path, adapter: Path | None, asked: object, *, is_4bit: bool) -> list[str]:
        if adapter is not None:
            raise Killed
        return [""] * 36

    with pytest.raises(Killed):
        tune(plan, LEARNT, GOLDEN, killed, said.append)
    assert promoted_version(tmp_path) is None
    work = next(tmp_path.glob(".run-*"))
    assert [path.name for path in tmp_path.iterdir()] == [work.name]
    shutil.rmtree(work / f"checkpoint-{STEPS}")
    state = work / "checkpoint-18" / "trainer_state.json"
    history = json.loads(state.read_text())
    history["log_history"][0]["loss"] = 99.0
    state.write_text(json.dumps(history))
    again = tune(plan, LEARNT, [], lambda *_, **__: [""] * 24, said.append)
    assert "going on from checkpoint-18" in said
    whole = [loss for _, loss in run.tuned.card["losses"]]
    resumed = [loss for _, loss in again.card["losses"]]
    assert len(resumed) == STEPS
    assert resumed[0] == 99.0, "steps 1 to 18 are not run again"
    assert resumed[1:19] == whole[1:19], "step 19 starts from the weights of step 18"
    assert resumed[19] == pytest.approx(whole[19], rel=0.05)
    assert not list(tmp_path.glob(".*")), "a finished run leaves no checkpoint"
    assert not again.decision.is_promoted


def test_an_adapter_of_another_base_is_refused(run: Run, tmp_path: Path) -> None:
    other = make_tiny_base(tmp_path, [json.dumps(a_row(number)) for number in range(9)], hidden=64)
    with pytest.raises(ArtefactInvalid, match="another base"):
        load_local_model(LocalModelOptions(str(other), run.tuned.directory, True, "cpu"))


def test_a_base_stored_in_four_bits_is_not_merged_into(run: Run, tmp_path: Path) -> None:
    base = Path(shutil.copytree(run.plan.base, tmp_path / "base"))
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"quantization_config": {"load_in_4bit": True}}))
    with pytest.raises(TuningRefused, match="stored quantised"):
        tune(replace(run.plan, base=base), LEARNT, GOLDEN, lambda *_, **__: [], print, merge=True)
