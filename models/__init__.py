"""The artefacts that ship with Loglynx, as package data: each directory proves itself by its manifest."""
