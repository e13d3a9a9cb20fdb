"""``python -m services.archiver`` runs the archiver."""

from services.archiver.worker import main

raise SystemExit(main())
