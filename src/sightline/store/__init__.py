"""Keeps media, answers and runs in a database, so that nothing is asked twice and nothing lost.

In a file of SQLite by default, or in a PostgreSQL database that many machines share. Facts are
never changed, a run's ledger only grows, and what a recipe concluded can always be derived from
them again.
"""

from sightline.store.ledger import StoredLedger
from sightline.store.places import DatabaseUrl
from sightline.store.records import (
    Erased,
    LibraryItem,
    Results,
    RunRecord,
    StoredProfile,
    WorkerRecord,
)
from sightline.store.store import Store

__all__ = [
    "DatabaseUrl",
    "Erased",
    "LibraryItem",
    "Results",
    "RunRecord",
    "Store",
    "StoredLedger",
    "StoredProfile",
    "WorkerRecord",
]
