"""All signs of trouble, by area. Adding one is adding a line to a table and a window to its test."""

from services.analyzer.signs.data import DATA_SIGNS
from services.analyzer.signs.dependencies import DEPENDENCY_SIGNS
from services.analyzer.signs.network import NETWORK_SIGNS
from services.analyzer.signs.operations import OPERATION_SIGNS
from services.analyzer.signs.resources import RESOURCE_SIGNS
from services.analyzer.signs.security import SECURITY_SIGNS
from services.analyzer.signs.sign import Sign

ALL_SIGNS: tuple[Sign, ...] = (
    *NETWORK_SIGNS,
    *DEPENDENCY_SIGNS,
    *RESOURCE_SIGNS,
    *DATA_SIGNS,
    *SECURITY_SIGNS,
    *OPERATION_SIGNS,
)

__all__ = ["ALL_SIGNS", "Sign"]
