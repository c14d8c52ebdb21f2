"""Durable jobs: a queue that survives its workers, and the workers."""
