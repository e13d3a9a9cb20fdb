"""The staged DeepLog pipeline as a command: reading, running, naming, judging, reporting."""
