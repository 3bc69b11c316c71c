"""Times osuma's allocation beside OR-tools' minimum-cost flow on the same instances, and compares their values.

Usage: allocation.py ALLOCATION_BINARY [--instances N]. Instances that are compared are small and many, as the timed one
is large; OR-tools solves the same flow: a unit from each person, over an edge or straight to the sink.
"""

import argparse
import json
import statistics
import subprocess
import time
from importlib.metadata import version

import numpy as np
from ortools.graph.python import min_cost_flow

options = argparse.ArgumentParser()
options.add_argument("binary")
options.add_argument("--instances", type=int, default=200)
options.add_argument("--capacities", type=int, nargs="+", default=[3, 5, 10])
options = options.parse_args()


def osuma(*arguments):
    answer = subprocess.run([options.binary, *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def ortools(case):
    """Value, seconds with and without the building of the graph (from arrays)."""
    people, places = case["people"], len(case["capacities"])
    edges = np.array(case["edges"], dtype=np.int64).reshape(-1, 3)
    sink = people + places
    begun = time.perf_counter()
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(edges[:, 0], people + edges[:, 1], np.ones(len(edges), np.int64), -edges[:, 2])
    flow.add_arcs_with_capacity_and_unit_cost(
        people + np.arange(places), np.full(places, sink), np.array(case["capacities"]), np.zeros(places, np.int64))
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(people), np.full(people, sink), np.ones(people, np.int64), np.zeros(people, np.int64))
    flow.set_nodes_supplies(np.arange(people), np.ones(people, np.int64))
    flow.set_node_supply(sink, -people)
    built = time.perf_counter()
    assert flow.solve() == flow.OPTIMAL
    done = time.perf_counter()
    return -flow.optimal_cost(), done - begun, done - built


def main():
    for seed in range(options.instances):
        sizes = dict(people=5 + 7 * seed % 90, places=1 + 5 * seed % 40, edges=1 + seed % 12, capacity=1 + seed % 4)
        case = osuma("--seed", seed, "--runs", 1, *[x for name, n in sizes.items() for x in (f"--{name}", n)])
        value = ortools(case)[0]
        assert value == case["value"], f"seed {seed}: osuma {case['value']}, OR-tools {value}"
    print(f"{options.instances} random instances: the same value as OR-tools {version('ortools')}.\n")
    print("10,000 people, 2,000 places, 50 edges a person, one thread; medians of 5, in seconds.\n")
    print("| people a place | osuma | OR-tools, solving alone | OR-tools with its graph | times osuma's |\n|---|---|---|---|---|")
    for capacity in options.capacities:
        case = osuma("--capacity", capacity)
        theirs = [ortools(case) for _ in range(5)]
        assert theirs[0][0] == case["value"]
        ours, whole, alone = (statistics.median(x) for x in (case["seconds"], [t[1] for t in theirs], [t[2] for t in theirs]))
        print(f"| {capacity} | {ours:.3f} | {alone:.3f} | {whole:.3f} | {alone / ours:.2f} |")


main()
