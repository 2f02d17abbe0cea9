DROP TYPE "role";
