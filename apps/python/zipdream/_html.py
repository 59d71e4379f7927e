# SPDX-License-Identifier: Apache-2.0
"""What notebooks show: texts coloured by surprisal, and tables, in the colours of the pages of `zipdream compare`.

Plain HTML without scripts, so that it stays what it is in a file that is kept. All of a text is escaped.
"""
import bisect
import html

from . import _zipdream

MAX_SHOWN = 20_000  # bytes of a text
_FONT = "font:0.92rem/1.7 ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
_TEXT = f"{_FONT};white-space:pre-wrap;overflow-wrap:anywhere;margin:0.3rem 0"
_CELL = "text-align:right;padding:0.2rem 0.6rem"


def _style(level):
    """Of a text at that level of surprisal; nothing at the lowest."""
    if level == 0:
        return ""
    red, green, blue = _zipdream.heat_colors[level]
    ink = "#fff" if level == len(_zipdream.heat_bounds) else "#000"
    return f"background:rgb({red},{green},{blue});color:{ink};border-radius:2px"


def _level(bits):
    return bisect.bisect_right(_zipdream.heat_bounds, bits)


def _characters(data):
    """The characters of UTF-8, each with its bytes; bytes that are none, each alone."""
    at = 0
    while at < len(data):
        for size in (1, 2, 3, 4):
            try:
                yield data[at:at + size].decode(), size
            except UnicodeDecodeError:
                continue
            break
        else:
            size = 1
            yield f"\\x{data[at]:02x}", size
        at += size


def _shown(character):
    shown = {"\n": "↵\n", "\t": "⇥\t"}.get(character, character)
    if len(shown) == 1 and not shown.isprintable():
        shown = f"\\x{ord(shown):02x}"
    return html.escape(shown)


def _key():
    bounds = _zipdream.heat_bounds
    names = [f"below {bounds[0]:g}"] + [f"to {bound:g}" for bound in bounds[1:]] + ["more"]
    spans = (f'<span style="{_style(level)};padding:0 0.5em">{name}</span>' for level, name in enumerate(names))
    return '<div style="font-size:0.86rem">Bits: ' + " ".join(spans) + "</div>"


def heat_text(data, bits):
    """A text whose characters are coloured by their bits, which hovering tells. bits: one for each byte."""
    spans = []
    at = 0
    for character, size in _characters(bytes(data[:MAX_SHOWN])):
        cost = sum(bits[at:at + size])
        title = f"{cost:.2f} bits at byte {at}"
        spans.append(f'<span style="{_style(_level(cost))}" title="{title}">{_shown(character)}</span>')
        at += size
    more = f"<p>The first {MAX_SHOWN} of {len(data)} bytes.</p>" if len(data) > MAX_SHOWN else ""
    return f'<div style="{_TEXT}">{"".join(spans)}</div>{more}'


def show_scores(scores):
    """Of zipdream.Scores."""
    head = f"<p>{len(scores)} bytes, {scores.total:.1f} bits, {scores.bits_per_byte:.3f} bits per byte</p>"
    return head + heat_text(scores.data, list(scores)) + _key()


def table(columns, rows):
    """The first column is text, the others are figures; None is a dash."""
    def cell(value, place, tag="td"):
        align = "text-align:left" if place == 0 else _CELL
        return f'<{tag} style="{align}">{html.escape("–" if value is None else str(value))}</{tag}>'

    head = "".join(cell(name, place, "th") for place, name in enumerate(columns))
    body = "".join("<tr>" + "".join(cell(value, place) for place, value in enumerate(row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def heading(text):
    return f"<h4>{html.escape(text)}</h4>"


def key():
    """What the colours mean."""
    return _key()
