"""The child process: `python -m sightline.media.codec MEMORY_MB`, started by `media.child`.

Requests come on standard input and replies go out on standard output, as in `media.wire`.
"""

from __future__ import annotations

import sys

from sightline.media.codec.limits import confine, die_with_parent, forbid_writing


def main() -> None:
    """Serves until the parent closes the pipe or is gone."""
    memory_mb = int(sys.argv[1])
    confine(memory_mb)
    from sightline.media.codec.serve import serve  # noqa: PLC0415 - within the limits

    die_with_parent()
    forbid_writing()
    serve(memory_mb=memory_mb)


if __name__ == "__main__":
    main()
