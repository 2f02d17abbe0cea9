"""Times vm beside the databases' own clients, in one run, and prints ratios.

Every comparison alternates the two sides, so that a slow moment of the machine hits both; what is printed is the median.
Peak memory is what /usr/bin/time sees.
"""

import argparse
import glob
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

rows = []


def report(what, mine, reference, limit, of, unit="ms"):
    """Prints one line; `limit` is of the ratio, or of `mine` itself when there is no reference."""
    ratio = mine / reference if reference else None
    measured = ratio if reference else mine
    over = limit is not None and measured > limit
    rows.append(over)
    print(f"{what:<44} {mine:>10.1f} {unit:<4}", end="")
    if reference:
        print(f" {reference:>10.1f} {unit:<4} {ratio:>6.2f}x", end="")
    else:
        print(f" {'':>10} {'':<4} {'':>7}", end="")
    if limit is not None:
        print(f"  {'OVER' if over else 'ok':<4} limit {limit:g}{'x' if reference else ' ' + unit}", end="")
    print(f"  {of}", flush=True)


def run_once(command, cwd, stdin=None):
    """Milliseconds of one run, from before the start of the process to its end."""
    source = open(stdin, "rb") if stdin else subprocess.DEVNULL
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    elapsed = (time.perf_counter() - started) * 1000
    if stdin:
        source.close()
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}{done.stdout.decode()}")
    return elapsed


def alternate(sides, rounds):
    """Medians of several sides, each (command, cwd), run in turn; the first round is not counted."""
    times = [[] for _ in sides]
    for number in range(rounds + 1):
        for place, (command, cwd) in enumerate(sides):
            elapsed = run_once(command, cwd)
            if number:
                times[place].append(elapsed)
    return [statistics.median(each) for each in times]


def peak_mebibytes(command, cwd):
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return int(done.stderr.split()[-1]) / 1024


def make_project(folder, revisions, url):
    """A project of `revisions` linear revisions, a table and an index each."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "vm.toml").write_text(f'url = "{url}"\n')
    for number in range(1, revisions + 1):
        parent = f'"r{number - 1:05d}"' if number > 1 else "nil"
        table = f"t{number:05d}"
        (versions / f"r{number:05d}_table.lua").write_text(f"""\
-- make table {table}
--
-- Revision:  r{number:05d}
-- Created:   2026-01-01 00:00:00 UTC

revision      = "r{number:05d}"
down_revision = {parent}

function upgrade()
  op.create_table("{table}", {{
    sql.column("id", sql.integer, {{ primary_key = true, autoincrement = false }}),
    sql.column("name", sql.string(80), {{ nullable = false }}),
    sql.column("amount", sql.numeric(12, 2)),
  }})
  op.create_index("ix_{table}_name", "{table}", {{ "name" }})
end

function downgrade()
  op.drop_table("{table}")
