"""A whole cloud in one process, made as strict as AWS: for the demo, the tests and the benchmarks."""
