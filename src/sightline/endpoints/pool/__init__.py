"""All endpoints as one fleet: every ask goes to whoever answers it soonest, of those that may.

lane ─parcels─► pool ─batch─► member ─► endpoint
  ▲               │              ├─ limit     how many calls at once
  └── exchanges ──┘              ├─ breaker   whether it is worth a call now
                                 └─ tally     what it was asked and how it went

Guarantees: no more exchanges in flight than an endpoint has slots; a slot stays taken until its
answers are safely kept, so that a kill loses at most what was in flight; waiting, for a slot or for
another try, holds none; every ask comes back once, answered or failed with a reason, unless it is
stopped; no picture goes further than its run allows, and none to a model that the run does not
accept.
"""

from sightline.endpoints.pool.lane import Exchange, Keep, Lane, failed
from sightline.endpoints.pool.member import Member, Terms
from sightline.endpoints.pool.pool import Pool
from sightline.endpoints.pool.retries import Retries
from sightline.endpoints.pool.tally import Sums

__all__ = ["Exchange", "Keep", "Lane", "Member", "Pool", "Retries", "Sums", "Terms", "failed"]
