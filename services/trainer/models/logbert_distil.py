"""LogBERT at a distilled size: masked keys and a hypersphere around normal windows (Guo et al. 2021).

- two small layers, unless the full size is asked for; sequences of templates have few keys and little to remember
- the summary of a window (the paper's [DIST]) is drawn to ``centre``, the mean summary of the training windows, which
  is a fixed number between passes and takes no gradient (volume of hypersphere minimisation, eq. 6)
"""

from __future__ import annotations

from torch import Tensor

from services.trainer.models.masked_encoder import MaskedBatch, MaskedEncoder

_SPHERE_WEIGHT = 0.1


class LogBertDistil(MaskedEncoder):
    """A MaskedEncoder over template numbers, trained by eq. 7: L = L_masked + alpha L_sphere."""

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        states = self(batch.shown, batch.is_real)
        words = self.surprise(states[batch.hidden], batch.keys[batch.hidden]).mean()
        sphere = self.distance(states).mean()
        return words + _SPHERE_WEIGHT * sphere, {"words": float(words.detach()), "sphere": float(sphere.detach())}
