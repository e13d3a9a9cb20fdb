"""Labelled sequences of 6 to 15 lines whose label no single line gives away."""
