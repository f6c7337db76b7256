"""What a scan found, in words: on the staff's page and at the terminal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.catalogue.read import SLUG_LENGTH
from consents.cookies.models import Tracker
from consents.cookies.scan_models import Finding, Kind, Owner, Scan, State, Verdict
from consents.cookies.scanning.compare import asked_as, declared_as


@dataclass(frozen=True)
class Row:
    """A finding as staff see it; of what was not declared, what says it now, or where to declare it."""

    finding: Finding
    since: Tracker | None = None
    declare: str = ""


def limits(scan: Scan) -> Iterator[str]:
    """What the scan could not see, so that nobody takes silence for an answer."""
    if scan.refusal_pressed is False:
        yield _("There was no banner to refuse with: nothing is known of what happens after a refusal.")
    if scan.acceptance_pressed is False:
        yield _("There was no banner to accept with: what waits for consent could not be seen.")
    if scan.out_of_time:
        yield _("The time was over before everything was seen.")
    if scan.overflowed:
        yield _("There was more than a report holds: of each kind only the first are listed.")
    if scan.unanswered:
        failed = ngettext(
            "%(count)d page did not answer or gave an error.",
            "%(count)d pages did not answer or gave an error.",
            scan.unanswered,
        )
        yield failed % {"count": scan.unanswered}
    if scan.kept_out:
        kept_out = ngettext(
            "%(count)d page was left out as its robots.txt asks.",
            "%(count)d pages were left out as its robots.txt asks.",
            scan.kept_out,
        )
        yield kept_out % {"count": scan.kept_out}


def by_verdict(scan: Scan) -> list[tuple[Verdict, list[Finding]]]:
    findings = scan.findings.prefetch_related(Prefetch("tracker", Tracker.objects.with_details()))
    return [(Verdict(verdict), list(group)) for verdict, group in groupby(findings, key=lambda each: each.verdict)]


def summary(scan: Scan) -> str:
    """How much has to be mended."""
    count = scan.findings.faulty().count()
    if not count:
        return _("Everything that was found is declared, and waits for consent where it must.")
    return faults(count)


def faults(count: int) -> str:
    return ngettext(
        "%(count)d thing is not declared, or does not wait for consent.",
        "%(count)d things are not declared, or do not wait for consent.",
        count,
    ) % {"count": count}


def in_brief(scan: Scan, to_mend: int) -> str:
    """As lists show it."""
    if scan.state != State.DONE:
        return scan.get_fault_display() or scan.get_state_display()
    if not to_mend:
        return _("Nothing to mend")
    return ngettext("%(count)d thing to mend", "%(count)d things to mend", to_mend) % {"count": to_mend}


def still_faulty(scan: Scan) -> int:
    """Without what was declared since."""
    return sum(row.since is None for row in rows(scan, scan.findings.faulty()))


def lines(scan: Scan) -> Iterator[str]:
    """For a terminal."""
    pages = ngettext("%(count)d page", "%(count)d pages", scan.visited) % {"count": scan.visited}
    yield f"{scan.site}: {scan.address} ({pages})"
    yield from limits(scan)
    for verdict, findings in by_verdict(scan):
        yield f"\n{verdict.label}: {len(findings)}"
        for finding in findings:
            yield "  " + "  ".join(filter(None, _words(finding)))


def _words(finding: Finding) -> Iterator[str]:
    yield f"{finding.get_kind_display()}: {finding.full_name}"
    if finding.kind != Kind.REQUEST:
        yield finding.host
    yield finding.duration
    if finding.phase:
        yield f"[{finding.get_phase_display()}, {finding.page}]"
    if finding.tracker:
        yield f"= {finding.tracker.slug}"


def rows(scan: Scan, findings: Iterable[Finding]) -> list[Row]:
    """What was not declared is looked up in the inventory of today."""
    trackers = list(Tracker.objects.current().used_on(scan.site.slug).select_related("purpose").with_texts())
    return [_row(finding, trackers) for finding in findings]


def _row(finding: Finding, trackers: list[Tracker]) -> Row:
    if finding.verdict != Verdict.UNDECLARED:
        return Row(finding)
    if finding.kind == Kind.REQUEST:
        since = asked_as(finding.host, trackers)
    else:
        since = declared_as(finding.kind, finding.name, finding.party, trackers)
    return Row(finding, since, "" if since else declare_link(finding))


def declare_link(finding: Finding) -> str:
    """The form for a new entry, with what is known of it filled in."""
    name = finding.host if finding.kind == Kind.REQUEST else finding.name
    known = {
        "slug": slugify(name.replace(".", "-"))[:SLUG_LENGTH].strip("-_").replace("_", "-"),
        "name": name,
        "storage": finding.kind,
        "party": finding.party,
        "provider": finding.host if finding.party == Owner.THIRD else "",
        "lifetime": finding.lifetime,
    }
    return f"{reverse('admin:cookies_tracker_add')}?{urlencode({key: value for key, value in known.items() if value})}"
