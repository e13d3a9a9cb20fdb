"""Windows of log lines with the answer an analyzer should give, composed from templates that were written for it."""
