-- does not parse

revision = = "b1"
