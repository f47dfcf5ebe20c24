"""Below the stack no test waits for time to pass; tests/support has the means to wait for a condition."""

import re

import source_files

SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.>])sleep\s*\(\s*\d")
QUIET = ["tests/unit", "tests/component", "tests/sim", "tests/fuzz"]


def breaches(root):
    found = []
    for path in source_files.files(root, *QUIET, suffixes={".hpp", ".cpp"}):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if SLEEP.search(line.split("//")[0]):
                found.append((path, number, "wait for the condition, not for a time"))
    return found


if __name__ == "__main__":
    source_files.run(breaches)
