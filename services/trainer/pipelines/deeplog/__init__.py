"""Enhanced DeepLog in stages: an expert of normal life, deviations from it, their clusters, a classifier of them."""
