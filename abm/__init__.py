"""Omland: an agent-based model of what a large employer does to the labour markets around it."""

__version__ = "0.1.0"
