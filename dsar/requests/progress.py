"""How far a request's work is, per source and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsar.datamap.systems import systems
from dsar.requests.models import Request
from dsar.work.models import Step


@dataclass(frozen=True)
class Progress:
    """One line: what it is about, its state (one of those that state_tag knows), the state in words, perhaps more."""

    system: str
    title: str
    state: str
    state_label: str
    detail: str = ""


type Words = dict[str, str | Promise]

GATHERED: Words = {
    "waiting": gettext_lazy("Not yet started"),
    "working": gettext_lazy("Collecting"),
    "done": gettext_lazy("Collected"),
    "problem": gettext_lazy("Could not be reached"),
    "stopped": gettext_lazy("Stopped"),
}
ERASED: Words = {
    "waiting": gettext_lazy("Not yet started"),
    "working": gettext_lazy("Being deleted"),
    "done": gettext_lazy("Deleted and checked"),
    "problem": gettext_lazy("There is a problem"),
    "stopped": gettext_lazy("Stopped"),
}
OTHERWISE: Words = {
    "waiting": gettext_lazy("Not yet started"),
    "working": gettext_lazy("In progress"),
    "done": gettext_lazy("Completed"),
    "problem": gettext_lazy("There is a problem"),
    "stopped": gettext_lazy("Stopped"),
}


def progress(request: Request) -> list[Progress]:
    """In the order of the work; the steps of a system are one line."""
    if request.plan is None:
        return []
    names = {system.key: str(system.name) for system in systems()}
    steps = sorted(request.plan.steps.all(), key=lambda step: (not step.system, _last(step), step.system))
    return [_line(key, names.get(key, key), list(group)) for key, group in groupby(steps, key=_part)]


def standing(lines: Sequence[Progress]) -> str:
    """One sentence for all lines, which a screen reader says when it changes."""
    counts = {"done": sum(line.state == "done" for line in lines), "all": len(lines)}
    return _("%(done)d of %(all)d done.") % counts


def _part(step: Step) -> str:
    return step.system


def _last(step: Step) -> bool:
    return step.action == Step.Action.FINISH


def _line(key: str, name: str, steps: Sequence[Step]) -> Progress:
    state = state_of(steps)
    match steps[0].action:
        case Step.Action.GATHER:
            return Progress(key, name, state, str(GATHERED[state]), _so_far(steps, state))
        case Step.Action.ERASE | Step.Action.VERIFY:
            return Progress(key, name, state, str(ERASED[state]), _trying(steps))
        case Step.Action.FINISH:
            return Progress(key, _("Your account here, and the certificate"), state, str(ERASED[state]), _trying(steps))
    return Progress(key, _("Your archive"), state, str(OTHERWISE[state]), _trying(steps))


def state_of(steps: Iterable[Step]) -> str:
    states = {step.state for step in steps}
    if Step.State.FAILED in states:
        return "problem"
    if states == {Step.State.DONE}:
        return "done"
    if Step.State.CANCELLED in states:
        return "stopped"
    return "waiting" if states == {Step.State.WAITING} and not any(step.attempts for step in steps) else "working"


def _so_far(steps: Sequence[Step], state: str) -> str:
    if state == "working":
        done = sum(step.state == Step.State.DONE for step in steps)
        counts = {"done": done, "all": len(steps)}
        return " ".join(filter(None, [_("%(done)d of %(all)d parts.") % counts, _trying(steps)]))
    return _trying(steps)


def _trying(steps: Sequence[Step]) -> str:
    """Said while something is waited for, so that a pause is not taken for the end."""
    if any(step.state == Step.State.WAITING and step.error for step in steps):
        return _("It does not answer at the moment; we try again by ourselves.")
    return ""
