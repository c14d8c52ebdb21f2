"""The child process: `python -m sightline.media.codec [WRITE_MB] MEMORY_MB`, started by a parent.

Requests come on standard input and replies go out on standard output, as in `media.wire`. Without
WRITE_MB it can write to no file, and with it to none beyond that size.
"""

from __future__ import annotations

import sys

from sightline.media.codec.limits import confine, die_with_parent, limit_writing


def main() -> None:
    """Serves until the parent closes the pipe or is gone."""
    *write_mb, memory_mb = map(int, sys.argv[1:])
    confine(memory_mb)
    from sightline.media.codec.serve import serve  # noqa: PLC0415 - within the limits

    die_with_parent()
    limit_writing(sum(write_mb))
    serve(memory_mb=memory_mb)


if __name__ == "__main__":
    main()
