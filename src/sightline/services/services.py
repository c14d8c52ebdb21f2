"""Everything that a server serves, joined by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sightline.services.runs.live import LiveTexts

if TYPE_CHECKING:
    from sightline.services.compat.chat import Chat
    from sightline.services.endpoints.activity import Activity
    from sightline.services.endpoints.fleet import Fleet
    from sightline.services.library.catalogue import Library
    from sightline.services.library.folders import Folders
    from sightline.services.library.pictures import Pictures
    from sightline.services.library.playback import Playback
    from sightline.services.library.samples import Samples
    from sightline.services.library.shelf import Shelf
    from sightline.services.library.uploads import Uploads
    from sightline.services.planning.estimates import Estimates
    from sightline.services.runs.deliveries import Deliveries
    from sightline.services.runs.events import Events
    from sightline.services.runs.jobs import Jobs
    from sightline.services.server.access import Access
    from sightline.services.server.preferences import Preferences
    from sightline.services.tags.tagshelf import TagShelf
    from sightline.services.timelines.corrections import Corrections
    from sightline.services.timelines.timelines import Timelines
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
