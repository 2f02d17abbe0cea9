"""Times db:rows beside a program in C that reads the same rows through the same driver, on each database, as ratios.

The reference is compiled from reference.c into the temporary folder. Both sides read four columns of every row and add
them up; the sums must agree. Sides alternate; the median counts. What is timed is the whole process.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

MIGRATION = """\
-- read every row
revision = "r1"

local function read()
  local sum = 0
  for row in op.get_bind():rows("SELECT id, quantity, price, name FROM items") do
    sum = sum + row.id + row.quantity + row.price + #row.name
  end
  log.info(string.format("sum %.2f", sum))
end

upgrade, downgrade = read, read
"""


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr.decode()}{done.stdout.decode()}")
    return done.stdout.decode() + done.stderr.decode()


def build_reference(folder):
    source = pathlib.Path(__file__).with_name("reference.c")
    program = folder / "reference"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libpq", "sqlite3", "libmariadb"],
                           check=True, stdout=subprocess.PIPE).stdout.decode().split()
    run(["cc", "-O2", "-o", program, source, *flags])
    return str(program)


class Database:
    """One database with the table `items`, and how each side reaches it."""

    def __init__(self, vm, folder, name, url, reference):
        self.name, self.url, self.reference = name, url, reference
        self.vm = vm
        self.project = folder / name
        (self.project / "migrations" / "versions").mkdir(parents=True)
        (self.project / "vm.toml").write_text(f'url = "{url}"\n')
        self.migration = self.project / "migrations" / "versions" / "r1.lua"

    def fill(self, rows):
        numbers = {
            "sqlite": f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) ",
            "postgresql": "",
            "mysql": "",
        }[self.name]
        source = {"sqlite": "n", "postgresql": f"generate_series(1, {rows}) AS n(i)",
                  "mysql": f"(SELECT seq AS i FROM seq_1_to_{rows}) AS n"}[self.name]
        text = {"sqlite": "'item number ' || i", "postgresql": "'item number ' || i",
                "mysql": "concat('item number ', i)"}[self.name]
        double = "DOUBLE PRECISION" if self.name != "mysql" else "DOUBLE"
        self.migration.write_text(f"""\
revision = "r1"
function upgrade()
  op.execute("CREATE TABLE items (id BIGINT PRIMARY KEY, quantity INTEGER NOT NULL, price {double} NOT NULL, name VARCHAR(40) NOT NULL)")
  op.execute([[INSERT INTO items (id, quantity, price, name) {numbers}SELECT i, i % 1000, (i % 4000) * 0.25, {text} FROM {source}]])
end
function downgrade()
end
""")
        self.command("upgrade", "head")
        self.command("downgrade", "base")
        self.migration.write_text(MIGRATION)

    def command(self, *arguments):
        return run([self.vm, "run", *arguments], cwd=self.project)

    def mine(self, turn):
        output = self.command("upgrade", "head") if turn % 2 == 0 else self.command("downgrade", "base")
        return next(line.split("sum ")[1].split()[0] for line in output.splitlines() if "sum " in line)

    def theirs(self, _):
        return run(self.reference).strip()


def timed(side, turn):
    started = time.perf_counter()
    answer = side(turn)
    return time.perf_counter() - started, answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vm", required=True, help="the binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("sqlite", "postgresql", "mysql"), action="append")
    parser.add_argument("--strict", action="store_true", help="exit 1 when vm reads at less than half of the driver's rate")
    options = parser.parse_args()
    vm = str(pathlib.Path(options.vm).resolve())
    slow = []
    with tempfile.TemporaryDirectory(prefix="vm-reading.") as name:
        folder = pathlib.Path(name)
        program = build_reference(folder)
        made = []
        databases = []

        def wanted(name):
            return not options.only or name in options.only

        if wanted("sqlite"):
            file = folder / "items.db"
            databases.append(Database(vm, folder, "sqlite", f"sqlite:///{file}", [program, "sqlite", str(file)]))
        for kind, variable in (("postgresql", "VM_TEST_POSTGRESQL_URL"), ("mysql", "VM_TEST_MYSQL_URL")):
            if not wanted(kind) or not os.environ.get(variable):
                continue
            server = os.environ[variable]
            base = f"vm_reading_{os.getpid()}"
            parts = urllib.parse.urlsplit(server)
            url = urllib.parse.urlunsplit(parts._replace(path="/" + base))
            if kind == "postgresql":
                client = ["psql", "-q", server, "-c"]
                reference = [program, kind, url]
            else:
                host, port = parts.hostname, str(parts.port or 3306)
                client = ["mariadb", "-h", host, "-P", port, "-u", parts.username, f"-p{parts.password}", "-e"]
                reference = [program, kind, host, port, parts.username, parts.password, base]
            run([*client, f"CREATE DATABASE {base}"])
            made.append([*client, f"DROP DATABASE {base}"])
            databases.append(Database(vm, folder, kind, url, reference))
        try:
            print(f"{'reading ' + format(options.rows, ',') + ' rows':<24} {'vm':>12} {'C':>12}   rate of the driver's")
            for database in databases:
                database.fill(options.rows)
                mine, theirs = [], []
                for turn in range(options.rounds):
                    seconds, ours = timed(database.mine, turn)
                    mine.append(seconds)
                    seconds, expected = timed(database.theirs, turn)
                    theirs.append(seconds)
                    if ours != expected:
                        sys.exit(f"{database.name}: the sums differ: {ours} and {expected}")
                rate = statistics.median(theirs) / statistics.median(mine)
                slow.append(rate < 0.5)
                print(f"{database.name:<24} {statistics.median(mine) * 1000:>9.0f} ms {statistics.median(theirs) * 1000:>9.0f} ms"
                      f"   {rate:.2f}  {'ok' if rate >= 0.5 else 'UNDER'}, at least 0.5", flush=True)
        finally:
            for command in made:
                run(command)
    if options.strict and any(slow):
        sys.exit(1)


if __name__ == "__main__":
    main()
