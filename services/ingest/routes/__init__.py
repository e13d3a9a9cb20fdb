"""Routes translate and delegate: a request into arguments, an answer into a body."""
