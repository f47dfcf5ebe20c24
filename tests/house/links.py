"""A link from one of our pages leads somewhere: the file exists, and the heading in it."""

import re

import source_files

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)")


def anchors(page):
    """GitHub's names of a page's headings."""
    names = set()
    for line in page.read_text().splitlines():
        heading = HEADING.match(line)
        if heading:
            words = re.sub(r"[^\w\- ]", "", heading.group(1).strip().lower())
            names.add(words.replace(" ", "-"))
    return names


def broken(page, link):
    """What is wrong with a link in a page, or None; pages of others are not asked."""
    if re.match(r"[a-z]+:", link):
        return None
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    if not target.exists():
        return f"{link} does not exist"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return f"{link}: there is no such heading"
    return None


def breaches(root):
    found = []
    for page in source_files.files(root, suffixes={".md"}):
        in_code = False
        for number, line in enumerate(page.read_text().splitlines(), 1):
            if line.lstrip().startswith("```"):
                in_code = not in_code
            for link in [] if in_code else LINK.findall(re.sub(r"`[^`]*`", "", line)):
                reason = broken(page, link)
                if reason:
                    found.append((page, number, reason))
    return found


if __name__ == "__main__":
    source_files.run(breaches)
