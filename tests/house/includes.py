"""An include points up the list of rooms, an adapter's header stays at home, and a library is used where it belongs."""

import re

import source_files

# docs/architecture.md: a room may use itself and the rooms before it.
ROOMS = ["base", "model", "debezium", "config", "decide", "connect", "kafka", "postgres", "control", "http"]

# Real adapters: named by the daemon, which puts the program together, and by tests; the rooms know their ports.
ADAPTERS = re.compile(r"connect/client\.hpp|kafka/rdkafka_\w+\.hpp|postgres/libpq_\w+\.hpp")

# Who may include which library. Without Asio in it, a room cannot wait, and stays a matter of values.
LIBRARIES = {
    "boost/asio": {"base", "connect", "kafka", "postgres", "control", "http"},
    "boost/beast": {"base", "connect", "http"},
    "librdkafka": {"kafka"},
    "libpq": {"postgres"},
    "yaml-cpp": {"config"},
    "prometheus": {"http"},
    "spdlog": {"base"},
    "zlib": {"base"},
    "archive": set(),
    "date/": {"base"},
    "CLI": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def why_not(room, quote, target):
    """What is wrong with an include in a room of lib/, or None."""
    if quote == "<":
        for library, rooms in LIBRARIES.items():
            if target.startswith(library) and room not in rooms:
                return f"{room} does not use {library}; {', '.join(sorted(rooms)) or 'only the daemon'} may"
        return None
    other = target.split("/")[0]
    if other not in ROOMS or "/" not in target:
        return f'an include in lib/ names its room: "room/{target}"'
    if ROOMS.index(other) > ROOMS.index(room):
        return f"{room} may not use {other}, which comes after it"
    if other != room and ADAPTERS.fullmatch(target):
        return f"{target} is an adapter: use the port of {other}, and let the daemon choose the adapter"
    return None


def breaches(root):
    found = []
    for path in source_files.files(root, "lib", suffixes={".hpp", ".cpp"}):
        room = path.relative_to(root / "lib").parts[0]
        if room not in ROOMS:
            found.append((path, 1, f"{room} is not in the list of rooms"))
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = INCLUDE.match(line)
            reason = include and why_not(room, *include.groups())
            if reason:
                found.append((path, number, reason))
    return found


if __name__ == "__main__":
    source_files.run(breaches)
