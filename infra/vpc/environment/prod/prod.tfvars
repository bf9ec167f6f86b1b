environment = "prod"
cidr_block  = "10.22.0.0/16"
zone_count  = 3
nat         = "per_zone" # a zone that fails takes only its own tasks with it
flow_logs   = true

flow_log_retention_days = 90
