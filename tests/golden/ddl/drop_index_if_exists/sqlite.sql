DROP INDEX IF EXISTS "ix_nowhere";
