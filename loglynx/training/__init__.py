"""From anyone's logs to a trained detector: reading, splitting, training, and the whole workflow."""
