"""One module per command; each declares its options, delegates and prints."""
