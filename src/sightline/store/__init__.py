"""Keeps media, answers and runs in a database, so that nothing is asked twice and nothing lost.

SQLite by default. Facts are never changed, a run's ledger only grows, and what a recipe concluded
can always be derived from them again.
"""

from sightline.store.ledger import StoredLedger
from sightline.store.records import Erased, LibraryItem, Results, RunRecord, StoredProfile
from sightline.store.store import Store

__all__ = [
    "Erased",
    "LibraryItem",
    "Results",
    "RunRecord",
    "Store",
    "StoredLedger",
    "StoredProfile",
]
