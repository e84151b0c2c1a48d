"""The server: HTTP API, sign-in, and what the pages need of a request."""
