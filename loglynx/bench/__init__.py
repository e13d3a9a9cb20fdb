"""The benchmark: tasks cut from labelled logs, detectors under test, measures, reports. `loglynx bench` runs it."""
