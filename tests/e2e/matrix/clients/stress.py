"""Many calls at once over one gRPC channel: 12 threads with bodies of 10 B to 200 KB, then an event loop with bodies of 10 to 200 B,
all at once; heads of 100 B to 7 KB, every fifth call refused, while a stream of many messages goes on beside. Arguments: name allowed, name refused, calls of a thread, calls of
the loop. Standard output: one JSON object; "bodies" are digests of what was sent with success."""

import asyncio
import hashlib
import json
import random
import sys
import threading
from collections import Counter

import grpc
from google.pubsub_v1.services.publisher import PublisherAsyncClient, PublisherClient
from google.pubsub_v1.types import PublishRequest, PubsubMessage, StreamingPullRequest
from google.pubsub_v1.services.subscriber import SubscriberClient

ALLOWED, REFUSED, EACH, LOOP = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
results, bodies, wrong, lock = Counter(), [], [], threading.Lock()


def request(r, refused, most=5.3):
    size = int(10 ** r.uniform(1, most))
    topic = f"projects/shop/topics/{REFUSED if refused else ALLOWED}"
    return PublishRequest(topic=topic, messages=[PubsubMessage(data=r.randbytes(size))])


def filler(r):
    """Fields of a head, as long as they come."""
    return [(f"x-filler-{i}", "".join(r.choices("abcdefghij0123456789", k=r.randrange(50, 900)))) for i in range(r.randrange(8))]


def note(refused, sent, error):
    code = error.grpc_status_code.name if hasattr(error, "grpc_status_code") else type(error).__name__ if error else "OK"
    with lock:
        results[("refused" if refused else "allowed") + " " + code] += 1
        if error is None:
            bodies.append(hashlib.sha256(PublishRequest.serialize(sent)).hexdigest())
        elif refused and ("pubsub.topics.publish" not in str(error) or REFUSED not in str(error)):
            wrong.append(str(error)[:300])
        elif not refused:
            wrong.append(repr(error)[:300])


def thread(client, i):
    r = random.Random(i)
    for n in range(EACH):
        refused = (n + i) % 5 == 0
        sent = request(r, refused)
        try:
            client.publish(sent, metadata=filler(r), timeout=60, retry=None)
            note(refused, sent, None)
        except Exception as e:  # whatever it is, it is counted
            note(refused, sent, e)


async def loop():
    client, r = PublisherAsyncClient(), random.Random(99)

    async def one(n):
        refused, sent = n % 5 == 0, request(r, n % 5 == 0, 2.3)
        try:
            await client.publish(sent, metadata=filler(r), timeout=60, retry=None)
            note(refused, sent, None)
        except Exception as e:
            note(refused, sent, e)

    await asyncio.gather(*(one(n) for n in range(LOOP)))


def beside(got, stop):
    """A stream open all the while: what is published comes back on it."""
    def questions():
        yield StreamingPullRequest(subscription=f"projects/shop/subscriptions/{ALLOWED}", stream_ack_deadline_seconds=60)
        stop.wait()

    subscriber = SubscriberClient()
    try:
        for answer in subscriber.streaming_pull(requests=questions(), timeout=120):
            got.append(len(answer.received_messages))
            if stop.is_set():
                break
    except Exception as e:
        if not stop.is_set():
            wrong.append("stream: " + repr(e)[:300])


def main():
    got, stop = [], threading.Event()
    stream = threading.Thread(target=beside, args=(got, stop), daemon=True)
    stream.start()
    client = PublisherClient()
    threads = [threading.Thread(target=thread, args=(client, i)) for i in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    asyncio.run(loop())
    stop.set()
    client.transport.close()
    stream.join(20)
    print(json.dumps({"results": results, "bodies": bodies, "wrong": wrong[:5], "streamed": sum(got), "grpcio": grpc.__version__}))


main()
