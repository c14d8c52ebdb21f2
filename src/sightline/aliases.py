"""Names by which other systems knew their settings, accepted in the environment.

They stand below every name of ours: those for endpoints count only where nothing of ours says
whom to ask, and never in a `.env`, which may be anybody's.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

_OLLAMA_PORT = 11434


def aliased(
    environment: Mapping[str, str], said: Container[str]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Settings of ours, as a tree, and for each name that counts a line that tells the new one.

    `said` are the settings of the first level that have a value of our own. `OLLAMA_HOST` and
    `VLM_MODEL` make the endpoint `ollama`; with them, `LLM_MODEL` makes a second one for what is
    asked about text alone.
    """
    tree: dict[str, object] = {}
    lines: list[str] = []

    def take(name: str, instead: str) -> str:
        if value := environment.get(name, "").strip():
            lines.append(f"{name} is used, though its name is now {instead}.")
        return value

    if "data_dir" not in said and (folder := take("DATA_DIR", "SIGHTLINE_DATA_DIR")):
        tree["data_dir"] = folder
    if "endpoints" in said or "endpoint" in said:
        return tree, tuple(lines)
    host = take("OLLAMA_HOST", "SIGHTLINE_ENDPOINTS__OLLAMA__URL")
    model = take("VLM_MODEL", "SIGHTLINE_ENDPOINTS__OLLAMA__MODEL")
    if host or model:
        server = {"kind": "ollama", "url": _url(host)}
        seeing = {**server, "model": model} if model else server
        language = take("LLM_MODEL", "SIGHTLINE_ENDPOINTS__OLLAMA_TEXT__MODEL")
        tree["endpoints"] = {"ollama": seeing}
        if language and language != model:
            writing = {**server, "model": language, "role": "language"}
            tree["endpoints"] = {"ollama": {**seeing, "role": "vision"}, "ollama_text": writing}
    return tree, tuple(lines)


def _url(host: str) -> str:
    """As Ollama itself reads it: without a scheme, a port, or with the address it listens on."""
    host = host or "127.0.0.1"
    scheme, _, rest = host.rpartition("://")
    address, slash, path = rest.partition("/")
    if address.startswith(":"):
        address = f"127.0.0.1{address}"
    name, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    if not colon or not port.isdigit():
        name, port = address, {"http": "80", "https": "443"}.get(scheme, str(_OLLAMA_PORT))
    if name in {"0.0.0.0", "[::]"}:  # noqa: S104  (where it listens, not where it is reached)
        name = "127.0.0.1"
    return f"{scheme or 'http'}://{name}:{port}{slash}{path}"
