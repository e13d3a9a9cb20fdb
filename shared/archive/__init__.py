"""The archive: Parquet files of scored windows, what was made of them, and what people said. docs/feedback.md."""
