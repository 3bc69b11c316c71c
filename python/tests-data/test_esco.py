"""Real ESCO, in the folder that DATA names (`make test-data`)."""

import os
from pathlib import Path

import osuma


def test_esco_is_read_and_travels():
    taxonomy = osuma.Taxonomy.from_esco(Path(os.environ["DATA"]) / "esco-v1.1.1")
    assert len(taxonomy) > 16_000
    assert osuma.Taxonomy.from_bytes(taxonomy.to_bytes()).to_bytes() == taxonomy.to_bytes()
