"""Sockets beside HTTP: syslog, GELF and Forward. Thin; decoding is in ``protocols``, storing in ``pushing``."""
