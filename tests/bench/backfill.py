"""Times op.backfill beside its floor, the database's own client moving as much without any transformation, and prints ratios.

The table is customers(id, first_name, last_name, email, kyc_status, full_name, normalized_email, status); a Lua function
writes three of its columns, with string work and a checksum that SQL cannot express. The floor reads three columns out, puts
them into a temporary table and joins them in with one UPDATE. The two sides alternate on fresh tables, and the median of the
ratios of the pairs counts.
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

SCRIPT = """\
-- names and addresses in their normal form
revision      = "b1"
down_revision = nil

local band, bxor, tohex = bit.band, bit.bxor, bit.tohex

local function checksum(text)
  local sum = 5381
  for i = 1, #text do
    sum = bxor(band(sum * 33, 0x7fffffff), text:byte(i))
  end
  return sum
end

function normalise(row)
  local email = row.email:lower()
  return {
    full_name = row.first_name:sub(1, 1):upper() .. row.first_name:sub(2):lower() .. " " .. row.last_name:upper(),
    normalized_email = email,
    status = row.kyc_status .. ":" .. tohex(checksum(email)),
  }
end

function upgrade()
  op.backfill("customers", {
    columns = { "first_name", "last_name", "email", "kyc_status" },
    batch_size = %(batch)s,
    workers = %(workers)s,
  }, normalise)
end

