"""The two pages a seller sees: consent to an application, and linking a device."""

from html import escape

from starlette.responses import HTMLResponse

from allegro_integration.sandbox.context import Json

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#f4f4f6;color:#222;margin:0}
main{max-width:30rem;margin:4rem auto;background:#fff;padding:2rem;border-radius:8px}h1{margin-top:0;font-size:1.5rem}
label{display:block;font-weight:600}select{display:block;width:100%;margin-top:.25rem}
select,button{font:inherit;padding:.5rem 1rem;border:1px solid #999;border-radius:4px;background:#fff;cursor:pointer}
button[value=allow]{background:#b84300;border-color:#b84300;color:#fff}
"""


def page(title: str, content: str, status: int = 200) -> HTMLResponse:
    html = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{content}</main></body></html>"""
    return HTMLResponse(html, status, {"Cache-Control": "no-store", "X-Frame-Options": "DENY"})


def consent_form(action: str, hidden: dict[str, str], sellers: list[Json], question: str) -> str:
    """A form that posts the hidden values back with `seller` and `decision` (allow or deny)."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    options = "".join(
        f'<option value="{escape(str(one["id"]))}">{escape(str(one["login"]))} ({escape(str(one["id"]))})</option>'
        for one in sellers
    )
    return f"""<p>{escape(question)}</p><form method="post" action="{escape(action)}">{fields}
<p><label>Account <select name="seller">{options}</select></label></p>
<p><button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></p></form>"""
