"""Staged trainings: each stage leaves files that the next one reads."""
