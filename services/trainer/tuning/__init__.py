"""Teach a language model from labelled incidents: QLoRA, its evaluation, and whether it may be promoted."""
