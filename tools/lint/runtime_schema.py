# SPDX-License-Identifier: Apache-2.0
"""The JSON schemas of the OCI runtime specification (test/data/schemas), with their references put in."""
import json

FOLDER = "test/data/schemas"


class Schemas:
    def __init__(self, root):
        self.root = root
        self.files = {}

    def load(self, name):
        if name not in self.files:
            with open(f"{self.root}/{FOLDER}/{name}", encoding="utf-8") as f:
                self.files[name] = json.load(f)
        return self.files[name]

    def inline(self, schema, name):
        """SCHEMA, of file NAME, as one document without references."""
        if isinstance(schema, list):
            return [self.inline(item, name) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if isinstance(schema.get("$ref"), str):
            file, _, pointer = schema["$ref"].partition("#")
            target = self.load(file or name)
            for part in filter(None, pointer.split("/")):
                target = target[part]
            return self.inline(target, file or name)
        return {key: self.inline(value, name) for key, value in schema.items() if key not in ("id", "$schema")}

    def document(self, name):
        return self.inline(self.load(name), name)


def parts(schema):
    """SCHEMA and everything it is put together from."""
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for item in schema.get(key, []):
            yield from parts(item)
    if isinstance(schema.get("items"), list):
        for item in schema["items"]:
            yield from parts(item)


def members(schema):
    found = {}
    for part in parts(schema):
        for key, value in part.get("properties", {}).items():
            found.setdefault(key, value)
    return found


def item_of(schema):
    for part in parts(schema):
        items = part.get("items")
        if items:
            return {"anyOf": items} if isinstance(items, list) else items
    return None


def properties(schema, path=""):
    """The path of every property, "process.user.uid"; items of lists have the path of their list."""
    for key, value in members(schema).items():
        name = f"{path}.{key}" if path else key
        yield name
        item = item_of(value)
        yield from properties(item if item and members(item) else value, name)
        for extra in (p.get("additionalProperties") or next(iter(p.get("patternProperties", {}).values()), None) for p in parts(value)):
            if isinstance(extra, dict) and members(extra):
                yield from properties(extra, name)


OTHER_PLATFORMS = ("solaris", "windows", "vm", "zos", "freebsd")


def linux_properties(root):
    """Of config.json, without those of other platforms."""
    for path in properties(Schemas(root).document("config-schema.json")):
        if path.split(".")[0] not in OTHER_PLATFORMS:
            yield path
