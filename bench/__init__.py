"""The benchmarks: `make bench`. They print medians beside the bare work's on the same machine."""
