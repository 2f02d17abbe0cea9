/* What a program in C gets from each driver: reads four columns of every row, adds them up, prints the sum. The floor that
   db:rows is measured against. The reading of a value is part of it: a sum needs numbers, not text.

   usage: reference sqlite FILE | postgresql CONNINFO | mysql HOST PORT USER PASSWORD DATABASE */
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char const query[] = "SELECT id, quantity, price, name FROM items";

static int fail(char const* what, char const* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

static int read_sqlite(char const* file) {
  sqlite3* database = NULL;
  if (sqlite3_open_v2(file, &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) return fail(file, "cannot open");
  sqlite3_stmt* statement = NULL;
  if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK)
    return fail(file, sqlite3_errmsg(database));
  double sum = 0;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    sum += (double)sqlite3_column_int64(statement, 0) + (double)sqlite3_column_int64(statement, 1);
    sum += sqlite3_column_double(statement, 2);
    char const* text = (char const*)sqlite3_column_text(statement, 3);
    if (text != NULL) sum += sqlite3_column_bytes(statement, 3);
  }
  if (code != SQLITE_DONE) return fail(file, sqlite3_errmsg(database));
  sqlite3_finalize(statement);
  sqlite3_close(database);
  printf("%.2f\n", sum);
  return 0;
}

/* Row by row, as a program must that does not hold the whole result. */
static int read_postgresql(char const* conninfo) {
  PGconn* connection = PQconnectdb(conninfo);
  if (PQstatus(connection) != CONNECTION_OK) return fail("postgresql", PQerrorMessage(connection));
  if (!PQsendQueryParams(connection, query, 0, NULL, NULL, NULL, NULL, 0) || !PQsetSingleRowMode(connection))
    return fail("postgresql", PQerrorMessage(connection));
  double sum = 0;
  PGresult* result;
  while ((result = PQgetResult(connection)) != NULL) {
    ExecStatusType const status = PQresultStatus(result);
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
      return fail("postgresql", PQresultErrorMessage(result));
    for (int row = 0; row < PQntuples(result); ++row) {
      sum += (double)strtoll(PQgetvalue(result, row, 0), NULL, 10);
      sum += (double)strtoll(PQgetvalue(result, row, 1), NULL, 10);
      sum += strtod(PQgetvalue(result, row, 2), NULL);
      sum += PQgetlength(result, row, 3);
    }
    PQclear(result);
  }
  PQfinish(connection);
  printf("%.2f\n", sum);
  return 0;
}

static int read_mysql(char** arguments) {
  MYSQL* connection = mysql_init(NULL);
  if (mysql_real_connect(connection, arguments[0], arguments[2], arguments[3], arguments[4],
                         (unsigned)atoi(arguments[1]), NULL, 0) == NULL)
    return fail("mysql", mysql_error(connection));
  if (mysql_query(connection, query) != 0) return fail("mysql", mysql_error(connection));
  MYSQL_RES* result = mysql_use_result(connection);
  double sum = 0;
  MYSQL_ROW row;
  while ((row = mysql_fetch_row(result)) != NULL) {
    unsigned long const* lengths = mysql_fetch_lengths(result);
    sum += (double)strtoll(row[0], NULL, 10) + (double)strtoll(row[1], NULL, 10) + strtod(row[2], NULL);
    sum += (double)lengths[3];
  }
  if (mysql_errno(connection) != 0) return fail("mysql", mysql_error(connection));
  mysql_free_result(result);
  mysql_close(connection);
  printf("%.2f\n", sum);
  return 0;
}

int main(int count, char** arguments) {
  if (count == 3 && strcmp(arguments[1], "sqlite") == 0) return read_sqlite(arguments[2]);
  if (count == 3 && strcmp(arguments[1], "postgresql") == 0) return read_postgresql(arguments[2]);
  if (count == 7 && strcmp(arguments[1], "mysql") == 0) return read_mysql(arguments + 2);
  return fail("usage", "reference sqlite FILE | postgresql CONNINFO | mysql HOST PORT USER PASSWORD DATABASE");
}
