"""``python -m services.detector`` runs the worker."""

from services.detector.worker import main

raise SystemExit(main())
