"""The benchmark: tasks cut from labelled logs, detectors under test, measures and reports. `loglynx bench` runs it."""
