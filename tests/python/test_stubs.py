# SPDX-License-Identifier: Apache-2.0
"""zipdream/__init__.pyi is the specification: all that there is stands there, and nothing else."""
import ast
import inspect
import pathlib

import zipdream

FOLDER = pathlib.Path(zipdream.__file__).parent
STUBS = ast.parse((FOLDER / "__init__.pyi").read_text())
DEFINED = {node.name: node for node in STUBS.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}


def functions_of(name):
    return {node.name for node in DEFINED[name].body if isinstance(node, ast.FunctionDef)}


def public_names(item):
    return {name for name in vars(item) if not name.startswith("_")}


def test_every_public_name_has_a_stub_with_a_docstring():
    for name in zipdream.__all__:
        assert ast.get_docstring(DEFINED[name]), name
    assert set(DEFINED) - {"OwnModel"} == set(zipdream.__all__)
    assert (FOLDER / "py.typed").exists()


def test_every_public_name_has_a_docstring_of_its_own():
    for name in zipdream.__all__:
        doc = inspect.getdoc(getattr(zipdream, name))
        assert doc and "(self:" not in doc.split("\n")[0][:200], name


def test_members_of_classes_are_those_of_the_stubs():
    for name in zipdream.__all__:
        item = getattr(zipdream, name)
        if not inspect.isclass(item) or name in ("Error", "Rates"):
            continue
        stub = functions_of(name)
        stub |= {node.target.id for node in DEFINED[name].body if isinstance(node, ast.AnnAssign)}
        there = set().union(*(public_names(each) for each in item.__mro__ if "zipdream" in each.__module__))
        inherited = functions_of("Array") if name == "Scores" else set()
        public_stubs = {each for each in stub | inherited if not each.startswith("_")}
        assert public_stubs - {"data", "runs"} == there - {"data", "runs"}, name


def test_keywords_are_those_of_the_stubs():
    for name in zipdream.__all__:
        item = getattr(zipdream, name)
        if not inspect.isfunction(item):
            continue
        arguments = DEFINED[name].args
        stub = [each.arg for each in arguments.args + arguments.kwonlyargs]
        signature = inspect.signature(item).parameters.values()
        fixed = [each.name for each in signature if each.kind is not inspect.Parameter.VAR_KEYWORD]
        assert stub[:len(fixed)] == fixed, name
        if len(fixed) == len(signature):
            assert stub == fixed, name
