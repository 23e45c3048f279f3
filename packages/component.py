"""The archive that the ESP-IDF component registry takes: the tree without what a chip needs nothing of."""
from packages import files


def make() -> list:
    content = {path: files.read(path) for path in files.chip_files()}
    head = f'version: "{files.version()}"\n' + (f'url: "{files.home()}"\n' if files.home() else "")
    content["idf_component.yml"] = (head + files.manifest()).encode()
    return [files.put(f"updraft_{files.version()}.tgz", files.tar_gz("", content))]
