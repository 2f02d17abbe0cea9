DO $$
DECLARE
  name text := '"role"';
  kept text;
  place record;
BEGIN
  SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) INTO kept
  FROM pg_catalog.pg_enum WHERE enumtypid = name::regtype AND enumlabel NOT IN ('admin');
  ALTER TYPE "role" RENAME TO "role_before";
  EXECUTE format('CREATE TYPE %s AS ENUM (%s)', name, kept);
  FOR place IN
    SELECT a.attrelid::regclass AS relation, quote_ident(a.attname) AS attribute,
           pg_get_expr(d.adbin, d.adrelid) AS default_text, CASE WHEN a.atttypid = t.oid THEN '' ELSE '[]' END AS brackets
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND a.attinhcount = 0
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE t.oid = '"role_before"'::regtype
  LOOP
    IF place.default_text IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT', place.relation, place.attribute);
    END IF;
    EXECUTE format('ALTER TABLE %1$s ALTER COLUMN %2$s TYPE %3$s%4$s USING %2$s::text%4$s::%3$s%4$s',
                   place.relation, place.attribute, name, place.brackets);
    IF place.default_text IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s::%s%s', place.relation, place.attribute,
                     regexp_replace(place.default_text, '::[^:'']*$', ''), name, place.brackets);
    END IF;
  END LOOP;
  DROP TYPE "role_before";
END
$$;
