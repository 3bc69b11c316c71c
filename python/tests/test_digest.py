"""The same snapshot gives the same scores and order, to the bit, as in Rust.

`cargo run -p osuma --example digest -- DIR` writes the cohort's snapshot and its digests; OSUMA_DIGEST names DIR.
"""

import hashlib
import json
import os
import struct
from pathlib import Path

import pytest

import osuma

DIR = os.environ.get("OSUMA_DIGEST")


@pytest.mark.skipif(DIR is None, reason="OSUMA_DIGEST does not name the directory that Rust wrote")
@pytest.mark.parametrize("side", ["profiles", "challenges"])
def test_every_score_is_rusts_to_the_bit(side):
    expected = json.loads((Path(DIR or "") / "digest.json").read_text(encoding="utf-8"))
    table = osuma.Matcher(osuma.Snapshot.open(Path(DIR or "") / "cohort.osuma")).match_all(k=10**9, side=side)
    digest = hashlib.sha256()
    for row in table.to_pylist():
        score = "unknown" if row["score"] is None else struct.pack(">d", row["score"]).hex()
        digest.update(f"{row['profile']}\t{row['challenge']}\t{row['rank']}\t{score}\n".encode())
    other = {"profiles": "challenges", "challenges": "profiles"}[side]
    assert len(table) == expected["pairs"]
    assert digest.hexdigest() == expected[f"{side}_to_{other}"]
