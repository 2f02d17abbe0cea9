-- add a table
--
-- revision: ab12
-- down_revision: aa, bb
-- branch_labels: main
-- depends_on: x
-- transaction: false
-- created: 2026-01-01

-- upgrade
CREATE TABLE t (i int);

-- downgrade
DROP TABLE t;
