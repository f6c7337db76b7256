"""What beat starts, and how often in seconds. Every entry only looks for work that is due; none carries any."""

SCHEDULE = {
    "tick": {"task": "privacycenter.health.tick", "schedule": 10.0},
    # One that waited longer than to the next tick has nothing to add: it would only queue behind a large notice.
    "send-due-notices": {
        "task": "consents.notices.tasks.send_due",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "look-for-work": {
        "task": "dsar.work.tasks.look_for_work",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "tell-systems": {
        "task": "consents.webhooks.tasks.send_due",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "forget-webhook-attempts": {"task": "consents.webhooks.tasks.forget_attempts", "schedule": 3600.0},
    "raise-webhook-alarms": {"task": "consents.webhooks.tasks.raise_alarms", "schedule": 300.0},
    "end-consents": {"task": "consents.choices.tasks.expire", "schedule": 60.0},
    "send-due-confirmations": {
        "task": "consents.mailing.tasks.send_due",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "forget-unconfirmed": {"task": "consents.mailing.tasks.forget_unconfirmed", "schedule": 3600.0},
    "count-choices": {"task": "consents.desk.tasks.count_choices", "schedule": 600.0},
    # One site each time: as many as come round in a week, and no two at once.
    "scan-next-site": {"task": "consents.cookies.tasks.scan_next_site", "schedule": 600.0},
    "start-due-scans": {"task": "consents.cookies.tasks.start_due_scans", "schedule": 300.0},
    "forget-looks": {"task": "accounts.staff.tasks.forget_looks", "schedule": 86400.0},
    "clear-archives": {"task": "dsar.archives.tasks.clear", "schedule": 300.0},
    "forget-tokens": {"task": "accounts.calls.tasks.forget_tokens", "schedule": 3600.0},
    "forget-kept-answers": {"task": "accounts.calls.tasks.forget_kept_answers", "schedule": 3600.0},
}
