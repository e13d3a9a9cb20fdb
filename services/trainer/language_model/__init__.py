"""A small causal language model that reads flagged windows, from rows to an artefact; see ../train_language_model.py."""
