"""Measuring the analyzer on labelled windows; ``loglynx evaluate analyzer`` is the way in."""
