"""The certificates of a cluster: private, complete, never overwritten, and refused when useless."""

from __future__ import annotations

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ita_nb.batch.certificates import CertificateError, make_certificates, security_of
from ita_nb.errors import ParameterError

HOSTS = ("10.0.0.5", "head.example", "::1")


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_certificate_is_signed_by_the_authority(tmp_path: Path) -> None:
    """The machines' certificate verifies against the authority's, and is none itself."""
    made = make_certificates(tmp_path, HOSTS, days=30)
    authority, certificate = _certificate(made.authority), _certificate(made.certificate)

    certificate.verify_directly_issued_by(authority)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_certificate_names_the_hosts(tmp_path: Path) -> None:
    """Addresses stand as addresses, names as names."""
    made = make_certificates(tmp_path, HOSTS, days=30)
    names = (
        _certificate(made.certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )

    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.5", "::1"]
    assert names.get_values_for_type(x509.DNSName) == ["head.example"]


def test_the_certificate_lasts_as_long_as_asked(tmp_path: Path) -> None:
    """It is valid now and ends after the given days."""
    made = make_certificates(tmp_path, HOSTS, days=30)
    certificate = _certificate(made.certificate)
    now = datetime.now(UTC)

    assert certificate.not_valid_before_utc < now
    assert abs(certificate.not_valid_after_utc - now - timedelta(days=30)) < timedelta(minutes=5)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_only_the_user_reads_the_key(tmp_path: Path) -> None:
    """The key and the folder that is made for it are closed to others."""
    made = make_certificates(tmp_path / "new", HOSTS, days=30)

    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700


def test_the_key_of_the_authority_is_not_kept(tmp_path: Path) -> None:
    """Three files are written; the only key among them is that of the machines' certificate."""
    made = make_certificates(tmp_path, HOSTS, days=30)
    keys = [path for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]

    assert sorted(tmp_path.iterdir()) == sorted(made.paths)
    assert keys == [made.key]


@pytest.mark.parametrize("name", ["ca.pem", "node.pem", "node-key.pem"])
def test_nothing_is_overwritten(name: str, tmp_path: Path) -> None:
    """A folder that holds one of the files is refused and left as it is."""
    (tmp_path / name).write_text("mine", encoding="utf-8")

    with pytest.raises(CertificateError) as refused:
        make_certificates(tmp_path, HOSTS, days=30)

    assert name in refused.value.found
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    """Where the files cannot be written, the message names the place."""
    (tmp_path / "file").touch()

    with pytest.raises(CertificateError) as refused:
        make_certificates(tmp_path / "file", HOSTS, days=30)

    assert refused.value.where == str(tmp_path / "file")


def test_the_security_demands_encryption_on_both_sides(tmp_path: Path) -> None:
    """Dask gets TLS with certificates that it asks the other side for as well."""
    make_certificates(tmp_path, HOSTS, days=30)
    security = security_of(tmp_path)
    context = security.get_listen_args("scheduler")["ssl_context"]

    assert security.require_encryption
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["ca.pem", "node.pem", "node-key.pem"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    """A folder that lacks one of the files is refused by its name."""
    make_certificates(tmp_path, HOSTS, days=30)
    (tmp_path / name).unlink()

    with pytest.raises(ParameterError) as refused:
        security_of(tmp_path)

    assert refused.value.found == f"ไม่มี {name}"


def test_an_expired_certificate_is_told(tmp_path: Path) -> None:
    """Instead of a handshake that fails somewhere the message says that it has expired."""
    make_certificates(tmp_path, HOSTS, days=0)

    with pytest.raises(CertificateError) as refused:
        security_of(tmp_path)

    assert "หมดอายุเมื่อ" in refused.value.found


def test_a_damaged_certificate_is_told(tmp_path: Path) -> None:
    """A file that is no certificate is named."""
    make_certificates(tmp_path, HOSTS, days=30)
    (tmp_path / "node.pem").write_text("no certificate", encoding="utf-8")

    with pytest.raises(CertificateError) as refused:
        security_of(tmp_path)

    assert refused.value.where == str(tmp_path / "node.pem")


def test_the_commands_are_dask_s_own(tmp_path: Path) -> None:
    """What is printed has one thread a worker, TLS, no open dashboard, and every file."""
    made = make_certificates(tmp_path, HOSTS, days=30)
    scheduler, worker = made.commands

    assert scheduler.startswith("dask scheduler --protocol tls ")
    assert worker.startswith("dask worker tls://")
    assert " --nthreads 1 " in worker
    assert all(" --no-dashboard " in line for line in made.commands)
    assert all(str(path) in line for line in made.commands for path in made.paths)
