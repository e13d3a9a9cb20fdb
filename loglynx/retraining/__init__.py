"""From what a site's streams wrote and its people said to a candidate for the detector's model, and its report."""
