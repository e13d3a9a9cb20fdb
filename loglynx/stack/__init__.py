"""The whole stack as processes of one machine: Redis, ingest, detector, analyzer, watched by one supervisor."""
