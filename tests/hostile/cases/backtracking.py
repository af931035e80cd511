# One call into C that looks at no signal.
import re

re.match(r"(a+)+$", "a" * 60 + "b")
