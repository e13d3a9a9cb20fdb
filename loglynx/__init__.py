"""The command ``loglynx``: everything a person types. Depends on services and shared; nothing depends on it."""
