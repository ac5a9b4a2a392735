"""``evalsuite doctor``: what works on this machine."""

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath
from evalsuite.errors import EvalsuiteError

__all__ = ["doctor"]


def doctor(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Say what works on this machine and what to do about the rest.

    Examples
    --------
    evalsuite doctor
    """
    from evalsuite.cli.machine import examine
    from evalsuite.console import print_json, print_table
    from evalsuite.documents.machine import MachineExamination

    checks = examine(store)
    if json:
        print_json(MachineExamination(checks=checks).as_dict())
    else:
        rows = [(check.name, check.status, check.detail, check.advice) for check in checks]
        print_table("evalsuite doctor", ("", "status", "detail", "advice"), rows)
    if any(check.status == "missing" for check in checks):
        raise EvalsuiteError("something that evalsuite needs is missing; see the advice above")
