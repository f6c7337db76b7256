"""Tests that stay together when several processes run them: the mark `xdist_group` names their group.

pytest-xdist 3.8 tells its scheduler of the groups by the node ids, which pytest 9.2 does not let it change any more
(pytest-xdist's issue 1386): nothing was grouped, and nothing said so. So each worker writes its groups down, and a
scheduler of our own reads them.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.servers import FOLDER


def _note(worker: str) -> Path:
    return Path(os.environ[FOLDER]) / worker / "groups.json"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        groups = {item.nodeid: mark.args[0] for item in items if (mark := item.get_closest_marker("xdist_group"))}
        _note(worker).write_text(json.dumps(groups))


class Groups(LoadScopeScheduling):
    """The largest first; a test without a group is one of its own."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self.groups: dict[str, str] = {}

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self.groups |= json.loads(_note(node.gateway.id).read_text())
        super().add_node_collection(node, collection)

    def _split_scope(self, nodeid: str) -> str:
        return self.groups.get(nodeid, nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    return Groups(config, log)
