"""The certificate of an erasure: it names nobody, anyone can check it, and a forgery is refused."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.subjects import signing
from dsar.work.models import Certificate

pytestmark = pytest.mark.django_db


def test_the_certificate_names_no_value_and_can_be_checked_offline(erased, alice, tmp_path, client):
    certificate = Certificate.objects.get()
    text = json.dumps(certificate.content)
    assert alice.email not in text
    assert "Alice" not in text
    invoices = certificate.content["systems"][0]["collections"][1]
    assert (invoices["action"], invoices["ground"], invoices["law"]) == ("keep", "legal-obligation", "Tax Code § 147")
    (tmp_path / "certificate.json").write_bytes(client.get(f"/requests/certificates/{certificate.token}/file/").content)
    (tmp_path / "keys.json").write_bytes(client.get("/.well-known/privacy-center-keys.json").content)
    said = StringIO()
    call_command("verify_certificate", tmp_path / "certificate.json", keys=tmp_path / "keys.json", stdout=said)
    assert "is genuine" in said.getvalue()


def test_a_forged_certificate_is_refused(erased, tmp_path):
    certificate = Certificate.objects.get()
    content = signing._encode(json.dumps(certificate.content | {"reference": "PC-0"}).encode())
    forgeries: list[object] = [certificate.signed | {"payload": content}, {"payload": "x"}, [], "x"]
    for forged in forgeries:
        path = tmp_path / "forged.json"
        path.write_text(json.dumps(forged))
        with pytest.raises(CommandError, match="not a genuine certificate"):
            call_command("verify_certificate", path)


def test_a_signature_over_something_else_is_no_certificate():
    signed = signing.sign(b"{}", kind="privacy-center-manifest")
    with pytest.raises(signing.NotSigned):
        signing.verify(signed, kind=Certificate.KIND)


def test_the_certificates_page_opens_by_its_token_only(erased, client):
    certificate = Certificate.objects.get()
    page = client.get(f"/requests/certificates/{certificate.token}/")
    assert page.status_code == 200
    assert "Tax Code § 147" in page.content.decode()
    for guess in (str(certificate.pk), f"{certificate.pk}.x", certificate.token[:-1]):
        assert client.get(f"/requests/certificates/{guess}/").status_code == 404
