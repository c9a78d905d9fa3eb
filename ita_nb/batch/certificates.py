"""A private certificate authority for one cluster: whoever holds its certificate may join, nobody else.

Scheduler, workers and the machine that hands out the batch show the same certificate to each other (mutual
TLS). The key of the authority is never written: no further certificate can be made in its name.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote

from ita_nb.errors import ItaError, ParameterError
from ita_nb.thai import long_date

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    from distributed import Security
except ImportError as error:
    raise ItaError(
        where="ita-nb cluster, --scheduler",
        expected="ส่วนเสริมสำหรับทำงานหลายเครื่อง (cluster)",
        found=str(error),
        todo='ติดตั้งด้วย pip install "ita-nb[cluster]"',
    ) from error

_AUTHORITY, _CERTIFICATE, _KEY = "ca.pem", "node.pem", "node-key.pem"
_CLOCKS = timedelta(hours=1)  # how far the clocks of the machines may differ


class CertificateError(ItaError):
    """Certificates cannot be made where they were asked for, or cannot be used."""


@dataclass(frozen=True)
class Certificates:
    """The three files that every machine of a cluster needs, in one folder."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def within(cls, folder: Path) -> Certificates:
        """Name the files of a folder, whether they are there or not."""
        return cls(folder / _AUTHORITY, folder / _CERTIFICATE, folder / _KEY)

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """The authority's certificate, the machines' certificate and its key."""
        return self.authority, self.certificate, self.key

    @property
    def commands(self) -> tuple[str, str]:
        """The commands that start the scheduler, and one worker of one thread."""
        authority, certificate, key = (quote(str(path)) for path in self.paths)
        tls = f"--tls-ca-file {authority} --tls-cert {certificate} --tls-key {key}"
        scheduler = f"dask scheduler --protocol tls --port 8786 --no-dashboard {tls}"
        worker = f"dask worker tls://HOST:8786 --nthreads 1 --nworkers CORES --no-dashboard {tls}"
        return scheduler, worker

    @property
    def how_to_th(self) -> str:
        """What to do with the files, for the person who made them."""
        scheduler, worker = self.commands
        return (
            "คัดลอกโฟลเดอร์นี้ไปทุกเครื่องด้วยวิธีที่ปลอดภัย และเก็บแฟ้มกุญแจเป็นความลับ\n"
            f"เครื่องกลาง:  {scheduler}\n"
            f"เครื่องทำงาน: {worker}\n"
            "สั่งงาน:      ita-nb batch PARAMS.yaml --scheduler tls://HOST:8786 "
            f"--certificates {quote(str(self.authority.parent))}"
        )


def make_certificates(folder: Path, hosts: Sequence[str], days: int) -> Certificates:
    """Make an authority and one certificate for ``hosts`` (names or addresses), valid for ``days`` days.

    Only this user can read the key. Raises CertificateError where one of the files exists, or the folder
    cannot be written.
    """
    made = Certificates.within(folder)
    authority_key, key = _new_key(), _new_key()
    until = datetime.now(UTC) + timedelta(days=days)
    authority = _authority(authority_key, until)
    certificate = _certificate(authority, authority_key, key, hosts, until)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_existing(made.paths)
        _write_new(made.key, plain, 0o600)
        _write_new(made.certificate, certificate.public_bytes(Encoding.PEM), 0o644)
        _write_new(made.authority, authority.public_bytes(Encoding.PEM), 0o644)
    except OSError as error:
        raise CertificateError(
            where=str(folder),
            expected="เขียนแฟ้มใบรับรองใหม่ได้ โดยไม่ทับแฟ้มเดิม",
            found=str(error),
            todo="ระบุโฟลเดอร์ใหม่ด้วย -o หรือลบใบรับรองชุดเดิมทั้งชุดก่อน",
        ) from error
    return made


def security_of(folder: Path) -> Security:
    """Return what Dask needs to connect with the certificates of a folder, encrypted or not at all.

    Raises ParameterError where a file is missing, CertificateError where the certificate has expired.
    """
    found = Certificates.within(folder)
    missing = [path.name for path in found.paths if not path.is_file()]
    if missing:
        raise ParameterError(
            where=str(folder),
            expected="โฟลเดอร์ใบรับรองที่มี " + " ".join(path.name for path in found.paths),
            found="ไม่มี " + " ".join(missing),
            todo="ระบุโฟลเดอร์ที่ได้จาก ita-nb cluster cert ด้วย --certificates",
        )
    try:
        until = x509.load_pem_x509_certificate(found.certificate.read_bytes()).not_valid_after_utc
    except ValueError as error:
        raise _unusable(found.certificate, f"อ่านไม่ได้: {error}") from error
    if until < datetime.now(UTC):
        raise _unusable(found.certificate, f"หมดอายุเมื่อ {long_date(until.date())}")
    authority, certificate, key = map(str, found.paths)
    node = {f"tls_{role}_cert": certificate for role in ("client", "scheduler", "worker")}
    keys = {f"tls_{role}_key": key for role in ("client", "scheduler", "worker")}
    names = {"tls_ca_file": authority, **node, **keys}
    return Security(require_encryption=True, **names)  # type: ignore[no-untyped-call]


def _unusable(path: Path, found: str) -> CertificateError:
    return CertificateError(
        where=str(path),
        expected="ใบรับรองที่ยังใช้ได้",
        found=found,
        todo="สร้างใหม่ด้วย ita-nb cluster cert แล้วคัดลอกไปทุกเครื่อง",
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _authority(key: ec.EllipticCurvePrivateKey, until: datetime) -> x509.Certificate:
    name = _name("ita-nb private authority")
    builder = _begun(name, name, key, key, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_usage(signs_certificates=True), critical=True).sign(key, hashes.SHA256())


def _certificate(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    hosts: Sequence[str],
    until: datetime,
) -> x509.Certificate:
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = _begun(_name("ita-nb machine"), authority.subject, key, authority_key, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_alternative(h) for h in hosts]), critical=False
    )
    return builder.sign(authority_key, hashes.SHA256())


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - _CLOCKS)
        .not_valid_after(until)
        .add_extension(identifier, critical=False)
        .add_extension(issued_by, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _refuse_existing(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.exists():
            raise FileExistsError(f"มีแฟ้ม {path.name} อยู่แล้ว")


def _write_new(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
