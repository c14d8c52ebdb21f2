"""All settings, as one typed tree (`tree`), its tables (`sections`), what each may be (`kinds`) and
where they come from (`places`).
"""

from sightline.settings.kinds import Group, Kind, Nature, Unit, group_of, nature_of
from sightline.settings.places import (
    CONFIG_VARIABLE,
    DOTENV,
    PREFIX,
    Outside,
    Tree,
    file_in_force,
    outside_file,
    said,
    stamp_of_files,
)
from sightline.settings.sections import (
    PORT,
    EndpointSettings,
    JobSettings,
    ServerSettings,
    WebhookSettings,
)
from sightline.settings.tree import (
    Settings,
    aliases_say,
    check_stored,
    file_says,
    load,
    problem_of,
)

__all__ = [
    "CONFIG_VARIABLE",
    "DOTENV",
    "PORT",
    "PREFIX",
    "EndpointSettings",
    "Group",
    "JobSettings",
    "Kind",
    "Nature",
    "Outside",
    "ServerSettings",
    "Settings",
    "Tree",
    "Unit",
    "WebhookSettings",
    "aliases_say",
    "check_stored",
    "file_in_force",
    "file_says",
    "group_of",
    "load",
    "nature_of",
    "outside_file",
    "problem_of",
    "said",
    "stamp_of_files",
]
