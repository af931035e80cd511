"""What a client prefers: headers such as Accept-Language and Accept-Encoding (RFC 9110, section
12.5)."""

# A client may send a header of any length; real clients name a few preferences.
_LONGEST = 500


def weights(header: str) -> dict[str, float]:
    """Return the values in the header, in lower case and in their order, each with its weight; 0
    means that the client refuses the value. A part that can't be read is left out."""
    found: dict[str, float] = {}
    for part in header[:_LONGEST].split(","):
        name, _, parameter = part.partition(";")
        key, _, value = parameter.partition("=")
        try:
            weight = float(value) if key.strip().lower() == "q" else 1.0
        except ValueError:
            continue
        if name.strip():
            found.setdefault(name.strip().lower(), weight)
    return found
