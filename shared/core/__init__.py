"""The pure heart: parsing, normalising, windowing, scoring. Standard library and numpy only; no I/O or clock."""
