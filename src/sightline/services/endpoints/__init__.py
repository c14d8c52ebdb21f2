"""Endpoints as people have them: set up, chosen, shared by workers, looked after."""
