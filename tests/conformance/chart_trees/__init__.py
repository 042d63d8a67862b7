"""Differential fuzzing of values: random trees of charts under random values, here and in Helm 4.3.1.

    python -m tests.conformance.chart_trees --count 5000 --seed 7            by the peer `judge`, in one process
    python -m tests.conformance.chart_trees --count 500 --seed 7 --live      by `helm4`, a process for each command

`grow` makes charts and command lines, `inside` asks Helm's packages and ours, `outside` runs both programs
(docs/fuzzing.md).
"""
