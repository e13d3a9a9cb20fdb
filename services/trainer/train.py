"""Makes the default artefact from nothing: ``python -m services.trainer.train --output models/default --minutes 30``.

Composes a corpus, trains the vocabulary, the line encoder and the sequence model, and hands them to
``write_artefact``. ``--encoder-steps`` with ``--sequence-steps`` in place of ``--minutes`` makes a run repeatable.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from services.trainer.compute import DEVICES, PRECISIONS, Compute
from services.trainer.course import Course
from services.trainer.datasets.corpus import Corpus, CorpusSize, compose
from services.trainer.datasets.harvest import Harvest, harvest
from services.trainer.datasets.recorded.load import recorded_streams, recorded_systems
from services.trainer.datasets.simulators import SIMULATORS
from services.trainer.evaluate import faulty_streams
from services.trainer.fit_lines import TokenTable, encode_lines, fit_lines
from services.trainer.fit_windows import fit_windows
from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape
from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.pace import Pace, say_on_stderr
from services.trainer.plan import Plan
from services.trainer.publish import publish_trained
from services.trainer.rounding import round_encoder, round_model
from services.trainer.tokenizing import masks_in, train_tokenizer
from services.trainer.write_artefact import Trained, write_artefact
from shared.artefacts.manifest import Manifest
from shared.core.side_channel import EVENT_DIM, SIDE_DIM

_ENCODER_SHARE = 0.4  # of the minutes
_EXAMPLES = """examples:
  half an hour on two threads (what `make train` does):
    python -m services.trainer.train --output models/default --minutes 30
  a repeatable run, the same weights from the same seed on the same kind of machine:
    python -m services.trainer.train --output /tmp/model --encoder-steps 3000 --sequence-steps 3000 --seed 1
  as a candidate for the registry of a stack:
    python -m services.trainer.train --output /tmp/model --publish ~/.loglynx/models
  on a GPU:
    python -m services.trainer.train --output /tmp/model --minutes 30 --device cuda
"""


def train(plan: Plan, text: Harvest | None = None) -> Manifest:
    """Run the plan. Raises ArtefactInvalid when the exported graphs do not match the trained models."""
    compute = Compute.choose(plan.device, plan.precision, plan.threads)
    torch.manual_seed(plan.seed)
    say_on_stderr(f"composing the corpus; training on {compute}")
    found = harvest() if text is None else text
    corpus = compose(plan.seed, plan.size, found, _held_out(plan), plan.held_out_recorded)
    trained = fit(plan, corpus, compute)
    say_on_stderr("exporting, calibrating, evaluating")
    return write_artefact(plan, corpus, trained)


def _held_out(plan: Plan) -> list[str]:
    return [name for name in plan.held_out if name in SIMULATORS]


def fit(plan: Plan, corpus: Corpus, compute: Compute) -> Trained:
    """Vocabulary, then line encoder, then sequence model; weights rounded to what the artefact will hold."""
    book, seen, held_out = corpus.book, len(corpus.book), _held_out(plan)
    tokenizer = train_tokenizer(book.templates, masks_in(book.templates))
    encoder = LineEncoder(LineEncoderShape(tokenizer.get_vocab_size()))
    model = SequenceModel(SequenceShape(SIDE_DIM, EVENT_DIM))
    say_on_stderr(f"{seen} templates, {len(corpus.training)} streams, {tokenizer.get_vocab_size()} tokens")
    faulty = faulty_streams(held_out, plan.seed + 1000, plan.size.simulated_lines, book)  # adds templates, not lines
    trained_on = [name for name in recorded_systems() if name not in plan.held_out_recorded]
    faulty |= {stream.name: [stream] for stream in recorded_streams(book, trained_on)}
    table = TokenTable.of(book, tokenizer, encoder.shape.max_tokens)
    numbers = np.random.default_rng(plan.seed)

    lines_pace = Pace("line encoder", plan.minutes * 60 * _ENCODER_SHARE, plan.encoder_steps)
    lines = fit_lines(encoder, table, corpus.pairs, numbers, lines_pace, Course(compute))
    served = corpus.templates_of([*corpus.held_out, *(stream for pair in faulty.values() for stream in pair)])
    rounded = round_encoder(encoder, table, served)
    vectors = encode_lines(encoder, table, corpus.templates_of(corpus.training), compute)
    vectors[served] = encode_lines(encoder, table, served)[served]
    windows_pace = Pace("sequence model", max(plan.minutes * 60 - lines_pace.elapsed_s, 0.0), plan.sequence_steps)
    windows = fit_windows(
        model,
        vectors,
        corpus.training,
        corpus.held_out,
        corpus.failures,
        corpus.held_out_failures,
        numbers,
        windows_pace,
        Course(compute),
    )
    rounded |= round_model(model, vectors, corpus)
    training = {
        "seed": plan.seed,
        "minutes": round(lines_pace.elapsed_s / 60, 1),
        "encoder_steps": lines_pace.done,
        "sequence_steps": windows_pace.done,
        "templates": seen,
        "pairs": len(corpus.pairs),
        "systems": plan.size.systems,
        "synthetic": plan.size.synthetic,
        "simulators": len(SIMULATORS) - len(held_out),
        "recorded": ", ".join(trained_on) or "none",
        "held_out": ", ".join([*held_out, *(s for s in faulty if s not in held_out)]),
        "corpus_sha256": corpus.digest,
        "torch": torch.__version__,
        "compute": str(compute),
    }
    metrics = {
        "held_out_random_systems": {name: round(value, 4) for name, value in asdict(windows).items()},
        "held_out_pairs_losses": {name: round(value, 4) for name, value in lines.items()},
        "rounding_to_int8": rounded,
    }
    return Trained(tokenizer, encoder, model, table, vectors.numpy(), faulty, seen, training, metrics)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="services.trainer.train",
        description=(__doc__ or "").split("\n")[0],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, required=True, help="directory of the artefact")
    parser.add_argument("--publish", type=Path, metavar="REGISTRY", help="and put it into this registry of models")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long to train; export comes on top")
    parser.add_argument("--encoder-steps", type=int, help="instead of minutes: steps of the line encoder")
    parser.add_argument("--sequence-steps", type=int, help="instead of minutes: steps of the sequence model")
    parser.add_argument("--systems", type=int, default=CorpusSize().systems, help="random systems to train on")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=DEVICES, default="auto", help="auto: a CUDA device if there is one")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="auto", help="auto: bfloat16 where the hardware has it"
    )
    parser.add_argument("--note", default="", help="kept in the manifest")
    chosen = vars(parser.parse_args())
    size, registry = CorpusSize(systems=chosen.pop("systems")), chosen.pop("publish")
    manifest = train(Plan(size=size, **chosen))
    say_on_stderr(f"artefact {manifest.version}: {manifest.metrics['held_out_simulators'].get('all')}")
    if registry is not None:
        command = ("python", "-m", "services.trainer.train", *sys.argv[1:])
        entry = publish_trained(chosen["output"], manifest, registry, command)
        say_on_stderr(f"published as {entry.address}; `loglynx models activate` would serve it")


if __name__ == "__main__":
    main()
