/* bench_http1 [--json]: nanoseconds for the head of one signed AWS request, whole and in two pieces, and for its framing. */
#include <stdio.h>

#include "bench/measure.h"
#include "core/http1.h"

enum { ROUNDS = 20000, REPS = 20 };

static const char head[] =
    "POST / HTTP/1.1\r\n"
    "Host: 111122223333.ddb.eu-west-1.amazonaws.com\r\n"
    "Accept-Encoding: identity\r\n"
    "X-Amz-Target: DynamoDB_20120810.PutItem\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n"
    "User-Agent: Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.4 md/pyimpl#CPython m/Z,b,E,D cfg/retry-mode#legacy Botocore/1.40.0\r\n"
    "X-Amz-Date: 20261121T200000Z\r\n"
    "X-Amz-Security-Token: IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDRZr5z8vJ0cWm0cN5v8mQk1l0fKx2c3aZ0Nq7oQx2c3gIgZl0f1l0fKx2c3aZ0Nq7oQx2c3aZ0Nq7oQx2c3aZ0N"
    "q7oQx2c3aZ0Nq7oQx2c3gIgZl0f1l0fKx2c3aZ0Nq7oQx2c3aZ0Nq7oQx2c3aZ0Nq7oQx2c3aZ0Nq7oQx2c3gIgZl0f1l0fKx2c3aZ0Nq7oQx2c3aZ0Nq7oQx2c3aZ0N\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20261121/eu-west-1/dynamodb/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
    "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\n"
    "amz-sdk-invocation-id: 7f3c1b1e-5f0a-4f57-9a51-0b8d1f0e7c11\r\n"
    "amz-sdk-request: attempt=1\r\n"
    "Content-Length: 187\r\n"
    "\r\n";

static void
measure(const char *name, size_t first, bool framing, bool json)
{
    static double took[ROUNDS];
    alps_slice all = ALPS_S(head);

    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (unsigned i = 0; i < REPS; i++) {
            static struct alps_request req;
            struct alps_http1 h = { 0 };
            struct alps_framing f;

            if (first && alps_http1_feed(&h, alps_slice_sub(all, 0, first), &req) != 0)
                exit(1);
            if (alps_http1_feed(&h, all, &req) != (ptrdiff_t)all.n)
                exit(1);
            if (framing && alps_framing_init(&f, &req) != 0)
                exit(1);
        }
        took[r] = (now_ns() - start) / REPS;
    }
    measure_sort(took, ROUNDS);
    printf(json ? "{\"bench\":\"http1\",\"what\":\"%s\",\"bytes\":%zu,\"ns_p50\":%.0f,\"ns_p99\":%.0f}\n"
                : "head %-10s %5zu bytes   %4.0f ns   p99 %4.0f\n", name, all.n, took[ROUNDS / 2], took[ROUNDS / 100 * 99]);
}

int
main(int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;

    measure("whole", 0, false, json);
    measure("framing", 0, true, json);
    measure("two-pieces", sizeof head / 2, false, json);
    return 0;
}
