"""Measures this portal against what people use instead. How and what for: bench/README.md."""
