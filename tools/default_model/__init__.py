"""Trains the model that Graphcore ships: `python -m tools.default_model` (see README.md beside this file)."""
