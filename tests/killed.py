"""A process that dies at its n-th step: before a statement or commit of the store, or around what it sends."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

DIED = 9


def killed_at(point: int, action: Callable[[], object]) -> bool:
    """Run the action in a process of its own that ends at once at this point; False if it ended before, without error.

    Nothing is flushed, closed or rolled back, as if the machine had lost its power.
    """
    child = os.fork()
    if child == 0:
        try:
            _die_at(point)
            action()
            os._exit(0)
        except BaseException:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, DIED), status
    return status == DIED


def _die_at(point: int) -> None:
    left = point

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(DIED)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    send = socket.socket.sendall

    def sendall(self: socket.socket, *args: Any) -> None:
        step()
        send(self, *args)
        step()

    socket.socket.sendall = sendall  # type: ignore[method-assign, assignment]
