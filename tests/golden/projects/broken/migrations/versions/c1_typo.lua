-- misspelled

revision = "c1"
down_revison = "a1"
