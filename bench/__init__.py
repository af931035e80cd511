"""The benchmarks: `make bench`. Medians and ratios, beside the floor on the same machine."""
