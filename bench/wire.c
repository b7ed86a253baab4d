/* wire.c: what bench/long measures: a program that sends requests over one TLS connection to a server of its own.
 *   wire requests N      N small PUTs; prints microseconds per request and by how many kB the process grew after the first tenth
 *   wire upload MB       one PUT of so many megabytes; prints megabytes per second, and per second of the processor
 * The server is the same program without LD_PRELOAD. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOST "reports.s3.eu-west-1.amazonaws.com"
enum { BLOCK = 64 * 1024, HEAD = 1024 };

static void
die(const char *what)
{
    fprintf(stderr, "wire: %s\n", what);
    exit(2);
}

static double
now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
memory_kb(void)
{
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long kb = 0, n;

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "Private_Dirty: %ld", &n) == 1)
            kb += n;
    if (f)
        fclose(f);
    return kb;
}

static int
at_once(int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return fd;
}

/* A certificate of its own, signed by itself: nobody checks it. */
static SSL_CTX *
server_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();

    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    if (SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
        die("certificate");
    return ctx;
}

/* Answers each request, whose end it finds by its Content-Length. */
static void
serve(int listener)
{
    static char buf[BLOCK + HEAD + 1];
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    SSL *ssl = SSL_new(server_context());
    size_t have = 0;
    int got;

    SSL_set_fd(ssl, at_once(accept(listener, NULL, NULL)));
    if (SSL_accept(ssl) != 1)
        die("accept");
    while ((got = SSL_read(ssl, buf + have, (int)(sizeof buf - 1 - have))) > 0) {
        char *end, *length;
        size_t head, left;

        have += (size_t)got;
        buf[have] = '\0';
        if (!(end = strstr(buf, "\r\n\r\n")) || !(length = strstr(buf, "Content-Length: ")))
            continue;
        head = (size_t)(end - buf) + 4;
        left = strtoul(length + 16, NULL, 10);
        left -= have - head;
        while (left > 0 && (got = SSL_read(ssl, buf, left < BLOCK ? (int)left : BLOCK)) > 0)
            left -= (size_t)got;
        have = 0;
        SSL_write(ssl, answer, sizeof answer - 1);
    }
    exit(0);
}

static int
start_server(const char *self)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char number[16];

    if (bind(listener, (struct sockaddr *)&at, n) != 0 || listen(listener, 1) != 0)
        die("listen");
    getsockname(listener, (struct sockaddr *)&at, &n);
    snprintf(number, sizeof number, "%d", listener);
    if (fork() == 0) {
        unsetenv("LD_PRELOAD");
        dup2(STDERR_FILENO, STDOUT_FILENO);     /* whoever reads our output waits for us alone */
        execl(self, self, "serve", number, (char *)NULL);
        _exit(2);
    }
    close(listener);
    if (connect(fd, (struct sockaddr *)&at, n) != 0)
        die("connect");
    return at_once(fd);
}

static void
request(SSL *ssl, size_t body)
{
    static char block[BLOCK];
    char text[HEAD], answer[256];
    int n = snprintf(text, sizeof text, "PUT /key HTTP/1.1\r\nHost: " HOST "\r\nContent-Length: %zu\r\nx-amz-date: "
                     "20261121T000000Z\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 Credential="
                     "AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n\r\n", body);

    if (SSL_write(ssl, text, n) != n)
        die("write");
    for (; body; body -= body < BLOCK ? body : BLOCK)
        if (SSL_write(ssl, block, body < BLOCK ? (int)body : BLOCK) <= 0)
            die("write");
    if (SSL_read(ssl, answer, sizeof answer) < 12 || strncmp(answer + 9, "200", 3) != 0)
        die("refused");
}

int
main(int argc, char **argv)
{
    size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    bool upload = argc == 3 && strcmp(argv[1], "upload") == 0;
    long first = 0;
    double start, worked;
    SSL *ssl;

    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        serve((int)n);
    if (!n)
        die("wire requests N | upload MB");
    ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
    SSL_set_tlsext_host_name(ssl, HOST);
    SSL_set_fd(ssl, start_server("/proc/self/exe"));
    if (SSL_connect(ssl) != 1)
        die("handshake");
    request(ssl, 100);
    start = now(CLOCK_MONOTONIC);
    worked = now(CLOCK_PROCESS_CPUTIME_ID);
    if (upload) {
        request(ssl, n << 20);
        printf("%f %f\n", (double)n / (now(CLOCK_MONOTONIC) - start), (double)n / (now(CLOCK_PROCESS_CPUTIME_ID) - worked));
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        request(ssl, 100);
        if (i == n / 10)
            first = memory_kb();
    }
    printf("%f %ld\n", (now(CLOCK_MONOTONIC) - start) / (double)n * 1e6, memory_kb() - first);
    return 0;
}
