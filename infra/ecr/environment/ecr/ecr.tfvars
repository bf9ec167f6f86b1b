# One repository for all environments; the defaults of variables.tf are right.
name = "logtally"
