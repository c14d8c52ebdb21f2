"""`sightline endpoints`, as it is declared; `cli.tending` does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.values.endpoints import Reach, Role, Turn

if TYPE_CHECKING:
    from sightline.cli.tending import Tending

app = typer.Typer(
    help="The endpoints that are asked: shown as they are now, added, probed, paused.",
    invoke_without_command=True,
)

_HOW, _WHEN = "How it is reached", "When it is asked"

DataDir = Annotated[Path | None, typer.Option(help="Where the library is kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As it is configured.")]
Named = Annotated[str, typer.Argument(metavar="NAME|URL", help="Configured, or any URL.")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="Instead of the configured one.")]
Kind = Annotated[str | None, typer.Option(help="Of a URL: openai, ollama or anthropic.")]


def _tending(data_dir: Path | None, *, json: bool = False) -> Tending:
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli.tending import Tending  # noqa: PLC0415

    return Tending(data_dir, json=json)


@app.callback()
def endpoints(context: typer.Context, *, json: Json = False, data_dir: DataDir = None) -> None:
    if context.invoked_subcommand is None:
        raise typer.Exit(_tending(data_dir, json=json).list())


@app.command("list")
def list_endpoints(*, json: Json = False, data_dir: DataDir = None) -> None:
    """Show all endpoints with their state, and what is wrong with which; so does no command."""
    raise typer.Exit(_tending(data_dir, json=json).list())


@app.command()
def show(name: Name, *, json: Json = False, data_dir: DataDir = None) -> None:
    """Show one endpoint, with all that its probe measured."""
    raise typer.Exit(_tending(data_dir, json=json).show(name))


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="For you to choose, as in desk.")],
    url: Annotated[
        str | None, typer.Argument(help="As in http://192.168.1.20:1234/v1.", show_default=False)
    ] = None,
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            help="openai (any compatible server), ollama or anthropic; else told by the URL.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Else the first that can see.", rich_help_panel=_HOW),
    ] = None,
    key_env: Annotated[
        str | None,
        typer.Option(
            metavar="VAR", help="The variable that holds its API key.", rich_help_panel=_HOW
        ),
    ] = None,
    key_stdin: Annotated[
        bool,
        typer.Option("--key-stdin", help="Read its API key from a line.", rich_help_panel=_HOW),
    ] = False,
    reach: Annotated[
        Reach | None,
        typer.Option(help="How far its pictures travel, if not as told.", rich_help_panel=_HOW),
    ] = None,
    timeout_s: Annotated[
        float | None,
        typer.Option("--timeout", help="Seconds for one call.", rich_help_panel=_HOW),
    ] = None,
    slots: Annotated[
        str | None,
        typer.Option(metavar="N|learn", help="Calls at once; or found out.", rich_help_panel=_WHEN),
    ] = None,
    weight: Annotated[
        float | None,
        typer.Option(
            min=0, help="Its share among equally quick ones; 0: last.", rich_help_panel=_WHEN
        ),
    ] = None,
    use: Annotated[
        Turn | None,
        typer.Option(help="Or only when the others are full or down.", rich_help_panel=_WHEN),
    ] = None,
    role: Annotated[
        Role | None, typer.Option(help="What it is asked about.", rich_help_panel=_WHEN)
    ] = None,
    price_in: Annotated[
        float | None,
        typer.Option(min=0, help="Of a million tokens sent.", rich_help_panel=_WHEN),
    ] = None,
    price_out: Annotated[
        float | None,
        typer.Option(min=0, help="Of a million tokens answered.", rich_help_panel=_WHEN),
    ] = None,
    no_probe: Annotated[
        bool, typer.Option("--no-probe", help="Do not measure now what it can do.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Write an endpoint into the settings file, and measure what it can do."""
    from sightline.cli.tending import key_from  # noqa: PLC0415

    tending = _tending(data_dir)
    values = {
        "kind": kind,
        "url": url,
        "model": model,
        "api_key": key_from(key_env, stdin=key_stdin, name=name),
        "slots": int(slots) if slots is not None and slots.isdigit() else slots,
        "weight": weight,
        "use": use and use.value,
        "role": role and role.value,
        "reach": reach and reach.value,
        "price_in": price_in,
        "price_out": price_out,
        "timeout_s": timeout_s,
    }
    raise typer.Exit(tending.add(name, values, probe=not no_probe))


@app.command("test")
def ask_one(
    named: Named,
    *,
    model: Model = None,
    kind: Kind = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Ask one question about a drawn picture, and say whether the answer is right."""
    raise typer.Exit(_tending(data_dir, json=json).test(named, model=model, kind=kind))


@app.command()
def probe(
    named: Named,
    *,
    model: Model = None,
    kind: Kind = None,
    data_dir: DataDir = None,
) -> None:
    """Measure with drawn pictures what an endpoint can do; what was found is kept and used."""
    raise typer.Exit(_tending(data_dir).probe(named, model=model, kind=kind))


@app.command()
def remove(name: Name, *, data_dir: DataDir = None) -> None:
    """Take an endpoint out of the settings file; what it answered is kept."""
    raise typer.Exit(_tending(data_dir).remove(name))


@app.command()
def pause(name: Name) -> None:
    """Ask it no more, until it is resumed."""
    raise typer.Exit(_tending(None).pause(name, paused=True))


@app.command()
def resume(name: Name) -> None:
    """Ask it again."""
    raise typer.Exit(_tending(None).pause(name, paused=False))


@app.command()
def discover() -> None:
    """Look for model servers on this machine, and tell how to add them."""
    raise typer.Exit(_tending(None).discover())


@app.command()
def pull(name: Name, model: Annotated[str, typer.Argument(help="As in qwen2.5vl:3b.")]) -> None:
    """Let an Ollama server download a model."""
    raise typer.Exit(_tending(None).pull(name, model))
