import json
import smtplib
from http.client import HTTPConnection

from redis import Redis

from privacycenter.servers.stack import Stack
from tests.privacycenter.waiting import until


def ready(stack: Stack) -> bool:
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=10)
    connection.request("GET", "/readyz")
    with connection.getresponse() as response:
        state = json.load(response)
    connection.close()
    return bool(state["ready"])


def test_the_running_stack_is_ready_when_beat_broker_and_worker_are(stack):
    assert until(lambda: ready(stack), seconds=40), stack.tails()


def test_a_killed_worker_is_missed_and_comes_back(stack):
    stack.kill_worker()
    with Redis.from_url(stack.env["CACHE_URL"]) as cache:
        cache.flushdb()
    assert not stack.workers[0].running
    assert not ready(stack)
    stack.start_worker()
    assert until(lambda: ready(stack), seconds=40), stack.tails()


def test_a_slow_mail_server_still_accepts(stack):
    stack.delay_mail(0.05)
    with smtplib.SMTP("127.0.0.1", stack.mail.port) as client:
        client.sendmail("us@example.org", ["slow@example.org"], "Subject: Slowly\r\n\r\nText\r\n")
    stack.delay_mail(0)
    assert [mail["Subject"] for mail in stack.mails_to("slow@example.org")] == ["Slowly"]
    assert stack.mails_to("example.org") == []


def test_commands_run_on_the_database_of_the_stack(stack):
    assert "[X]" in stack.manage("showmigrations", "subjects")
