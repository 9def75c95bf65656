"""Operant from Python: environments, servers, data sets and pictures.

>>> import gymnasium, operant                                                   # doctest: +SKIP
>>> env = gymnasium.make("operant/PerceptualDecisionMaking-v1")                 # doctest: +SKIP

"""

import importlib
from typing import TYPE_CHECKING

from operant.registration import register_all

__version__ = "0.1.0"

__all__ = [
    "Client",
    "Dataset",
    "OperantEnv",
    "OperantVectorEnv",
    "RestartRule",
    "Server",
    "serve",
]

if TYPE_CHECKING:
    from operant.client import Client, RestartRule
    from operant.dataset import Dataset
    from operant.environment import OperantEnv
    from operant.serving import Server, serve
    from operant.vector import OperantVectorEnv

# Loaded when they are asked for, so that importing this package for its pictures or its names costs
# little.
_HOMES = {
    "Client": "client",
    "Dataset": "dataset",
    "OperantEnv": "environment",
    "OperantVectorEnv": "vector",
    "RestartRule": "client",
    "Server": "serving",
    "serve": "serving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'operant' has no attribute {name!r}")
    return getattr(importlib.import_module(f"operant.{_HOMES[name]}"), name)


register_all()
