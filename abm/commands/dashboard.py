"""``omland dashboard``: the page in a browser of this machine."""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path

from abm.console import console
from abm.errors import OmlandError
from abm.language import say

NEEDED = ("solara", "altair", "uvicorn", "starlette")


def dashboard(*, port: int, host: str, lang: str, region: Path | None, mesa_page: bool) -> None:
    """Serve the dashboard until it is stopped with Ctrl-C."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise OmlandError(
            say(
                'the dashboard needs {package}, which is not installed: pip install "omland[dashboard]".',
                package=missing[0],
            )
        )
    from abm.commands.inputs import read_region
    from abm.dashboard.options import OPTIONS

    OPTIONS.lang, OPTIONS.region = lang, region
    read_region(region)  # what is wrong with it is told here rather than in the browser
    check_port(host, port)
    os.environ["SOLARA_APP"] = "abm.dashboard.viz" if mesa_page else "abm.dashboard.app"
    os.environ.setdefault("SOLARA_MODE", "production")
    os.environ.setdefault("SOLARA_THEME_SHOW_BANNER", "false")
    os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "false")
    import uvicorn

    where = f"[{host}]" if ":" in host else host
    console().print(f"Omland dashboard: http://{where}:{port} (Ctrl-C ends it)", soft_wrap=True)
    uvicorn.run("solara.server.starlette:app", host=host, port=port, log_level="warning")


def check_port(host: str, port: int) -> None:
    """Make sure that the address can be listened at.

    Raises:
        OmlandError: it cannot.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        why = error.strerror or str(error)
        raise OmlandError(
            say(
                "--host {host} --port {port} cannot be listened at ({why}); choose another port.",
                host=host,
                port=port,
                why=why,
            )
        ) from None
