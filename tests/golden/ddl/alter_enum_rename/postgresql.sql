ALTER TYPE "role" RENAME VALUE 'client' TO 'customer';
