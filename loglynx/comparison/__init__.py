"""Trained models side by side on one test: figures, pictures, the strangest windows, one page."""
