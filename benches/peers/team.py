"""Times osuma's search for a team beside CP-SAT on the same instances, and compares their values.

Usage: team.py TEAM_BINARY [--instances N]. The model for CP-SAT is the same objective without pairs: a candidate is chosen
or not, a facet is covered by one who is chosen.
"""

import argparse
import json
import statistics
import subprocess
import time
from importlib.metadata import version

from ortools.sat.python import cp_model

options = argparse.ArgumentParser()
options.add_argument("binary")
options.add_argument("--instances", type=int, default=5)
options.add_argument("--candidates", type=int, default=2_000)
options.add_argument("--threads", type=int, default=1)
options.add_argument("--limit", type=float, default=60, help="seconds after which CP-SAT gives up")
options = options.parse_args()
SCALE = 1 << 20


def cp_sat(case):
    """Value and seconds; the building of the model is not counted."""
    model = cp_model.CpModel()
    total, size, terms = sum(case["weights"]), case["size"], []
    chosen = [model.new_bool_var("") for _ in case["candidates"]]
    model.add(sum(chosen) == size)
    for f, weight in enumerate(case["weights"]):
        by = []
        for i, (degrees, _) in enumerate(case["candidates"]):
            if degrees[f] > 0:
                use = model.new_bool_var("")
                model.add_implication(use, chosen[i])
                by.append(use)
                terms.append(round(0.9 * weight / total * degrees[f] * SCALE) * use)
        model.add_at_most_one(by)
    terms += [round(0.1 * 0.65 * merit / size * SCALE) * x for x, (_, merit) in zip(chosen, case["candidates"])]
    model.maximize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = options.threads
    solver.parameters.max_time_in_seconds = options.limit
    begun = time.perf_counter()
    status = solver.solve(model)
    # Pairs of whom nothing is told fit: 0.3 of what coverage leaves. No evidence is told either.
    return solver.objective_value / SCALE + 0.03, time.perf_counter() - begun, status == cp_model.OPTIMAL


print(f"{options.candidates:,} candidates, 12 requirements, teams of 4; CP-SAT {version('ortools')}, {options.threads} thread(s).\n")
print("| seed | osuma s | nodes | CP-SAT s | times osuma's | |\n|---|---|---|---|---|---|")
for seed in range(1, options.instances + 1):
    command = [options.binary, "--seed", str(seed), "--candidates", str(options.candidates)]
    case = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    value, seconds, proven = cp_sat(case)
    if proven:
        assert abs(value - case["value"]) < 1e-4, (value, case["value"])
    else:
        assert case["value"] > value - 1e-4, (value, case["value"])
    ours = statistics.median(case["seconds"])
    note = "" if proven else "CP-SAT: not proven"
    print(f"| {seed} | {ours:.4f} | {case['nodes']} | {seconds:.2f} | {seconds / ours:.0f} | {note} |", flush=True)
