"""The wheel with the accelerator: the same modules, some of them compiled with mypyc. Run by `make wheel`.

Only a build that asks for it (`HATCH_BUILD_HOOK_ENABLE_CUSTOM=true`) gets here, so a plain `pip install` never needs a
compiler. The sources stay in the wheel beside the compiled modules, which Python prefers; ``CHARTHOUSE_PURE=1`` makes
it use the sources again.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What was measured to gain: reading YAML line by line takes half the time. The closures of templates take longer when
# compiled, and the template scanner spends its time in regular expressions.
MODULES = (
    "charthouse/formats/yaml/block.py",
    "charthouse/formats/yaml/blocks.py",
    "charthouse/formats/yaml/inline.py",
    "charthouse/formats/yaml/resolve.py",
)
_SETUP = """from setuptools import setup
from mypyc.build import mypycify
setup(ext_modules=mypycify({modules!r}, {options}))
"""


def compile_modules(source: Path, folder: Path) -> list[Path]:
    """Compile MODULES of a source tree in a folder of our own; paths of the shared libraries, relative to it."""
    shutil.copytree(source / "charthouse", folder / "charthouse", ignore=shutil.ignore_patterns("__pycache__"))
    options = 'opt_level="3", group_name="charthouse"'
    (folder / "setup.py").write_text(_SETUP.format(modules=list(MODULES), options=options))
    subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, check=True)
    found = [*folder.glob("charthouse__mypyc.*"), *(folder / "charthouse").rglob("*.so")]
    return [path.relative_to(folder) for path in found]


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the shared libraries to the wheel and marks it as one for this platform and interpreter."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        self.folder = Path(tempfile.mkdtemp(prefix="charthouse-wheel"))
        for path in compile_modules(Path(self.root) / "src", self.folder):
            build_data["force_include"][str(self.folder / path)] = str(path)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)
