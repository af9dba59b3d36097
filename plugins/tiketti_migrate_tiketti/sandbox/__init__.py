"""A local server that speaks the documented Tiketti API, strictly, and misbehaves on demand.

    with Sandbox(SandboxOptions(limit="off")) as box:
        client = httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {box.token()}"})

It follows the API pages to the letter. Where they are silent it does what is least convenient to a client:
lists in random order, conflicts without the holder's id, bodies sanitised, time entries and labels that do
not move ``updated_at``. Nothing leaves it: e-mails and webhook calls are recorded in the snapshot.
"""

from .box import Sandbox, serve
from .journal import StateFileError
from .options import SandboxOptions
from .service import Account

__all__ = ["Account", "Sandbox", "SandboxOptions", "StateFileError", "serve"]
