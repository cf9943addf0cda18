"""A small disk in memory that can be filled; only root can mount one."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2


class SmallDisk:
    """A tmpfs on a folder. Its size leaves room for the journal of a long campaign."""

    def __init__(self, path, mebibytes):
        self.path = path
        os.mkdir(path, 0o700)
        if _libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0,
                       f"mode=700,size={mebibytes}m".encode()) != 0:
            os.rmdir(path)
            raise OSError(ctypes.get_errno(), "mount")

    @property
    def _ballast(self):
        return os.path.join(self.path, "ballast")

    def fill(self):
        """Takes all room that is left, to the last page."""
        with open(self._ballast, "wb", buffering=0) as file:
            size = 0
            for step in (1 << 20, 4096):
                try:
                    while True:
                        os.posix_fallocate(file.fileno(), size, step)
                        size += step
                except OSError:
                    pass

    def free(self):
        """Gives the room back."""
        try:
            os.unlink(self._ballast)
        except FileNotFoundError:
            pass

    def remove(self):
        _libc.umount2(self.path.encode(), MNT_DETACH)
