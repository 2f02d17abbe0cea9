"""Times comparing two schemas of 1,000 tables with 20 columns each: `vm schema diff` of a database with a copy, which reads
both and compares, and `vm check` against schema.lua, which also makes the tables in a scratch database.

Says wall time, the CPU time of vm itself, and its peak memory. The limits are those of the diff: 2 s on PostgreSQL, 1 s on
SQLite, 200 MiB.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LIMITS = {"sqlite": 1.0, "postgresql": 2.0}
MEMORY_LIMIT = 200 * 1024


def statements(tables):
    for table in range(tables):
        columns = ["id INTEGER NOT NULL PRIMARY KEY"]
        columns += [f"c{n} {('INTEGER', 'VARCHAR(50)', 'NUMERIC(12,2)', 'TEXT')[n % 4]}" for n in range(1, 17)]
        columns += ["state INTEGER DEFAULT 0 NOT NULL", "name VARCHAR(100) DEFAULT 'none' NOT NULL", "parent_id INTEGER"]
        if table > 0:
            columns.append(f"CONSTRAINT fk_t{table} FOREIGN KEY (parent_id) REFERENCES t{table - 1} (id)")
        columns.append(f"CONSTRAINT ck_t{table} CHECK (state >= 0)")
        yield f"CREATE TABLE t{table} ({', '.join(columns)});\n"
        yield f"CREATE INDEX ix_t{table}_name ON t{table} (name, state);\n"


def measured(command, cwd):
    """Wall seconds, CPU seconds and peak KiB of one run."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{output.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def fill(vm, folder, url, text):
    """Makes the tables by a migration in plain SQL."""
    project = folder / "filling"
    (project / "migrations/versions").mkdir(parents=True, exist_ok=True)
    (project / "vm.toml").write_text(f'url = "{url}"\nversion_table = "vm_filling"\n')
    (project / "migrations/versions/f1.sql").write_text(
        f"-- revision: f1\n-- transaction: false\n\n-- upgrade\n{text}\n-- downgrade\nSELECT 1;\n")
    subprocess.run([vm, "upgrade"], cwd=project, check=True, capture_output=True)


def report(name, runs, limit):
    wall = statistics.median(run[0] for run in runs)
    cpu = statistics.median(run[1] for run in runs)
    peak = max(run[2] for run in runs)
    print(f"{name:28} {wall:6.2f} s wall  {cpu:6.2f} s CPU of vm  {peak / 1024:6.1f} MiB"
          + (f"  limit {limit:.0f} s" if limit else ""))
    return wall <= limit and peak <= MEMORY_LIMIT if limit else True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vm", default="build/release/vm")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    vm = str(pathlib.Path(options.vm).resolve())
    server = os.environ.get("VM_TEST_POSTGRESQL_URL", "")
    text = "".join(statements(options.tables))
    met = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for kind in ("sqlite", "postgresql"):
            if kind == "postgresql" and not server:
                print("PostgreSQL: VM_TEST_POSTGRESQL_URL is not set")
                continue
            names = [f"vm_bench_compare_{os.getpid()}_{n}" for n in (1, 2)]
            if kind == "sqlite":
                urls = [f"sqlite:///{folder / name}.db" for name in names]
            else:
                urls = [server.rsplit("/", 1)[0] + "/" + name for name in names]
                for name in names:
                    database_statement(server, f"CREATE DATABASE {name}")
            try:
                for url in urls:
                    fill(vm, folder, url, text)
                project = folder / kind
                (project / "migrations/versions").mkdir(parents=True)
                (project / "vm.toml").write_text(f'url = "{urls[0]}"\nversion_table = "vm_filling"\n')
                diffs = [measured([vm, "schema", "diff", *urls], project) for _ in range(options.runs)]
                met &= report(f"{kind}: schema diff", diffs, LIMITS[kind])
                subprocess.run([vm, "schema", "dump", "migrations/schema.lua"], cwd=project, check=True,
                               capture_output=True)
                for script in (folder / "filling/migrations/versions").iterdir():
                    (project / "migrations/versions" / script.name).write_text(script.read_text())
                report(f"{kind}: check", [measured([vm, "check"], project) for _ in range(options.runs)], None)
            finally:
                if kind == "postgresql":
                    for name in names:
                        database_statement(server, f"DROP DATABASE IF EXISTS {name}")
    return 0 if met else 1


def database_statement(server, text):
    subprocess.run(["psql", "-qX", server, "-c", text], check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
