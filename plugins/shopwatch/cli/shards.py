"""Commands for the shards of a home: `bin/shopwatch shards`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopwatch.cli.terminal import Commands, open_console
from shopwatch.core.settings import Settings

app = typer.Typer(cls=Commands, help="Shards: groups of shops whose nights run apart.", no_args_is_help=True)
console = open_console()


@app.command(name="list")
def show() -> None:
    """List the shards: the shops of each, and the last night that it was judged for."""
    from sqlalchemy.orm import Session

    from shopwatch.catalog.catalog import Catalog
    from shopwatch.store.shards import judged_shards
    from shopwatch.store.tables import last_night, open_store

    catalog = Catalog(Settings())
    with open_store(catalog.settings) as engine, Session(engine) as session:
        nights = {shard: judged.night.isoformat() for shard, judged in judged_shards(session).items()}
        if not catalog.is_divided and (night := last_night(session)):
            nights = {catalog.shards[0]: night.isoformat()}
    for shard in catalog.shards:
        shops = ", ".join(catalog.shops_of(shard))
        console.print(f"{shard}: {nights.get(shard, 'not judged yet')}: {shops}", soft_wrap=True, highlight=False)


@app.command()
def move(
    shop: Annotated[str, typer.Argument(help="a shop of shops.yaml")],
    shard: Annotated[str, typer.Argument(help="the shard that shops.yaml names for it")],
) -> None:
    """Move a shop's data to the shard that shops.yaml names, while no night is running.

    Nothing is lost and nobody is notified. A move that was interrupted is completed by the same command.
    """
    from shopwatch.shards.moving import move_shop

    move_shop(Settings(), shop, shard)
    console.print(f"{shop} is in the shard {shard}")
