"""The benchmarks: `make bench`. They print medians, and the floor of the same machine."""
