"""The staff's pages around an entry: its form, and what a change of it means before it is made."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.calls.refusals import Refusal
from consents.catalogue.compare import Line, compare
from consents.catalogue.edit import Draft, drafted, edit
from consents.catalogue.load import rehearsal
from consents.catalogue.models import Purpose
from consents.catalogue.present import place, present, row_of
from consents.catalogue.sections import Row, Rows, section_of
from consents.catalogue.staff_form import LANGUAGES, EntryForm
from consents.catalogue.told import steps, told_of
from consents.catalogue.versions import Raised
from consents.catalogue.yaml_file import CatalogueRefused, Faults


def edit_page(model_admin: Any, request: HttpRequest, entry: Any) -> HttpResponse:
    """The form; sent, the comparison; confirmed there, the deed. `entry` None: a new one."""
    section = section_of(model_admin.model)
    rows = present()
    row = row_of(section, entry, place(Faults(), section.name, entry.slug)) if entry else None
    form = EntryForm(section, rows, row, request.POST or None)
    if entry is None:
        form.suggest(request.GET)
    if request.method == "POST" and request.POST.get("deed") != "back" and form.is_valid():
        draft = form.draft()
        try:
            if request.POST.get("deed") == "save":
                return _save(model_admin, request, draft)
            return _preview(model_admin, request, draft, row, rows)
        except Refusal as refusal:
            for words in _faults(refusal):
                form.add_error(None, words)
    fields = [name for name in form.fields if name != "seen"]
    context = _context(model_admin, request, entry) | {
        "form": AdminForm(form, [(None, {"fields": fields})], {}),  # type: ignore[arg-type]  # it draws any form
        "errors": form.errors if request.POST.get("deed") != "back" else {},
        "history": _history(entry),
    }
    return render(request, "catalogue/staff/form.html", context)


def _preview(model_admin: Any, request: HttpRequest, draft: Draft, row: Row | None, rows: Rows) -> HttpResponse:
    """What the change would do is found out by doing it, and taking it back."""
    with rehearsal():
        report = edit(draft)
    section = draft.section
    before = row if row and draft.slug in rows[section.name] else None
    after = None if draft.values is None else drafted(draft, place(Faults()))
    lines = compare(section, before, after, rows)
    context = _context(model_admin, request, row and section.model._default_manager.get(slug=draft.slug)) | {
        "lines": [(line, LANGUAGES.get(line.language, line.language)) for line in lines],
        "raised": _raised(report.raised),
        "retires": before and not after,
        "revives": row and after and not before,
        "words_only": section.name == "purposes" and not report.raised and _is_about_words(lines) and before,
        "said": [(key, value) for key, values in request.POST.lists() if key not in HIDDEN for value in values],
        "reason": draft.reason,
    }
    return render(request, "catalogue/staff/compare.html", context)


HIDDEN = {"csrfmiddlewaretoken", "deed"}


def _raised(raised: list[Raised]) -> list[tuple[Purpose, Raised, list[str]]]:
    """Which purposes get another version, and what makes it one."""
    purposes = Purpose.objects.with_texts().in_bulk([each.slug for each in raised], field_name="slug")
    told = told_of({each.slug: each.changes for each in raised})
    return [(purposes[each.slug], each, told[each.slug]) for each in raised]


def _is_about_words(lines: list[Line]) -> bool:
    return any(line.language for line in lines)


def _save(model_admin: Any, request: HttpRequest, draft: Draft) -> HttpResponse:
    is_new = not draft.section.model._default_manager.filter(slug=draft.slug).exists()
    report = edit(draft)
    entry = draft.section.model._default_manager.get(slug=draft.slug)
    told = [_told(each) for each in report.raised]
    log = model_admin.log_addition if is_new else model_admin.log_change
    log(request, entry, " ".join([draft.reason, *told]).strip())
    messages.success(request, " ".join([_("“%(name)s” is saved.") % {"name": entry.text.name}, *told]))
    return redirect(f"admin:{entry._meta.app_label}_{entry._meta.model_name}_change", entry.pk)


def _told(raised: Raised) -> str:
    which = _("Version %(number)d of “%(slug)s”:") % {"number": raised.number, "slug": raised.slug}
    if not raised.asks:
        return f"{which} " + _("nobody is asked again.")
    return f"{which} " + ngettext(
        "%(people)d person is asked again.", "%(people)d people are asked again.", raised.effect.asked
    ) % {"people": raised.effect.asked}


def _faults(refusal: Refusal) -> list[str]:
    if isinstance(refusal, CatalogueRefused):
        return [str(fault.words) for fault in refusal.faults]
    return [str(refusal.message)]


def _history(entry: Any) -> list[tuple[Any, list[str]]]:
    """The versions of a purpose, the newest first."""
    if not isinstance(entry, Purpose):
        return []
    versions = list(entry.versions.all())
    told = told_of({step.version.number: step.changes for step in steps(versions)})
    return [(version, told.get(version.number, [])) for version in reversed(versions)]


def _context(model_admin: Any, request: HttpRequest, entry: Any) -> dict[str, Any]:
    opts = model_admin.model._meta
    names = {"name": entry.text.name if entry else "", "kind": opts.verbose_name}
    return {
        **model_admin.admin_site.each_context(request),
        "title": _("Change “%(name)s”") % names if entry else _("Add: %(kind)s") % names,
        "opts": opts,
        "entry": entry,
        "changelist": f"admin:{opts.app_label}_{opts.model_name}_changelist",
        "change": f"admin:{opts.app_label}_{opts.model_name}_change",
        "log": f"admin:{opts.app_label}_{opts.model_name}_history",
    }
