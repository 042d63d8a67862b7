"""Tables of answers recorded from Helm 4.3.1 for the small languages: versions and ranges, --set, printf, dates,
regular expressions, globs and .helmignore.

    python -m tests.conformance.tables --seed 7 --rows 5000        compare that many fresh rows of each table
    python -m tests.conformance.tables --record                    write the tables anew (*.jsonl beside this file)

`rows` makes the questions, `answers` ours; the judges are the peers `oracle` and `judge`. See docs/fuzzing.md.
"""
