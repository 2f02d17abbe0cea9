-- outside a transaction
DROP INDEX CONCURRENTLY "ix_users_email";
