"""Finds out what an endpoint can do, by asking it about pictures whose content is known."""

from sightline.endpoints.probing.probe import probe

__all__ = ["probe"]
