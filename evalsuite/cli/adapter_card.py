"""``evalsuite adapter-card``: the card of the shipped adapter, from its evidence."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.options import Json

__all__ = ["adapter_card"]

FOLDER = Path("data/adapters/smollm2-grpo")


def adapter_card(
    folder: Annotated[Path, Parameter(help="Holds PLAN.md and evidence.")] = FOLDER,
    /,
    *,
    check: bool = False,
    json: Json = False,
) -> None:
    """Write the card of the shipped adapter, README.md: every number of it out of the stored runs beside it.

    Parameters
    ----------
    check
        Write nothing; fail if the card is not what the evidence says.

    Examples
    --------
    evalsuite adapter-card --check
    """
    from evalsuite.console import print_json, print_line
    from evalsuite.documents.training import AdapterCard
    from evalsuite.jobs.adapter_card import check_card, write_card

    path = check_card(folder) if check else write_card(folder)
    print_json(AdapterCard(file=str(path), checked=check).as_dict()) if json else print_line(str(path))
