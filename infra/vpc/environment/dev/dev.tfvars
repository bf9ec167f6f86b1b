# The defaults of variables.tf are those of dev.
environment = "dev"
cidr_block  = "10.20.0.0/16"
