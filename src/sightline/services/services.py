"""Everything that a server serves, joined by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sightline.services.live import LiveTexts

if TYPE_CHECKING:
    from sightline.services.access import Access
    from sightline.services.activity import Activity
    from sightline.services.chat import Chat
    from sightline.services.corrections import Corrections
    from sightline.services.deliveries import Deliveries
    from sightline.services.estimates import Estimates
    from sightline.services.events import Events
    from sightline.services.fleet import Fleet
    from sightline.services.folders import Folders
    from sightline.services.jobs import Jobs
    from sightline.services.library import Library
    from sightline.services.pictures import Pictures
    from sightline.services.playback import Playback
    from sightline.services.preferences import Preferences
    from sightline.services.samples import Samples
    from sightline.services.shelf import Shelf
    from sightline.services.tagshelf import TagShelf
    from sightline.services.timelines.timelines import Timelines
    from sightline.services.uploads import Uploads
    from sightline.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases of one installation, for the life of a server."""

    store: Store
    access: Access
    jobs: Jobs
    events: Events
    library: Library
    shelf: Shelf
    folders: Folders
    uploads: Uploads
    pictures: Pictures
    playback: Playback
    fleet: Fleet | None
    """The endpoints that this process asks; None where another process does the work."""
    preferences: Preferences
    """Settings and endpoints as people change them; `preferences.settings` are those in force."""
    tag_sets: TagShelf
    deliveries: Deliveries
    corrections: Corrections
    samples: Samples
    timelines: Timelines
    estimates: Estimates
    activity: Activity | None = None
    """What the endpoints that this process asks do; None where it asks none."""
    chat: Chat | None = None
    """Questions about single pictures; None where this process asks no endpoint."""
    live: LiveTexts = field(default_factory=LiveTexts)
    """What models are saying, of the jobs that this process works on."""
