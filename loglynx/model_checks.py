"""What ``loglynx doctor`` says of the language model: is one configured, does it answer, does it hold to a schema."""

from __future__ import annotations

from loglynx.checkup import Finding
from shared.errors import ArtefactInvalid

NAME = "llm"


def check_language_model() -> Finding:
    """None is no fault: rules explain. A server that enforces no schema is none either, but said."""
    from services.analyzer.llm.probing import probe
    from services.analyzer.settings import AnalyzerSettings
    from services.analyzer.worker import model_of

    settings = AnalyzerSettings.from_environment()
    try:
        model = model_of(settings)
    except ArtefactInvalid as error:
        return Finding(NAME, False, str(error), "LOGLYNX_ANALYZER_LLM_ADAPTER must name a LoRA adapter's directory")
    if model is None:
        return Finding(NAME, True, "none configured; rules explain")
    found = probe(model)
    if found.enforces_schema is None:
        return Finding(NAME, False, f"no answer: {found.why}", "check LOGLYNX_ANALYZER_LLM_URL, _MODEL and _API_KEY")
    held = (
        "holds replies to the schema" if found.enforces_schema else "does not enforce schemas; every reply is checked"
    )
    return Finding(NAME, True, f"{found.model_id or settings.llm_model} answers and {held}")
