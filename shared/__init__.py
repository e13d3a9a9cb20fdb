"""What every service knows: the pure core, the Redis ledger, artefacts and the web edge."""
