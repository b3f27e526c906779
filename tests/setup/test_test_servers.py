"""The fixtures other tests stand on."""

import copy
import threading

import pytest

pytestmark = pytest.mark.filterwarnings("error")


def row_count(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_tests_run_as_the_serving_role(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("connectify_app",)


def test_committed_rows_are_seen_by_another_thread(committed_db):
    from django.contrib.sessions.models import Session
    from django.db import connection
    from django.utils import timezone

    Session.objects.create(session_key="probe", session_data="", expire_date=timezone.now())
    seen = []

    def look():
        seen.append(Session.objects.filter(session_key="probe").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [True]


def test_rows_committed_by_the_test_before_are_gone(committed_db):
    from django.contrib.sessions.models import Session

    assert not Session.objects.exists()


@pytest.mark.parametrize("superuser", [True, False])
def test_what_was_committed_goes_and_what_the_migrations_put_there_stays(emptier, committed_db, superuser):
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sessions.models import Session
    from django.db import connection
    from django.utils import timezone

    Session.objects.create(session_key="probe", session_data="", expire_date=timezone.now())
    same = copy.copy(emptier)
    same.admin = emptier.admin if superuser else None
    same.empty()
    assert not Session.objects.exists()
    assert ContentType.objects.exists()
    connection.close()


def test_valkey_is_empty_and_answers(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        assert client.ping()


def test_a_connection_beyond_this_machine_is_refused():
    import socket

    with socket.socket() as outside, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))
