"""``python -m loglynx.retraining`` runs the trainer's worker."""

from loglynx.retraining.worker import main

raise SystemExit(main())
