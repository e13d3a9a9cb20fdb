"""rsyslogd inside the namespaces, for programs that log by syslog(3). No system of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab

_CONFIG = """
module(load="imuxsock" SysSock.RateLimit.Interval="0")
module(load="builtin:omfile" Template="RSYSLOG_{form}FileFormat")
{rules}
"""


def start_syslog(lab: Lab, stream: str, *selectors: str, form: str = "Traditional") -> subprocess.Popen[bytes]:
    """Collect what is logged to /dev/log and a selector matches, as ``stream``; ``form`` "" gives RFC 3339 stamps."""
    path = Path("/var/log") / stream
    config = Path("/srv/rsyslog.conf")
    config.write_text(_CONFIG.format(form=form, rules="\n".join(f"{selector} {path}" for selector in selectors)))
    Path("/run/lock").mkdir(exist_ok=True)
    lab.watch(stream, path)
    daemon = lab.start(["rsyslogd", "-n", "-f", config, "-i", "/run/rsyslogd.pid"])
    lab.pause(0.3)
    return daemon
