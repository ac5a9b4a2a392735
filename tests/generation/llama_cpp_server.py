"""Serve a GGUF file with llama.cpp's server, as the wheel ``xllamacpp`` has it: FILE NAME PORT."""

import sys
import threading

N_AT_ONCE, CONTEXT = 8, 2048


def main(file: str, name: str, port: str) -> None:
    """Serve until the process is ended."""
    import xllamacpp  # only in the environment of the server; tests import this file for its doctests

    settings = xllamacpp.CommonParams()
    settings.model.path, settings.model_alias, settings.port = file, {name}, int(port)
    settings.n_parallel, settings.n_ctx = N_AT_ONCE, N_AT_ONCE * CONTEXT
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(settings)  # noqa: F841  # it serves while it lives
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
