"""Templates: what does each return ask for, and which file is filled in?"""

import streamlit as st

from anchornet.returns.template import XLSX, template_workbook
from anchornet.server.networks import network
from anchornet.store.framework_codes import with_framework
from anchornet.ui import layout
from anchornet.ui.forms import choose_return, find_ward
from anchornet.ui.session import require

require("see_templates")
layout.answer(
    "Each return has a template to fill in, an example, and a page that says what every column "
    "means.",
    "Your own file works too: Submit a return reads most lists as your system exports them.",
)

return_ = with_framework(network().database, choose_return("templates_return"))
name = return_.name
files = (
    ("Excel template", f"{name}.xlsx", XLSX, lambda: template_workbook(return_)),
    ("Blank CSV", f"{name}.csv", "text/csv", return_.template_csv),
    ("Example CSV", f"{name} example.csv", "text/csv", return_.example_csv),
    ("Dictionary", f"{name} dictionary.md", "text/markdown", return_.dictionary_markdown),
)
for column, (label, file_name, kind, make) in zip(st.columns(len(files)), files, strict=True):
    column.download_button(
        label,
        make,
        file_name=file_name,
        mime=kind,
        type="primary" if kind == XLSX else "secondary",
        on_click="ignore",
        width="stretch",
    )
find_ward(network().database, return_)
layout.note(
    "The Excel template has drop-down lists, checks what is typed, and has this dictionary on its "
    "second sheet."
)
st.markdown(return_.dictionary_markdown())
