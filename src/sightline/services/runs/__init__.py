"""Runs: asked for, done over one media, followed, and told of when they have ended."""
