"""``python -m services.analyzer`` runs the worker."""

from services.analyzer.worker import main

raise SystemExit(main())
