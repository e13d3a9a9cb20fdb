"""A template's vector is its own: not its batch mates', not its padding's."""

from __future__ import annotations

import torch

from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape


def an_encoder() -> LineEncoder:
    torch.manual_seed(4)
    return LineEncoder(LineEncoderShape(90, dim=32, layers=2, heads=2, hidden=40, max_tokens=20)).eval()


@torch.no_grad()
def test_vectors_have_length_one_and_differ() -> None:
    tokens = torch.randint(5, 90, (6, 9))
    vectors = an_encoder()(tokens, torch.ones_like(tokens, dtype=torch.bool))
    assert torch.allclose(vectors.norm(dim=-1), torch.ones(6), atol=1e-5)
    assert (vectors @ vectors.T).triu(1).max() < 0.9999


@torch.no_grad()
def test_padding_and_batch_mates_change_nothing() -> None:
    encoder, tokens = an_encoder(), torch.randint(5, 90, (6, 9))
    real = torch.ones_like(tokens, dtype=torch.bool)
    together = encoder(tokens, real)
    wide = torch.nn.functional.pad(tokens, (0, 8), value=17)
    padded = encoder(wide, torch.nn.functional.pad(real, (0, 8)))
    assert torch.allclose(together, padded, atol=1e-5)
    assert torch.allclose(together[2], encoder(tokens[2:3], real[2:3])[0], atol=1e-5)
