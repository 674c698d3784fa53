"""The numbers and words of the security page are those of the code."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.core.secrets import MASK, SECRET_WORDS
from dask_backend_config.storage import backups
from dask_backend_config.storage.files import state_folder
from dask_backend_config.storage.private_folder import PrivateFolder
from tests.docs.conftest import Machine
from tests.docs.pages import DOCS, blocks_of

PAGE = DOCS / "security.md"
TEXT = PAGE.read_text()


def test_the_words_of_a_secret_are_all_listed() -> None:
    _, _, rest = TEXT.partition("## What counts as a secret\n")
    listed, _, _ = rest.partition(", with `_` or `-`")
    assert re.findall(r"`([\w-]+)`", listed) == list(SECRET_WORDS)
    assert f"`{MASK}`" in rest


def test_the_certificate_is_as_described() -> None:
    certificate = x509.load_pem_x509_certificate(temporary_certificate()[0].encode())
    assert certificate.public_key().curve.name == "secp256r1"  # type: ignore[union-attr]
    valid = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert valid == dt.timedelta(days=366)
    assert "valid for 365 days, from one day before" in TEXT


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_private_files_have_their_modes_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = PrivateFolder(str(tmp_path / "clusters"))
        (path,) = folder.write({"key.pem": "secret"}).values()
    finally:
        os.umask(before)
    modes = [Path(place).stat().st_mode & 0o777 for place in (folder.path, path)]
    folder.remove()
    assert modes == [0o700, 0o600]


def test_backups_are_as_many_and_as_closed_as_described(home: Path) -> None:
    assert f"the last {backups.KEPT}: in" in TEXT
    backup = backups.keep(str(home / "dask.yaml"), b"password: x\n", 0o644)
    path = Path(backup.path)
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    assert state_folder().replace(str(home), "~") in TEXT


def test_a_local_cluster_is_encrypted_as_the_page_says(machine: Machine) -> None:
    (block,) = [block for block in blocks_of(PAGE) if "require-encryption" in block.text]
    folder = machine.home / "certificates"
    folder.mkdir()
    certificate, key = temporary_certificate()
    for name, text in {"ca.pem": certificate, "me.pem": certificate, "me-key.pem": key}.items():
        (folder / name).write_text(text)
    machine.prepare([replace(block, text=block.text.replace("/home/me", str(machine.home)))])
    (machine.home / "example.py").write_text(
        "from dask_backend_config import DaskLocalCluster\n"
        "with DaskLocalCluster(number_of_workers=1) as backend:\n"
        "    print(backend.client.scheduler_info()['address'])\n"
        "    print(backend.submit_task(pow, 7, 2).result())\n"
    )
    done = machine.run("python example.py")
    assert re.fullmatch(r"tls://127\.0\.0\.1:\d+\n49\n", done.stdout)
