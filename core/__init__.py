"""What logtally knows and does. Imports nothing from the doors (worker, api, cli)."""
