"""The parts of pages keep what they promise: equal choices, errors in words, states that are more than a colour."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation


class Form(forms.Form):
    email = forms.EmailField(label="E-mail address", help_text="We send a link to it.")
    kind = forms.ChoiceField(
        label="Which data?", choices=[("all", "Everything"), ("shop", "The shop's")], widget=forms.RadioSelect
    )
    nickname = forms.CharField(label="Nickname", required=False)
    sure = forms.BooleanField(label="I am sure")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        if self.data:
            self.add_error(None, "The two do not fit together.")
        return self.cleaned_data


def part(template: str, /, **context: Any) -> str:
    return " ".join(render_to_string(f"parts/{template}.html", context).split())


def test_a_form_says_its_errors_in_a_summary_that_takes_focus_and_leads_to_the_fields() -> None:
    html = part("form", form=Form({"email": "nonsense"}))
    summary = html[: html.index("form-fields")]
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in summary
    assert "<li>The two do not fit together.</li>" in summary
    assert '<a href="#id_email">E-mail address: Enter a valid email address.</a>' in summary
    for target in re.findall(r'href="#([^"]+)"', summary):
        assert f'id="{target}"' in html


def test_a_field_has_its_label_help_and_error_above_it_and_is_described_by_them() -> None:
    html = part("form", form=Form({"email": "nonsense"}))
    field = html[html.index('<div class="field') : html.index("<fieldset")]
    places = [field.index(text) for text in ("<label", "We send a link", "Enter a valid", "<input")]
    assert places == sorted(places)
    assert 'aria-describedby="id_email_helptext id_email_error"' in field
    assert 'id="id_email_helptext"' in field
    assert 'id="id_email_error"' in field
    assert 'aria-invalid="true"' in field


def test_a_group_of_radio_buttons_is_a_fieldset_with_its_legend() -> None:
    html = part("form", form=Form())
    assert re.search(r"<fieldset> <legend>Which data\?</legend>.*</fieldset>", html)


def test_only_fields_that_may_stay_empty_say_so() -> None:
    html = part("form", form=Form())
    assert html.count("(optional)") == 1
    assert re.search(r"Nickname <span class=\"optional\">\(optional\)", html)


def test_a_form_without_errors_has_no_summary_and_keeps_its_hidden_fields() -> None:
    html = part("form", form=Form())
    assert "error-summary" not in html
    assert 'type="hidden" name="token"' in html


def choice(**context: Any) -> str:
    known = {"field_name": "choice-ads", "name": "Ads", "sentence": "We show ads.", "decision": ""}
    return part("choice_row", row=known | context)


def test_nothing_is_preselected_while_a_choice_is_undecided() -> None:
    html = choice()
    assert " checked" not in html
    assert "You have not decided yet." in html


@pytest.mark.parametrize(
    ("decision", "chosen"), [("granted", "granted"), ("refused", "refused"), ("withdrawn", "refused")]
)
def test_a_decision_is_shown_as_it_stands(decision: str, chosen: str) -> None:
    assert re.findall(r'value="(\w+)" checked', choice(decision=decision)) == [chosen]


def test_refusing_looks_the_same_as_allowing() -> None:
    labels = re.findall(r"<label>.*?</label>", choice())
    alike = {re.sub(r'value="\w+"|Allow|Refuse', "", label) for label in labels}
    assert len(labels) == 2
    assert len(alike) == 1


def test_an_essential_purpose_offers_no_choice_and_says_why() -> None:
    html = choice(essential=True)
    assert "<input" not in html
    assert "the service does not work without it" in html


def test_what_is_final_shows_what_goes_and_stays_and_a_way_back_of_the_same_size() -> None:
    html = part(
        "confirm",
        going=[{"title": "Your profile", "detail": "Name and phone"}],
        staying=[
            {"title": "12 invoices", "why": "Tax law asks for them.", "law": "Section 147", "until": "31 December 2036"}
        ],
        undo_until="17 November 2026",
        deed="Delete my account",
        back_href="/",
        back_label="Keep my account",
    )
    for text in ("Your profile", "12 invoices", "Tax law asks for them.", "Section 147", "Until 31 December 2036"):
        assert text in html
    assert "You can stop this until 17 November 2026. After that it is final." in html
    assert '<button class="button button-danger" type="submit">Delete my account</button>' in html
    assert '<a class="button button-quiet" href="/">Keep my account</a>' in html


def test_a_state_is_said_in_words() -> None:
    assert part("state_tag", state="problem", label="There is a problem") == (
        '<span class="state" data-state="problem">There is a problem</span>'
    )


def test_running_work_asks_again_by_itself_and_has_a_link_for_who_has_no_scripts() -> None:
    steps = [{"title": "Shop", "state": "working", "state_label": "Working", "detail": "3 of 5"}]
    running = part("progress", working=True, sentence="One of two.", items=steps)
    assert 'data-every="4"' in running
    assert '<p role="status" data-part="sentence">One of two.</p>' in running
    assert "Check again" in running
    done = part("progress", working=False, sentence="All is there.", items=steps)
    assert "data-every" not in done
    assert "Check again" not in done


def test_what_has_happened_is_a_list_with_times_that_machines_read() -> None:
    html = part("timeline", items=[{"at": datetime(2026, 11, 3, 14, 5, tzinfo=UTC), "text": "You asked."}])
    assert '<time datetime="2026-11-03T14:05:00+00:00">3 November 2026, 14:05</time>' in html


def test_pages_of_a_list_are_offered_only_where_there_are_more() -> None:
    assert "<nav" not in part("pagination", previous_href="", next_href="")
    assert '<a rel="next" href="?cursor=x">Older</a>' in part("pagination", previous_href="", next_href="?cursor=x")


@pytest.mark.parametrize("name", ["400", "500"])
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_the_page_for_our_own_failure_needs_to_know_nothing(name: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(f"{name}.html")
    assert f'<html lang="{language}" dir="ltr">' in html
    assert "<h1>" in html


def test_a_script_that_is_read_from_the_right_turns_the_page() -> None:
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in render_to_string("500.html")


def test_a_mail_carries_the_deed_the_reference_and_who_sent_it_in_both_forms() -> None:
    context = {
        "organisation": {"name": "HOTSALES", "contact": "privacy@hotsales.example", "address": ""},
        "subject": "Your copy is ready",
        "body_text": "Fetch it until 10 December.",
        "link": "https://privacy.example.org/archives/1/?a=b&c=d",
        "link_label": "Download my data",
        "reference": "PC-2026-0042",
    }
    text = render_to_string("mail/notice.txt", context)
    html = render_to_string("mail/notice.html", context)
    assert "https://privacy.example.org/archives/1/?a=b&c=d" in text
    assert '<a href="https://privacy.example.org/archives/1/?a=b&amp;c=d"' in html
    for form in (text, html):
        for word in ("Download my data", "PC-2026-0042", "HOTSALES", "privacy@hotsales.example"):
            assert word in form
