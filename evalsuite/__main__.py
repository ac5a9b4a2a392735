"""``python -m evalsuite``."""

from evalsuite.cli.app import main

if __name__ == "__main__":
    main()
