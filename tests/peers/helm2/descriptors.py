"""descriptors.py SDIST: prints, as JSON, the file descriptors inside the generated modules of PyPI's pyhelm.

Its modules were generated for a protobuf library of 2019 and cannot be imported beside today's; the serialized
descriptors inside them can be read by any. The result maps a file's name to its FileDescriptorProto in base64, each
after what it imports.
"""

from __future__ import annotations

import ast
import base64
import json
import sys
import tarfile

ORDER = (
    "chart/config", "chart/metadata", "chart/template", "chart/chart", "version/version", "release/hook",
    "release/test_run", "release/test_suite", "release/status", "release/info", "release/release", "services/tiller",
)  # fmt: skip


def descriptor(source: str) -> tuple[str, bytes]:
    """The name and the bytes given to FileDescriptor(…, serialized_pb=…)."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "serialized_pb" in given and "package" in given:
            value = given["serialized_pb"]
            text = value.args[0] if isinstance(value, ast.Call) else value
            data = ast.literal_eval(text)
            return ast.literal_eval(given["name"]), data.encode("latin1") if isinstance(data, str) else data
    raise SystemExit("no descriptor in a module of pyhelm")


def main() -> None:
    with tarfile.open(sys.argv[1]) as tar:
        found = {}
        for name in ORDER:
            member = next(m for m in tar.getmembers() if m.name.endswith(f"/hapi/{name}_pb2.py"))
            file = tar.extractfile(member)
            assert file is not None
            path, data = descriptor(file.read().decode())
            found[path] = base64.b64encode(data).decode()
    print(json.dumps(found, indent=1))


main()
