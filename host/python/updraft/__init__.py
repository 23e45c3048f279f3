"""Updates a co-processor from the host beside it, over its serial device.

    import updraft
    updraft.push("app.bin", "control:/dev/esps0")            # or "https://host/app.bin"

or, with the bytes in your own hands:

    with updraft.Client("/dev/esps0") as client:
        client.begin()
        client.write(image)                                   # any number of bytes, any number of times
        client.end()                                          # it restarts in 5 s
        print(client.wait_for_restart())

Every call blocks until the device has answered or its time is up. What goes wrong is an updraft.Error
with a sentence; its `code` says what it was. Wrong use (write before begin, a closed client) is one too.
"""
from ._client import Client, Code, Error, Progress, Pushed, library_version, push

__all__ = ["Client", "Code", "Error", "Progress", "Pushed", "library_version", "push"]
__version__ = library_version()
