"""Trains the analyzer's window reader: line readings of templates they never saw, and a network that weighs them."""
