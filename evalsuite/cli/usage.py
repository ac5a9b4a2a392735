"""What is said where the command line was not understood: what is wrong, and where to look next."""

from difflib import get_close_matches

from cyclopts import CycloptsError, MissingArgumentError, UnknownCommandError, UnusedCliTokensError

__all__ = ["usage_message"]


def usage_message(error: CycloptsError, commands: list[str]) -> str:
    """Return the message: of an unknown command with the near one and all that there are, else with where to look."""
    if isinstance(error, UnknownCommandError):
        return _unknown_command(str((error.unused_tokens or [""])[0]), commands)
    if not error.command_chain:
        return str(error)
    command = " ".join(error.command_chain)
    return f"{_sentence(error, command)} See `evalsuite {command} --help`."


def _unknown_command(word: str, commands: list[str]) -> str:
    if word.startswith("-"):
        return f"{word} stands before the name of a command; options follow it, such as `evalsuite runs --json`."
    near = get_close_matches(word, commands, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"Unknown command {word!r}.{meant} The commands are {', '.join(commands)}."


def _sentence(error: CycloptsError, command: str) -> str:
    if isinstance(error, UnusedCliTokensError):
        return f"{command} takes no further argument, got {' '.join(error.unused_tokens or [])}."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        count, _ = error.argument.token_count()
        name = error.keyword or error.argument.name
        if count > 1:
            # A flag given twice counts on from its first values.
            return f"{name} takes {count} values, got {len(error.tokens_so_far) % count}."
        return f"{name} requires an argument." if name.startswith("-") else f"{command} needs {name}."
    return str(error)
