"""``python -m evalsuite.documents``: write docs/json.md again."""

from pathlib import Path

from evalsuite.documents.reference import reference

if __name__ == "__main__":
    Path("docs/json.md").write_text(reference(), encoding="utf-8")
