"""Differential fuzzing of the formats: random YAML, JSON and TOML, read and written here and by Helm 4.3.1.

    python -m tests.conformance.documents --count 20000 --seed 7

`grammar` makes documents, `judges` asks the real programs, `compare` says where the answers differ (docs/fuzzing.md).
"""
