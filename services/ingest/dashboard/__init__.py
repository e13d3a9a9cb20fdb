"""Plain pages for people: incidents, streams, jobs. Rendered on the server, without scripts."""
