"""An app in Python that decides with the newest settings-file that a hub has published.

    pip install vwo-python-sdk redis
    REDIS_URL=redis://vwo-reader:PASSWORD@localhost:6379 VWO_ENVIRONMENT=prod python follow.py

It answers each line "campaign user" of its input with the name of the user's variation, or "-".
"""
import os
import sys
import threading
import time

import redis
import vwo

ENVIRONMENT = os.environ.get("VWO_ENVIRONMENT", "prod")
# The braces are part of the names.
META = f"vwo:{{{ENVIRONMENT}}}:meta"
SETTINGS = f"vwo:{{{ENVIRONMENT}}}:settings"
UPDATES = f"vwo:{{{ENVIRONMENT}}}:updates"

# Read by every request, replaced as a whole: what a request has begun with stays as it is.
current = None
current_revision = None


def say(text):
    print(text, file=sys.stderr, flush=True)


def read(connection):
    """Launches what is published, where it is another one. The last good instance stays where it cannot be used."""
    global current, current_revision
    # Not HGET: the Redis users of apps have HMGET alone.
    (revision,) = connection.hmget(META, "revision")
    if revision is None:
        say("nothing is published yet")
    elif revision != current_revision:
        launched = vwo.launch(connection.get(SETTINGS))
        if launched is None:
            say("the published settings-file cannot be used; the one before stays")
        else:
            current, current_revision = launched, revision
            say("new settings")


def follow():
    """Subscribes first and then reads, so that no change is lost in between; for ever, whatever happens to Redis."""
    while True:
        try:
            connection = redis.Redis.from_url(
                os.environ["REDIS_URL"], decode_responses=True, socket_connect_timeout=5, socket_timeout=5
            )
            with connection.pubsub() as subscription:
                subscription.subscribe(UPDATES)
                while True:
                    # A confirmation, also one after a reconnection, a message, or none for some seconds: a connection
                    # that is only half there brings none.
                    subscription.get_message(timeout=5)
                    read(connection)
        except Exception as error:  # Nothing may end this thread: nobody would notice.
            say(f"Redis: {error}")
            time.sleep(1)


threading.Thread(target=follow, daemon=True).start()

for line in sys.stdin:
    campaign, user = line.split()
    instance = current
    variation = instance.get_variation_name(campaign, user) if instance else None
    print(variation or "-", flush=True)
