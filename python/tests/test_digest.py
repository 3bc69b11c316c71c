"""The same snapshot gives the same scores and order, to the bit, as in Rust.

`cargo run -p osuma --example digest -- DIR` writes the cohort's snapshot and its digests, as `run-tests` does;
OSUMA_DIGEST names DIR.
"""

import hashlib
import json
import os
import struct
from pathlib import Path

import pytest

import osuma

DIR = Path(os.environ.get("OSUMA_DIGEST", Path(__file__).parents[2] / "target" / "digest"))


@pytest.mark.parametrize("side", ["profiles", "challenges"])
def test_every_score_is_rusts_to_the_bit(side):
    expected = json.loads((DIR / "digest.json").read_text(encoding="utf-8"))
    table = osuma.Matcher(osuma.Snapshot.open(DIR / "cohort.osuma")).match_all(k=10**9, side=side)
    digest = hashlib.sha256()
    for row in table.to_pylist():
        score = "unknown" if row["score"] is None else struct.pack(">d", row["score"]).hex()
        digest.update(f"{row['profile']}\t{row['challenge']}\t{row['rank']}\t{score}\n".encode())
    other = {"profiles": "challenges", "challenges": "profiles"}[side]
    assert len(table) == expected["pairs"]
    assert digest.hexdigest() == expected[f"{side}_to_{other}"]
