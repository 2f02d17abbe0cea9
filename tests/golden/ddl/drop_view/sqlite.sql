DROP VIEW "grown_ups";
