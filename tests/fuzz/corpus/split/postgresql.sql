CREATE TABLE "a;b" (i int DEFAULT 1); -- one ; two
/* a /* nested ; */ */ INSERT INTO t VALUES ('it''s;', E'a\';', $$ ; $$, $tag$ $$ ; $tag$, :name, a[1:2], x::int);
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;
CREATE INDEX CONCURRENTLY i ON t (a);
COPY t (a, b) FROM stdin;
1	\N
\.
SELECT 2
