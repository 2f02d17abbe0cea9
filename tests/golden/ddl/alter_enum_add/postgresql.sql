ALTER TYPE "role" ADD VALUE 'guest' AFTER 'admin';
ALTER TYPE "role" ADD VALUE 'owner' BEFORE 'admin';
