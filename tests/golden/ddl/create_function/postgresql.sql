CREATE FUNCTION "twice"(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN n * 2; END$$;
