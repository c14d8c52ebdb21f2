"""Drives one recipe over one media: asks become pictures, pictures calls, calls facts.

recipe ─asks─► facts already known ────────────────────────────────────┐
   ▲              └─ the rest ─► reader ─pictures─► pool ─► ledger ────┤
   │                               └─ frames that look alike: sharing ─┤
   └──────────────────────── outcomes, once they are stored ───────────┘

conductor    the recipe's side: one outcome at a time, stored before it is told
asking       the endpoint's side: pictures and calls
sharing      which asks wait for the answer about a frame that looks alike
"""

from sightline.engine.conductor import GRACE_S, Engine

__all__ = ["GRACE_S", "Engine"]
