"""The version, where every room can see it and the build reads it."""

__version__ = "0.1.0"
