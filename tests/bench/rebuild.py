"""Times vm's rebuild of an SQLite table beside the bare copy: CREATE TABLE, INSERT … SELECT, DROP, RENAME by sqlite3.

The sides alternate on fresh copies of one database; the median of the pairs' ratios counts, and the limit is 1.2x.
"""

import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FILL = """
CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, amount INTEGER, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO t SELECT i, 'name ' || i, i * 7, 'some words of a note ' || i FROM n;
"""

BARE = """
BEGIN;
CREATE TABLE t_new (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, amount BIGINT NOT NULL, note TEXT);
INSERT INTO t_new (id, name, amount, note) SELECT id, name, amount, note FROM t;
DROP TABLE t;
ALTER TABLE t_new RENAME TO t;
COMMIT;
"""

MIGRATION = """\
-- amounts are wide and always there
--
-- Revision:  r1
-- Created:   2026-01-01 00:00:00 UTC

revision      = "r1"
down_revision = nil

function upgrade()
  op.alter_column("t", "amount", { type = sql.bigint, nullable = false })
end

function downgrade()
  op.alter_column("t", "amount", { type = sql.integer, nullable = true })
end
"""


def timed(command, cwd, text=None):
    """Milliseconds of one run."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, input=text, text=True, capture_output=True, check=False)
    elapsed = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vm", required=True, help="a release binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="pairs that count; one more runs before them")
    options = parser.parse_args()
    vm = str(pathlib.Path(options.vm).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        (versions / "r1_wide.lua").write_text(MIGRATION)
        (folder / "vm.toml").write_text('url = "sqlite:///work.db"\n')
        timed(["sqlite3", "full.db"], folder, FILL.format(rows=options.rows))
        sides = [(["sqlite3", "-bail", "work.db"], BARE), ([vm, "-q", "run", "upgrade", "head"], None)]
        pairs = []
        for _ in range(options.rounds + 1):
            times = []
            for command, text in sides:
                shutil.copy(folder / "full.db", folder / "work.db")
                times.append(timed(command, folder, text))
            pairs.append(times)
        pairs = pairs[1:]
        bare, mine = (statistics.median(side) for side in zip(*pairs))
        ratio = statistics.median(mine / bare for bare, mine in pairs)
        verdict = "OVER" if ratio > 1.2 else "ok"
        print(f"rebuild of {options.rows} rows: vm {mine:.0f} ms, bare copy {bare:.0f} ms, {ratio:.2f}x, {verdict} (limit 1.2x)")
        sys.exit(ratio > 1.2)


main()
