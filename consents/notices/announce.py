"""Telling many people: one notice, its texts, and a delivery for each person of the audience."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Case, CharField, F, Q, Value, When

from accounts.calls.refusals import Refusal
from accounts.subjects.models import SubjectQuerySet
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.notices.audience import Audience
from consents.notices.begin import begin
from consents.notices.markdown import render
from consents.notices.models import Notice, NoticeText
from consents.notices.optional import rules
from consents.notices.turn import who
from consents.notices.write import NoticeDraft, nearest


@transaction.atomic
def announce(
    kind: str,
    texts: Mapping[str, NoticeDraft],
    link: str,
    audience: Audience,
    *,
    reference: str = "",
    purpose: Purpose | None = None,
    actor: User | None = None,
    approved_by: User | None = None,
) -> Notice:
    """`texts` by language. The number of statements is the same for ten people and for ten million.

    With a `purpose` it goes to those of the audience who allow that, now and again when it is sent, and every mail says
    how to end it. Without one it is a legal notice and goes to all. One to very many waits until somebody else than
    `actor` approves it, unless the act that announces it was `approved_by` somebody else already.
    """
    if not texts:
        raise Refusal(code="no-text")
    if purpose is not None and (purpose.essential or purpose.retired_at):
        raise Refusal(code="not-optional")
    notice = Notice.objects.create(
        kind=kind,
        link=link,
        reference=reference,
        legal=purpose is None,
        purpose=purpose,
        audience=audience.name,
        state=Notice.State.WAITING,
        made_by=who(actor) if actor else "",
    )
    keep_texts(notice, texts)
    begin(notice, _address(notice, _among(audience, purpose), list(texts)), approved_by)
    return notice


def keep_texts(notice: Notice, texts: Mapping[str, NoticeDraft]) -> None:
    NoticeText.objects.bulk_create(
        NoticeText(
            notice=notice,
            language=language,
            subject=draft.subject,
            body=draft.body_markdown,
            html=render(draft.body_markdown),
            action=draft.action,
        )
        for language, draft in texts.items()
    )


def _among(audience: Audience, purpose: Purpose | None) -> SubjectQuerySet:
    people = audience.subjects()
    return people.filter(rules().allowed(purpose)) if purpose else people


def _address(notice: Notice, audience: SubjectQuerySet, languages: list[str]) -> int:
    """The deliveries, by one INSERT .. SELECT: the audience never leaves the database. How many there are."""
    people = audience.order_by().annotate(told_in=_language(languages)).values_list("pk", "told_in")
    select, params = people.query.sql_with_params()
    # Only SQL that the ORM made is put together here; every value stays a parameter.
    insert = "INSERT INTO notices_delivery (notice_id, bulk, subject_id, language) SELECT %s, true, told.* FROM "
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} ({select}) AS told ON CONFLICT DO NOTHING", [notice.pk, *params])
        return cursor.rowcount


def _language(languages: list[str]) -> Case:
    """`nearest` for a whole audience."""
    return Case(
        When(Q(language__in=languages), then=F("language")),
        *(When(Q(language__startswith=f"{code}-"), then=Value(code)) for code in languages),
        default=Value(nearest("", languages)),
        output_field=CharField(),
    )
