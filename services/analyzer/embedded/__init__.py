"""The language model that comes with Loglynx: a small one that reads, and the readers it is weighed against."""
