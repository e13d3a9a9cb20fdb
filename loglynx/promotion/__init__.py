"""May a candidate take the active model's place? Measured on the spot, on the same windows, side by side."""
