environment = "staging"
cidr_block  = "10.21.0.0/16"
