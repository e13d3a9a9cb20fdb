"""``loglynx tune``: teach a language model from labelled incidents, measure it, and promote it if it is better."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import structlog
import typer

from loglynx.failures import EXIT_FOUND, CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe

if TYPE_CHECKING:
    from services.trainer.tuning.plan import TunePlan
    from services.trainer.tuning.rows import TuneRow
    from services.trainer.tuning.tune import Tuned


def tune(
    base: Annotated[
        str, typer.Option("--base", metavar="DIR|NAME", help="Instruction-tuned base: directory or hub name.")
    ],
    data: Annotated[
        list[Path], typer.Option("--data", metavar="FILE", help="Labelled incidents, JSON Lines; repeatable.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Registry of adapters.")],
    golden: Annotated[
        list[Path] | None,
        typer.Option("--golden", metavar="FILE", help="Rows that must not be forgotten; without any, no promotion."),
    ] = None,
    epochs: Annotated[float, typer.Option("--epochs", min=0.01, help="How often each row is seen.")] = 2.0,
    steps: Annotated[int, typer.Option("--steps", min=0, help="Instead of epochs.")] = 0,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Rows in memory at once.")] = 4,
    accumulate: Annotated[int, typer.Option("--accumulate", min=1, help="Batches that make one step.")] = 4,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=1e-8, max=1.0)] = 2e-4,
    rank: Annotated[int, typer.Option("--rank", min=1, max=512, help="Of the adapter.")] = 16,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=64, help="Longer rows are left out.")] = 4096,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    is_4bit: Annotated[bool, typer.Option("--4bit/--no-4bit", help="Hold the base in 4 bits (nf4).")] = True,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option("--device", help="auto: a GPU if there is one.")
    ] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=1, help="Of the processor.")] = 1,
    backend: Annotated[
        Literal["trl", "unsloth"], typer.Option("--backend", help="unsloth: GPU only, install it yourself.")
    ] = "trl",
    merge: Annotated[bool, typer.Option("--merge", help="Also write the model with the adapter merged in.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and train nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Train a LoRA adapter on a base held in 4 bits (QLoRA), and measure it before and after.

    The adapter is promoted only if it names the category of more unseen incidents right than the base does, and
    forgets at most two points of the golden rows. Run again after an interruption, it goes on where it was.
    Exit 0: promoted (or a dry run); 1: trained, not promoted; 2: error.

    \b
    loglynx tune --base ./Qwen3-4B --data incidents.jsonl --output adapters --dry-run
    loglynx tune --base Qwen/Qwen3-4B --data incidents.jsonl --golden golden.jsonl --output adapters
    loglynx tune --base ./base --data a.jsonl --data b.jsonl --golden golden.jsonl -o adapters --merge

    \b
    A row: {"lines": ["..."], "label": "disk_full"}; more in docs/tuning.md.
    """
    for name in ("torch", "transformers", "peft", "trl"):
        if find_spec(name) is None:
            raise CommandFailed(f"tuning needs {name}", "pip install 'loglynx[tune]'")
    from loglynx.labelled_incidents import read_rows
    from services.analyzer.llm.local_model import base_directory, choose_device, quiet_libraries
    from services.trainer.tuning.plan import TunePlan, TuningRefused

    quiet_libraries()
    try:
        with _quiet_services():
            chosen_device = choose_device(device)
        rows, golden_rows = read_rows(data), read_rows(golden or [])
        plan = TunePlan(
            base=base_directory(base),
            base_name=base,
            registry=output,
            rank=rank,
            learning_rate=learning_rate,
            epochs=epochs,
            steps=steps,
            batch=batch,
            accumulate=accumulate,
            max_tokens=max_tokens,
            seed=seed,
            is_4bit=is_4bit,
            device=chosen_device,
            threads=threads,
            backend=backend,
        )
        if dry_run:
            return _show_plan(plan, rows, golden_rows)
        if plan.device == "cpu":
            remarks().print("on the processor: enough for a small base or a trial, slow for a billion weights")
        return _show(_run(plan, rows, golden_rows, merge), as_json)
    except TuningRefused as refused:
        raise CommandFailed(refused.message, refused.fix) from refused


def _run(plan: TunePlan, rows: list[TuneRow], golden: list[TuneRow], merge: bool) -> Tuned:
    from loglynx.tuned_answers import TunedAnswers
    from services.trainer.tuning.tune import tune as run

    say = remarks().print
    with _quiet_services():
        return run(plan, rows, golden, TunedAnswers(plan.device, plan.batch, say), say, merge=merge)


@contextmanager
def _quiet_services() -> Iterator[None]:
    """Services log to stdout, where results belong."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


def _show_plan(plan: TunePlan, rows: list[TuneRow], golden: list[TuneRow]) -> int:
    from services.trainer.tuning.rows import counts_of
    from services.trainer.tuning.tune import prepare

    print_json(prepare(plan, rows).to_json() | {"golden": counts_of(golden)})
    return 0


def _show(tuned: Tuned, as_json: bool) -> int:
    from services.trainer.tuning.card import CARD_MARKDOWN

    if as_json:
        found = {"version": tuned.version, "directory": str(tuned.directory), "card": tuned.card}
        print_json(found | ({"merged": str(tuned.merged)} if tuned.merged else {}))
    else:
        out = results()
        for line in (tuned.directory / CARD_MARKDOWN).read_text("utf-8").splitlines():
            out.print(safe(line))
        out.print(f"adapter: {safe(str(tuned.directory))}")
        if tuned.merged:
            out.print(f"merged model: {safe(str(tuned.merged))}")
    return 0 if tuned.decision.is_promoted else EXIT_FOUND
