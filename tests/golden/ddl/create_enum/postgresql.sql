CREATE TYPE "role" AS ENUM ('admin', 'it''s');
