"""Write the contract with viewers as AsyncAPI: `python scripts/asyncapi.py docs/asyncapi.json`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tickterm.market.contract.schema import document_json

if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/asyncapi.py docs/asyncapi.json")
    Path(sys.argv[1]).write_bytes(document_json())
