"""Simulated systems whose logs train and show Loglynx: seeded, offline, in each system's true format.

Pure Python: no torch, no numpy, no files. Texts are the project's own.
"""

from services.trainer.datasets.simulators.catalogue import SIMULATORS, plant, simulate
from services.trainer.datasets.simulators.demo import PlantedFault, demo_manifest, demo_stream
from services.trainer.datasets.simulators.engine import CATEGORIES, Fault, SimulatedLine, Simulator
from services.trainer.datasets.simulators.synthetic_systems import random_system

__all__ = [
    "CATEGORIES",
    "SIMULATORS",
    "Fault",
    "PlantedFault",
    "SimulatedLine",
    "Simulator",
    "demo_manifest",
    "demo_stream",
    "plant",
    "random_system",
    "simulate",
]
