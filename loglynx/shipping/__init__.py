"""What ``loglynx ship`` does: sources that follow logs, a state that survives, pushes that count once."""
