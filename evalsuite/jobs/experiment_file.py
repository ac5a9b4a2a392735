"""An experiment: arms that differ in the model, evaluated on one problem set or several. Read from a TOML file."""

from dataclasses import dataclass, replace
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.settings import RunSettings
from evalsuite.strict_toml import read_table, read_toml

__all__ = ["Arm", "Experiment", "Setup", "read_experiment"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One model of an experiment; the first arm is the base."""

    label: str
    model: str
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """One problem set of an experiment and how many of its problems are evaluated; None is all."""

    name: str
    problems: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is compared with what.

    Attributes
    ----------
    training
        Folder with an archive of how the last arm was trained; empty if there is none.
    """

    title: str
    arms: tuple[Arm, ...]
    sets: tuple[Setup, ...]
    training: str
    template: str
    max_new_tokens: int
    grader: str

    def runs(self, chosen: Setup) -> tuple[RunSettings, ...]:
        """Return the settings of the runs of all arms on one problem set; labels name both, pages only the arm."""
        common = RunSettings(
            problems=chosen.problems,
            limit=chosen.limit,
            template=self.template,
            max_new_tokens=self.max_new_tokens,
            grader=self.grader,
        )
        return tuple(
            replace(common, model=arm.model, adapter=arm.adapter, label=f"{arm.label} ({chosen.name})")
            for arm in self.arms
        )


def read_experiment(path: Path) -> Experiment:
    """Read an experiment.

    Raises
    ------
    InputError
        The file is no TOML, a key is unknown or of another type, or there are fewer than two arms or no set.
    """
    document = read_toml(path, tables=("title", "training", "template", "max_new_tokens", "grader", "arms", "sets"))
    arms = tuple(read_table(Arm, arm, f"{path}: [[arms]]") for arm in document.pop("arms", ()))
    sets = tuple(read_table(Setup, one, f"{path}: [[sets]]") for one in document.pop("sets", ()))
    if len(arms) < 2 or not sets:
        raise InputError(f"{path} needs at least two [[arms]] and one [[sets]], got {len(arms)} and {len(sets)}")
    for kind, names in (("arms", [a.label for a in arms]), ("sets", [s.name for s in sets])):
        if len(set(names)) < len(names):
            raise InputError(f"{path}: [[{kind}]] need different names, got {', '.join(names)}")
    head = read_table(_Head, document, str(path))
    return Experiment(head.title, arms, sets, head.training, head.template, head.max_new_tokens, head.grader)


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the tables of the file."""

    title: str
    training: str = ""
    template: str = "tutorial"
    max_new_tokens: int = 300
    grader: str = "boxed"
