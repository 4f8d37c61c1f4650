"""SQL for people: a line for each clause, subqueries indented; Postgres reads the same as before.

Texts that hold control characters, as marks do, are written as E'…', so that the whole can be pasted into psql.
"""

import re

WIDTH = 110
"""Where a line goes on in the next one, at the blank that follows."""
_INDENT = "  "
_ATOM = re.compile(r"""(\s*)('(?:[^']|'')*'|"[^"]*"|[(),]|[^\s(),'"]+)""")
_CLAUSES = frozenset({"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "JOIN"})
_OWN_NAME = re.compile(r"""('(?:[^']|'')*')|\b(\w+\.(\w+)) AS \3\b""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def laid_out(sql: str) -> str:
    # A column that is called what it is called.
    sql = _OWN_NAME.sub(lambda found: found[1] or found[2], sql)
    atoms = [(bool(blank), atom) for blank, atom in _ATOM.findall(sql)]
    is_query = [True]
    """Whether a query stands in it: the statement, and each parenthesis that is open."""
    lines, line = [], ""
    starts_line = False
    for (blank, atom), (_, following) in zip(atoms, [*atoms[1:], (False, "")], strict=True):
        starts_line |= atom == ")" and is_query.pop()
        starts_line |= atom in _CLAUSES and is_query[-1]
        goes_on = blank and len(line) + len(atom) > WIDTH
        if starts_line or goes_on:
            lines.append(line)
            line = _INDENT * (sum(is_query) - 1 + (not starts_line)) + _readable(atom)
        else:
            line += " " * blank + _readable(atom)
        starts_line = atom == "(" and following == "SELECT"
        if atom == "(":
            is_query.append(starts_line)
    return "\n".join((*lines, line))


def _readable(atom: str) -> str:
    if not atom.startswith("'") or not _CONTROL.search(atom):
        return atom
    return "E" + _CONTROL.sub(lambda found: rf"\x{ord(found[0]):02x}", atom.replace("\\", "\\\\"))
