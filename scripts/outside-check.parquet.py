"""Tables that das export and das sweep wrote, read by pyarrow, pandas and DuckDB, and held against the log.

    python scripts/outside-check.parquet.py LOG.jsonl CSVDIR PARQUETDIR

One line a figure: name, what was found, what it should be, True or False. Nothing of this project takes part in the reading.
"""

import glob
import json
import math
import os
import sys

import duckdb
import pandas
import pyarrow
import pyarrow.parquet

LOG, CSV, PARQUET = sys.argv[1:]
TABLES = {"interaction": "interactions", "agent_registered": "agents", "agent_state": "agent_states", "epoch_completed": "epochs"}
TYPES = {"text": "string", "integer": "int64", "number": "double", "boolean": "bool"}
GROUP_ROWS = 32768
FRAME = {"seal", "simulation_started", "simulation_ended", "run_completed"}


def say(name, found, wanted):
    print(name, found, wanted, found == wanted, sep="\t")


log = [json.loads(line) for line in open(LOG, encoding="utf-8")]
lines = {}
for line in log:
    if line["type"] not in FRAME:
        lines.setdefault(TABLES.get(line["type"], line["type"]), []).append(line)
files = {os.path.basename(path)[: -len(".parquet")]: path for path in sorted(glob.glob(PARQUET + "/*.parquet"))}
say("tables of kinds", sorted(set(lines) - set(files)), [])

database = duckdb.connect()
rows, groups, largest, wrong_rows, wrong_types, wrong_nulls, wrong_values, wrong_sums = 0, 0, 0, [], [], [], [], []
for name, path in files.items():
    file = pyarrow.parquet.ParquetFile(path)
    arrow = file.read()
    arrow.validate(full=True)
    frame = pandas.read_parquet(path)
    duck = f"read_parquet('{path}')"
    csv = f"read_csv('{CSV}/{name}.csv', all_varchar = true)"
    rows, groups, largest = rows + arrow.num_rows, max(groups, file.num_row_groups), max(largest, arrow.num_rows)
    counts = {arrow.num_rows, len(frame)}
    counts |= {database.sql(f"SELECT count(*) FROM {of}").fetchall()[0][0] for of in (duck, csv)}
    if name in lines:
        counts.add(len(lines[name]))
    if len(counts) != 1:
        wrong_rows.append((name, counts))
    kinds = {field.name: str(field.type) for field in arrow.schema}
    described = {row[0]: row[1] for row in database.sql(f"DESCRIBE SELECT * FROM {duck}").fetchall()}
    same = {"string": "VARCHAR", "int64": "BIGINT", "uint64": "UBIGINT", "double": "DOUBLE", "bool": "BOOLEAN"}
    wrong_types += [(name, c, k, described.get(c)) for c, k in kinds.items() if same.get(k) != described.get(c)]
    for column, kind in kinds.items():
        # Missing values, values and sums: the same by pyarrow, by DuckDB and in the CSV, and as the lines have them.
        quoted = f'"{column}"'
        nulls = [arrow[column].null_count, int(frame[column].isna().sum())]
        nulls += [database.sql(f"SELECT count(*) - count({quoted}) FROM {of}").fetchall()[0][0] for of in (duck, csv)]
        if len(set(nulls)) != 1:
            wrong_nulls.append((name, column, nulls))
        values = arrow[column].to_pylist()
        if database.sql(f"SELECT {quoted} FROM {duck}").fetchall() != [(value,) for value in values]:
            wrong_values.append((name, column, "DuckDB"))
        if name in lines and name != "epochs":
            said = [line.get(column) for line in lines[name]]
            # Lists and objects are JSON; what a line leaves out is missing, 0 or false.
            pairs = [(a, json.loads(b) if isinstance(a, (list, dict)) else b) for a, b in zip(said, values)]
            pairs = [(a, b) for a, b in pairs if not (a is None and b in (None, 0, False))]
            if any(a != b for a, b in pairs):
                wrong_values.append((name, column, next((a, b) for a, b in pairs if a != b)))
        if kind == "string" and database.sql(f"SELECT {quoted} FROM {csv}").fetchall() != [(value,) for value in values]:
            wrong_values.append((name, column, "CSV"))
        if kind in ("double", "int64", "uint64"):
            text = database.sql(f"SELECT {quoted}::DOUBLE FROM {csv} WHERE {quoted} IS NOT NULL").fetchall()
            sums = {math.fsum(v for v in values if v is not None), math.fsum(v for (v,) in text)}
            if len(sums) != 1:
                wrong_sums.append((name, column, sums))
say("row counts", wrong_rows, [])
say("types by pyarrow and DuckDB", wrong_types, [])
say("missing values", wrong_nulls, [])
say("values by pyarrow, DuckDB and the log", wrong_values, [])
say("sums of Parquet and CSV", wrong_sums, [])
say("rows in all tables", rows > 0, True)
last = log[-1]["metrics"]
one = f"read_parquet('{PARQUET}/interactions.parquet')"
say("interactions", database.sql(f"SELECT count(*) FROM {one}").fetchall()[0][0], last["n_interactions"])
toxicity = database.sql(f"SELECT fsum(1 - p) / count(*) FROM {one} WHERE accepted").fetchall()[0][0]
say("toxicity_rate", math.isclose(toxicity, last["toxicity_rate"], rel_tol=1e-12), True)
run = pandas.read_parquet(PARQUET + "/run.parquet").iloc[0]
say("run.total_welfare", float(run["total_welfare"]), last["total_welfare"])
say(f"row groups of the largest, {largest} rows", groups, -(-largest // GROUP_ROWS))
