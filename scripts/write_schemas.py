"""Writes the JSON Schemas of what the commands print and of the settings, from the records they describe.

    python scripts/write_schemas.py [--check]

`--check` writes nothing and exits with 1 when a file is out of date.
"""

import argparse
import json
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is out of date")
    check = parser.parse_args().check
    stale = [(path, text) for path, text in schemas().items() if not path.is_file() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(f"{path.relative_to(TOP)}{' is out of date: run `make schemas`' if check else ''}")
        if not check:
            path.write_text(text, "utf-8")
    return int(check and bool(stale))


def schemas() -> dict[Path, str]:
    """Path -> text of every schema, from this checkout."""
    if str(TOP / "src") not in sys.path:
        sys.path.insert(0, str(TOP / "src"))
    from bench_agent.results.contracts import CONTRACTS
    from bench_agent.scaffold import settings_schema

    documents = {contract.path: contract.schema() for contract in CONTRACTS}
    documents[settings_schema.PATH] = settings_schema.settings_schema()
    return {path: json.dumps(document, indent=2) + "\n" for path, document in documents.items()}


if __name__ == "__main__":
    raise SystemExit(main())
