"""Structured logs: JSON in a container, readable on a terminal."""
