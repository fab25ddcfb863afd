"""A private slapd, mail sink and nginx, for the demo and for tests."""
