"""Evaluate language models on word problems and tell real gains from noise."""

__version__ = "0.1.0"
