ALTER TABLE "words" DROP CONSTRAINT "words_pkey";
