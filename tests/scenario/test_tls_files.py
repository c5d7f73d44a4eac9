"""CA, certificate and key: what is wrong with them is said before anything connects."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import trustme

HEAD = "name: x\ntarget: https://h\ngroups: {a: {}}\nflows: {a: [{request: GET /}]}\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name in ("one", "two"):
        certificate = authority.issue_cert(f"{name}.example")
        certificate.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        certificate.private_key_pem.write_to_path(folder / f"{name}.key")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}-both.pem")
    subprocess.run(
        ["openssl", "pkey", "-in", folder / "one.key", "-aes256", "-passout", "pass:hush",
         "-out", folder / "locked.key"],
        check=True, capture_output=True,
    )  # fmt: skip
    locked = (folder / "one.pem").read_text() + (folder / "locked.key").read_text()
    (folder / "locked-both.pem").write_text(locked)
    (folder / "text.pem").write_text("hello\n")
    for torn in ("torn.pem", "torn.key"):
        (folder / torn).write_text((folder / torn.replace("torn", "one")).read_text()[:200])
    return folder


@pytest.mark.parametrize(
    "named",
    ["ca: ca.pem", "cert: one-both.pem", "cert: one.pem, key: one.key", "ca: two.pem"],
)
def test_what_fits(loaded, files, named):
    loaded(HEAD + "http: {" + named.replace(": ", f": {files}/") + "}\n")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("ca: text.pem", "http.ca: {f}/text.pem holds no certificate in PEM form"),
        ("ca: torn.pem", "http.ca: {f}/torn.pem holds no certificate in PEM form"),
        ("ca: one.key", "http.ca: {f}/one.key holds no certificate in PEM form"),
        ("cert: text.pem", "http.cert: {f}/text.pem holds no certificate in PEM form"),
        ("cert: one.pem",
         "http.cert: {f}/one.pem holds no private key; name its file in http.key"),
        ("cert: one.pem, key: two.key",
         "http.key: the key in {f}/two.key does not belong to the certificate in {f}/one.pem"),
        ("cert: one.pem, key: text.pem",
         "http.key: {f}/text.pem holds no private key in PEM form"),
        ("cert: one.pem, key: locked.key",
         "http.key: {f}/locked.key is encrypted, and nobody is asked for a passphrase here; "
         "decrypt it (openssl pkey -in {f}/locked.key -out plain.pem)"),
        ("cert: locked-both.pem",
         "http.cert: {f}/locked-both.pem is encrypted, and nobody is asked for a passphrase here; "
         "decrypt it (openssl pkey -in {f}/locked-both.pem -out plain.pem)"),
        ("cert: torn.pem, key: one.key",
         "http.cert: {f}/torn.pem holds no certificate in PEM form"),
        ("cert: one.pem, key: torn.key",
         "http.key: {f}/torn.key is damaged, or of a kind that TLS cannot use"),
        ("key: one.key", "http.key is of no use without http.cert"),
        ("cert: none.pem, key: none.key", "http.cert: there is no file {f}/none.pem"),
    ],
)  # fmt: skip
def test_what_does_not(refused, files, named, said):
    problems = refused(HEAD + "http: {" + named.replace(": ", f": {files}/") + "}\n")
    assert problems[0] == "5: " + said.replace("{f}", str(files))
    assert len(problems) == 1 + ("none.key" in named)
