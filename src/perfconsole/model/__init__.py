"""The types at the borders and the pure laws on them: no I/O, no clocks."""
