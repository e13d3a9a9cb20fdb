"""Language models behind one interface; see protocol.py."""
