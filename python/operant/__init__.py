"""Operant from Python: pictures of how trained subjects decide."""

__version__ = "0.1.0"
