"""A small causal language model that reads flagged windows, from rows to an artefact: ``train_language_model``."""