function downgrade() end
"""

COLUMNS = "id, first_name, last_name, email, kyc_status"


def must(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stderr.decode()}{done.stdout.decode()}")
    return done.stdout.decode()


def timed(command, **options):
    start = time.perf_counter()
    must(command, **options)
    return time.perf_counter() - start


class SQLite:
    name, limit = "SQLite", {1: 1.0}

    def __init__(self, folder, rows):
        self.folder, self.rows = folder, rows
        self.original = folder / "original.db"
        must(["sqlite3", str(self.original), f"""
            CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, kyc_status TEXT,
              full_name TEXT, normalized_email TEXT, status TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO customers (id, first_name, last_name, email, kyc_status)
              SELECT i, 'first' || i, 'Last' || (i % 9973), 'User' || i || '@Example.COM', CASE i % 3 WHEN 0 THEN 'ok' ELSE 'pending' END FROM n;"""])

    def fresh(self):
        for name in ("work.db", "work.db-journal"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(self.original, self.folder / "work.db")
        return f"sqlite:///{self.folder}/work.db"

    def floor(self, _url):
        return timed(["sqlite3", str(self.folder / "work.db"), """
            CREATE TEMP TABLE batch (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT);
            INSERT INTO batch SELECT id, first_name, email, last_name FROM customers;
            UPDATE customers SET full_name = a, normalized_email = b, status = c FROM batch WHERE batch.id = customers.id;"""])

    def check(self, _url):
        return must(["sqlite3", str(self.folder / "work.db"), "SELECT count(*) FROM customers WHERE normalized_email = lower(email) AND status <> ''"])


class PostgreSQL:
    name, limit = "PostgreSQL", {1: 1.15, 2: 1.0}

    def __init__(self, folder, rows):
        self.folder, self.rows = folder, rows
        self.server = os.environ["VM_TEST_POSTGRESQL_URL"]
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"), key=lambda path: float(path.split("/")[4]))
        self.psql = binaries[-1] if binaries else shutil.which("psql")
        self.database = f"vm_bench_backfill_{os.getpid()}"
        self.url = urllib.parse.urlunsplit(urllib.parse.urlsplit(self.server)._replace(path="/" + self.database))

    def run(self, url, *texts):
        return must([self.psql, "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", url, *[part for text in texts for part in ("-c", text)]])

    def fresh(self):
        self.close()
        self.run(self.server, f"CREATE DATABASE {self.database}")
        self.run(self.url, """CREATE TABLE customers (id BIGINT PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, kyc_status TEXT,
              full_name TEXT, normalized_email TEXT, status TEXT)""", f"""
            INSERT INTO customers (id, first_name, last_name, email, kyc_status)
              SELECT i, 'first' || i, 'Last' || (i % 9973), 'User' || i || '@Example.COM', CASE i % 3 WHEN 0 THEN 'ok' ELSE 'pending' END
              FROM generate_series(1, {self.rows}) AS i""", "VACUUM ANALYZE customers", "CHECKPOINT")
        return self.url

    def floor(self, url):
        pipe = f"""'{self.psql}' -X -q '{url}' -c 'COPY (SELECT id, first_name, email, last_name FROM customers) TO STDOUT' |
            '{self.psql}' -X -q -v ON_ERROR_STOP=1 '{url}' -c 'CREATE TEMPORARY TABLE batch (id BIGINT, a TEXT, b TEXT, c TEXT)' \
              -c 'COPY batch FROM STDIN' \
              -c 'UPDATE customers SET full_name = a, normalized_email = b, status = c FROM batch WHERE batch.id = customers.id'"""
        return timed(["bash", "-c", "set -o pipefail; " + pipe])

    def check(self, url):
        return self.run(url, "SELECT count(*) FROM customers WHERE normalized_email = lower(email) AND status <> ''")

    def close(self):
        self.run(self.server, f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")


class MariaDB:
    name, limit = "MariaDB", {1: 1.3}

    def __init__(self, folder, rows):
        self.folder, self.rows = folder, rows
        parts = urllib.parse.urlsplit(os.environ["VM_TEST_MYSQL_URL"])
        self.database = f"vm_bench_backfill_{os.getpid()}"
        self.client = ["mariadb", "--no-defaults", "-N", "-h", parts.hostname, "-P", str(parts.port or 3306), "-u", parts.username,
                       "--local-infile=1"]
        self.environment = dict(os.environ, MYSQL_PWD=urllib.parse.unquote(parts.password or ""))
        self.url = urllib.parse.urlunsplit(parts._replace(path="/" + self.database))

    def run(self, text, database=True):
        return must([*self.client, *([self.database] if database else []), "-e", text], env=self.environment)

    def fresh(self):
        self.run(f"DROP DATABASE IF EXISTS {self.database}; CREATE DATABASE {self.database} CHARACTER SET utf8mb4", False)
        self.run("""CREATE TABLE customers (id BIGINT PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, kyc_status TEXT,
            full_name TEXT, normalized_email TEXT, status TEXT)""")
        self.run(f"""INSERT INTO customers (id, first_name, last_name, email, kyc_status)
            SELECT seq, concat('first', seq), concat('Last', seq % 9973), concat('User', seq, '@Example.COM'),
              IF(seq % 3 = 0, 'ok', 'pending') FROM seq_1_to_{self.rows}; ANALYZE TABLE customers""")
        return self.url

    def floor(self, _url):
        file = self.folder / "rows.tsv"
        start = time.perf_counter()
        with open(file, "wb") as out:
            subprocess.run([*self.client, "-q", self.database, "-e", "SELECT id, first_name, email, last_name FROM customers"],
                           env=self.environment, stdout=out, check=True)
        self.run(f"""CREATE TEMPORARY TABLE batch (id BIGINT PRIMARY KEY, a TEXT, b TEXT, c TEXT);
            LOAD DATA LOCAL INFILE '{file}' INTO TABLE batch;
            UPDATE batch STRAIGHT_JOIN customers ON customers.id = batch.id SET full_name = a, normalized_email = b, status = c""")
        return time.perf_counter() - start

    def check(self, _url):
        return self.run("SELECT count(*) FROM customers WHERE normalized_email = lower(email) AND status <> ''")

    def close(self):
        self.run(f"DROP DATABASE IF EXISTS {self.database}", False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vm", required=True, help="the binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", default="10000", help="a number of rows, or auto")
    parser.add_argument("--workers", type=int, action="append", help="default: 1, and 2 where a limit is set for it")
    parser.add_argument("--only", choices=("sqlite", "postgresql", "mariadb"), action="append")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is exceeded")
    options = parser.parse_args()
    vm = str(pathlib.Path(options.vm).resolve())
    sides = {"sqlite": SQLite}
    if os.environ.get("VM_TEST_POSTGRESQL_URL"):
        sides["postgresql"] = PostgreSQL
    if os.environ.get("VM_TEST_MYSQL_URL"):
        sides["mariadb"] = MariaDB
    over = False
    print(f"{'':<26} {'vm':>9} {'floor':>9} {'rows/s':>9} {'ratio':>7} {'peak':>9}")
    with tempfile.TemporaryDirectory(prefix="vm-bench.") as name:
        folder = pathlib.Path(name)
        project = folder / "project" / "migrations" / "versions"
        project.mkdir(parents=True)
        for key, make in sides.items():
            if options.only and key not in options.only:
                continue
            side = make(folder, options.rows)
            for workers in options.workers or side.limit:
                batch = options.batch if options.batch != "auto" else '"auto"'
                (project / "b1.lua").write_text(SCRIPT % {"batch": batch, "workers": workers})
                mine, floors, peak = [], [], 0
                for _ in range(options.rounds):
                    floors.append(side.floor(side.fresh()))
                    url = side.fresh()
                    (folder / "project" / "vm.toml").write_text(f'url = "{url}"\n')
                    start = time.perf_counter()
                    done = subprocess.run(["/usr/bin/time", "-f", "%M", vm, "-q", "run", "upgrade", "head"], cwd=folder / "project",
                                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                    mine.append(time.perf_counter() - start)
                    if done.returncode != 0:
                        sys.exit(done.stderr.decode())
                    peak = max(peak, int(done.stderr.split()[-1]) / 1024)
                    if int(side.check(url)) != options.rows:
                        sys.exit(f"{side.name}: not every row was changed")
                ratio = statistics.median(a / b for a, b in zip(mine, floors))
                limit = side.limit.get(workers)
                bad = (limit is not None and ratio > limit) or peak > 64
                over = over or bad
                seconds = statistics.median(mine)
                print(f"{side.name + f', {workers} worker' + ('s' if workers > 1 else ''):<26} {seconds:>8.2f}s {statistics.median(floors):>8.2f}s "
                      f"{options.rows / seconds:>9.0f} {ratio:>6.2f}x {peak:>5.0f} MiB  {'OVER' if bad else 'ok'}"
                      f"{f' limit {limit:g}x' if limit else ''}", flush=True)
            if hasattr(side, "close"):
                side.close()
    if options.strict and over:
        sys.exit(1)


if __name__ == "__main__":
    main()
