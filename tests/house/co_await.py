"""GCC 12 destroys temporaries twice in some statements that wait: such a statement holds one `co_await`, and no lambda,
no braced value and no `?:`. They get a name on the line above.

The source is read as tokens, and the tokens as a tree of brackets, so that the body of a lambda counts as statements of
its own, and a block is told from a braced value.
"""

import re

import source_files

TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<directive>\#(?:[^\n\\]|\\.)*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)")
  | (?P<text>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"|(?:u8|[uUL])?'(?:[^'\\\n]|\\.)*')
  | (?P<number>\.?\d(?:[\w.]|'\w|[eEpP][+-])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>->|::|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
CLOSING = {"(": ")", "[": "]", "{": "}"}

HEADED = {"if", "for", "while", "switch", "catch"}  # (...) and then a statement
TYPES = {"namespace", "struct", "class", "union", "enum"}
BEFORE_BLOCK = {"else", "do", "try", "const", "noexcept", "mutable", "override", "final", "constexpr", "consteval"}
# A word in front of `[` that leaves it an expression's start; after any other word it is a subscript.
BEFORE_EXPRESSION = {"return", "co_return", "co_await", "co_yield", "case", "throw", "else", "do"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


class Group:
    """A pair of brackets and what is between them."""

    def __init__(self, opening, line):
        self.kind, self.text, self.line, self.items = "group", opening, line, []


def tokens(source):
    line = 1
    for match in TOKEN.finditer(source):
        kind = match.lastgroup if match.lastgroup != "mark" else "raw"
        if kind not in ("blank", "directive"):
            yield Token(kind, match.group(), line)
        line += match.group().count("\n")


def tree(source):
    root = Group("{", 1)
    open_groups = [root]
    for token in tokens(source):
        is_text = token.kind in ("raw", "text")
        if not is_text and token.text in CLOSING:
            group = Group(token.text, token.line)
            open_groups[-1].items.append(group)
            open_groups.append(group)
        elif not is_text and token.text in CLOSING.values():
            if len(open_groups) > 1:
                open_groups.pop()
        else:
            open_groups[-1].items.append(token)
    return root


def is_group(item, opening):
    return item is not None and item.kind == "group" and item.text == opening


def is_word(item, words):
    return item is not None and item.kind == "word" and item.text in words


def at(items, index):
    return items[index] if 0 <= index < len(items) else None


def is_attribute(item):
    return is_group(item, "[") and len(item.items) == 1 and is_group(item.items[0], "[")


def is_lambda(items, index):
    """Whether the group at `index` is a lambda's introducer, and no subscript, binding, attribute or array's bound."""
    group, before = items[index], at(items, index - 1)
    if not is_group(group, "[") or is_attribute(group):
        return False
    if before is None:
        return True
    if before.kind == "word":
        return before.text in BEFORE_EXPRESSION
    if before.kind in ("text", "raw", "number") or is_group(before, "(") or is_group(before, "["):
        return False
    if before.text in ("&", "&&"):
        return not is_word(at(items, index - 2), {"auto"})
    return True


def lambda_body(items, index):
    """Where the body of the lambda at `index` is: at the first braces, as a parameter's braces lie inside `(...)`."""
    for i in range(index + 1, len(items)):
        if is_group(items[i], "{"):
            return i
        if items[i].kind == "sign" and items[i].text == ";":
            break
    return None


def follows_return_type(items, start, index):
    """Whether `-> type` after a parameter list stands before `index`."""
    for i in range(index - 1, start, -1):
        item = items[i]
        if item.text == "->":
            before = items[i - 1]
            return is_group(before, "(") or is_word(before, BEFORE_BLOCK)
        if item.kind != "word" and item.text not in ("::", "<", ">", ",", "*", "&", "&&"):
            return False
    return False


def is_block(items, start, index):
    """Whether the braces at `index`, in the statement that begins at `start`, hold statements and not values."""
    before = at(items, index - 1)
    if index == start or is_group(before, "(") or is_group(before, "{") or before.text in (";", ":"):
        return True
    if is_word(before, BEFORE_BLOCK) or follows_return_type(items, start, index):
        return True
    head = items[start:index]
    if is_word(head[0], {"extern"}) and len(head) == 2:
        return True
    declares_type = any(is_word(item, TYPES) for item in head)
    return declares_type and not any(is_group(item, "(") or item.text == "=" for item in head)


def statements(items):
    """The statements among the items, each a list, and those in the blocks between them."""
    start, index = 0, 0
    while index < len(items):
        item = items[index]
        if is_lambda(items, index) and lambda_body(items, index) is not None:
            index = lambda_body(items, index) + 1
            continue
        if is_group(item, "{") and is_block(items, start, index):
            yield items[start:index]
            yield from statements(item.items)
            start = index + 1
        elif is_group(item, "(") and any(is_word(at(items, index - n), HEADED) for n in (1, 2)):
            # Each part of a head is an expression of its own, and so is the statement that follows.
            yield from statements(item.items)
            start = index + 1
        elif item.text == ";" and item.kind != "text":
            yield items[start:index]
            start = index + 1
        index += 1
    yield items[start:]


class Contents:
    """What one statement holds, apart from the bodies of its lambdas; those are gathered for themselves."""

    def __init__(self, items):
        self.waits, self.hazards, self.bodies = [], [], []
        self.gather(items)

    def gather(self, items):
        body = None
        for index, item in enumerate(items):
            if index == body:
                self.bodies.append(item)
            elif is_lambda(items, index):
                self.hazards.append((item.line, "a lambda"))
                body = lambda_body(items, index)
            elif item.kind == "group" and not is_attribute(item):
                if item.text == "{":
                    self.hazards.append((item.line, "a braced value"))
                self.gather(item.items)
            elif is_word(item, {"co_await"}):
                self.waits.append(item.line)
            elif item.text == "?":
                self.hazards.append((item.line, "a `?:`"))


def check(items):
    found = []
    for statement in statements(items):
        contents = Contents(statement)
        if contents.waits:
            found += [(line, f"{what} in a statement that waits: name it on the line above") for line, what in contents.hazards]
            found += [(line, "a second co_await in one statement") for line in contents.waits[1:]]
        for body in contents.bodies:
            found += check(body.items)
    return found


def check_source(source):
    return sorted(check(tree(source).items)) if "co_await" in source else []


def breaches(root):
    found = []
    for path in source_files.files(root, "lib", "daemon", "tests", "bench", suffixes={".hpp", ".cpp"}):
        found += [(path, line, what) for line, what in check_source(path.read_text())]
    return found


if __name__ == "__main__":
    source_files.run(breaches)
