"""Files of labelled rows: read, split, shown, exported, and made from logs or from public data sets."""