end
""")


def make_script(vm, project, dialect, path):
    """What vm itself would send, for a client: each migration one transaction, the change of the version row in it."""
    with open(path, "wb") as script:
        subprocess.run([vm, "-q", "run", "upgrade", "head", "--sql", "--dialect", dialect], cwd=project, stdout=script, check=True)


class PostgreSQL:
    """Databases made for one measurement each."""

    def __init__(self, url):
        self.url = url
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"), key=lambda path: float(path.split("/")[4]))
        self.psql = binaries[-1] if binaries else shutil.which("psql")  # Debian's psql is a wrapper that costs 30 ms
        self.count = 0

    def database(self, name):
        return urllib.parse.urlunsplit(urllib.parse.urlsplit(self.url)._replace(path="/" + name))

    def execute(self, text):
        subprocess.run([self.psql, "-q", self.url, "-c", text], check=True, stdout=subprocess.DEVNULL)

    def create(self):
        self.count += 1
        name = f"vm_bench_{os.getpid()}_{self.count}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name):
        self.execute(f"DROP DATABASE {name}")


def bench_start(vm, folder, rounds):
    mine, reference = alternate([([vm, "--version"], folder), (["sqlite3", "--version"], folder)], rounds)
    report("vm --version", mine, reference, 1.0, "sqlite3 --version")


def bench_one_revision(vm, folder, postgresql, rounds):
    project = folder / "one"
    make_project(project, 1, "sqlite:///one.db")
    run_once([vm, "run", "upgrade", "head"], project)
    select = "SELECT version_num FROM vm_version"
    mine, reference = alternate([([vm, "run", "current"], project), (["sqlite3", "one.db", select], project)], rounds)
    report("current, 1 revision, SQLite", mine, None, 5.5, f"half of dbmate's 11 ms; a SELECT by sqlite3 {reference:.1f} ms")

    if postgresql:
        name = postgresql.create()
        url = postgresql.database(name)
        run_once([vm, "-u", url, "run", "upgrade", "head"], project)
        mine, reference = alternate([([vm, "-u", url, "run", "current"], project),
                                     ([postgresql.psql, "-X", url, "-c", select], project)], rounds)
        report("current, 1 revision, PostgreSQL", mine, reference, 1.3, "psql -c")
        postgresql.drop(name)


def bench_many(vm, folder, postgresql, revisions, upgrades, rounds):
    project = folder / "many"
    make_project(project, revisions, "sqlite:///many.db")
    script = folder / "many.sql"
    make_script(vm, project, "sqlite", script)
    up = [vm, "-q", "run", "upgrade", "head"]

    mine, reference = [], []
    for _ in range(upgrades):
        for name in ("many.db", "reference.db"):
            (project / name).unlink(missing_ok=True)
        reference.append(run_once(["sqlite3", "-bail", "reference.db"], project, script))
        mine.append(run_once(up, project))
    report(f"upgrade, {revisions} revisions, SQLite", statistics.median(mine), statistics.median(reference), 1.15, "piped to sqlite3")

    select = ["sqlite3", "many.db", "SELECT version_num FROM vm_version"]
    commands = (("current", 1.6, None), ("upgrade", 1.6, None), ("heads", None, 60), ("history", None, 60))
    medians = alternate([([vm, "run", name], project) for name, _, _ in commands] + [(select, project)], rounds)
    for (name, ratio, most), median in zip(commands, medians):
        label = f"{'no-op upgrade' if name == 'upgrade' else name} at {revisions}, SQLite"
        if ratio:
            report(label, median, medians[-1], ratio, "one-row SELECT by sqlite3")
        else:
            report(label, median, None, most, "")
    for name, _, _ in commands:
        report(f"peak memory of {name} at {revisions}", peak_mebibytes([vm, "run", name], project), None, 24, "", "MiB")
    (project / "many.db").unlink()
    report(f"peak memory of upgrading {revisions}, SQLite", peak_mebibytes(up, project), None, 24, "", "MiB")

    if postgresql:
        make_script(vm, project, "postgresql", script)
        mine, reference = [], []
        for _ in range(upgrades):
            theirs, ours = postgresql.create(), postgresql.create()
            reference.append(run_once([postgresql.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", postgresql.database(theirs)], project, script))
            mine.append(run_once([vm, "-q", "-u", postgresql.database(ours), "run", "upgrade", "head"], project))
            for name in (theirs, ours):
                postgresql.drop(name)
        report(f"upgrade, {revisions} revisions, PostgreSQL", statistics.median(mine), statistics.median(reference), 1.15, "piped to psql")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vm", required=True, help="the binary")
    parser.add_argument("--revisions", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=21, help="runs of each short command")
    parser.add_argument("--upgrades", type=int, default=1, help="runs of each long upgrade")
    parser.add_argument("--only", choices=("start", "one", "many"), action="append")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is exceeded")
    options = parser.parse_args()
    vm = str(pathlib.Path(options.vm).resolve())
    url = os.environ.get("VM_TEST_POSTGRESQL_URL")
    postgresql = PostgreSQL(url) if url else None
    chosen = options.only or ("start", "one", "many")

    print(f"{'':<44} {'vm':>15} {'reference':>15} {'ratio':>7}")
    with tempfile.TemporaryDirectory(prefix="vm-bench.") as name:
        folder = pathlib.Path(name)
        if "start" in chosen:
            bench_start(vm, folder, options.rounds)
        if "one" in chosen:
            bench_one_revision(vm, folder, postgresql, options.rounds)
        if "many" in chosen:
            bench_many(vm, folder, postgresql, options.revisions, options.upgrades, options.rounds)
    if options.strict and any(rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
