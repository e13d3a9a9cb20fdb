"""One file per shipper protocol; each is a pure decoder from a body to a ``Batch``."""
