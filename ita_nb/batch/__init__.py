"""Many agencies, and the making of one report that a batch repeats."""
