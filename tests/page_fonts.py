"""Makes our parts of Streamlit's fonts, after another version of Streamlit or a new symbol:
`python -m tests.page_fonts`.

They have other names, which the licence of the Source fonts asks of what was changed.
"""

import io
import re
from collections.abc import Iterator
from string import ascii_lowercase, digits
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from anchornet.server import static_files
from anchornet.setting_values import PROJECT

# Of Latin scripts with their marks, and signs: £ – “ € ₂ № ™ ½ → − ≤ ▲ ● ✓.
LETTERS: Final = [
    code
    for first, last in (
        (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2DF), (0x300, 0x36F), (0x1E00, 0x1EFF),
        (0x2000, 0x20CF), (0x2100, 0x22FF), (0x25A0, 0x25FF), (0x2600, 0x27BF),
    )
    for code in range(first, last + 1)
]  # fmt: skip
FEATURES: Final = "kern liga mark mkmk ccmp locl tnum lnum calt rlig frac sups subs".split()
SYMBOL: Final = re.compile(r":material/([a-z0-9_]+)")
SIZE: Final = 28  # a heading's, in pixels: the serifs of one size are a third of those of all
NAMES: Final = {
    "SourceSansVF-Upright": "Anchornet Page Sans",
    "SourceSerifVariable-Roman": "Anchornet Page Serif",
    "MaterialSymbols-Rounded": "Anchornet Page Symbols",
}


def theirs(begins: str) -> TTFont:
    (path,) = (static_files.FOLDER / "static" / "media").glob(f"{begins}*")
    return TTFont(path)


def symbols() -> set[str]:
    """Every one that Streamlit's scripts or our own code name."""
    scripts = (static_files.FOLDER / "static" / "js").glob("*.js")
    ours = (
        path
        for folder in ("anchornet", "pages")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".css", ".html", ".js", ".csv"}
    )
    return {
        name
        for path in (*scripts, *ours)
        for name in SYMBOL.findall(path.read_text(encoding="utf-8"))
    }


def ligatures(font: TTFont) -> Iterator[tuple[str, str, list[object], object]]:
    """(name of the symbol, its glyph, the ligatures it stands among, its own)."""
    letter = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, among in getattr(table, "ExtSubTable", table).ligatures.items():
                for ligature in list(among):
                    name = "".join(letter[glyph] for glyph in (first, *ligature.Component))
                    yield name, ligature.LigGlyph, among, ligature


def part(begins: str) -> TTFont:
    """The font with what pages show and no more."""
    font = theirs(begins)
    options = Options(hinting=False, notdef_outline=True, layout_features=FEATURES)
    subsetter = Subsetter(options)
    if begins.startswith("Material"):
        wanted = symbols()
        for name, _, among, ligature in ligatures(font):
            if name not in wanted:
                among.remove(ligature)
        subsetter.populate(text=f"{ascii_lowercase}{digits}_")
    else:
        subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    if begins.startswith("SourceSerif"):
        font.flavor = None
        whole = io.BytesIO()
        font.save(whole)
        whole.seek(0)
        font = instancer.instantiateVariableFont(TTFont(whole), {"opsz": SIZE})
    for record in list(font["name"].names):
        if record.nameID in {1, 4, 16}:
            record.string = NAMES[begins]
        elif record.nameID in {3, 6, 18, 20, 21, 22, 25}:
            record.string = NAMES[begins].replace(" ", "")
    font.flavor = "woff2"
    font.recalcTimestamp = False
    return font


if __name__ == "__main__":
    for begins, path in static_files.PARTS.items():
        part(begins).save(path)
