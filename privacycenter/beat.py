"""What beat starts, and how often in seconds. Every entry only looks for work that is due; none carries any."""

SCHEDULE = {
    "tick": {"task": "privacycenter.health.tick", "schedule": 10.0},
    "forget-kept-answers": {"task": "accounts.calls.tasks.forget_kept_answers", "schedule": 3600.0},
}
