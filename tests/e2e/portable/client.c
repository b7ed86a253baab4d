/* client.c LIBSSL HOST TARGET: one PUT through an OpenSSL of any version, which is loaded when the program runs; prints the
 * status of the answer, or "none".  No header of OpenSSL's is needed: whatever C library and machine it is built for. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SET_NAME = 55, NAME_HOST = 0, VERIFY_PEER = 1 };

static void *library;

static void *
function(const char *name)
{
    void *f = dlsym(library, name);

    if (!f)
        exit(printf("no %s: %s\n", name, dlerror()) ? 3 : 3);
    return f;
}
#define F(result, name, ...) ((result (*)(__VA_ARGS__))function(#name))

static int
connect_to(const char *host)
{
    struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *at;
    int fd = -1;

    if (getaddrinfo(host, "443", &want, &at) == 0) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (connect(fd, at->ai_addr, at->ai_addrlen) != 0)
            fd = -1;
    }
    return fd;
}

int
main(int argc, char **argv)
{
    char text[1024], answer[64] = "";
    void *ctx, *ssl;
    int n, fd;

    if (argc != 4 || !(library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL)))
        return fprintf(stderr, "%s\n", argc == 4 ? dlerror() : "usage"), 2;
    if ((fd = connect_to(argv[2])) < 0)
        return perror(argv[2]), 2;
    ctx = F(void *, SSL_CTX_new, const void *)(F(const void *, TLS_client_method, void)());
    F(int, SSL_CTX_load_verify_locations, void *, const char *, const char *)(ctx, getenv("TEST_CA"), NULL);
    F(void, SSL_CTX_set_verify, void *, int, void *)(ctx, VERIFY_PEER, NULL);
    ssl = F(void *, SSL_new, void *)(ctx);
    F(long, SSL_ctrl, void *, int, long, void *)(ssl, SET_NAME, NAME_HOST, argv[2]);
    F(int, SSL_set_fd, void *, int)(ssl, fd);
    if (F(int, SSL_connect, void *)(ssl) != 1)
        return puts("no handshake"), 2;
    n = snprintf(text, sizeof text, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\nx-amz-date: 20261121T000000Z\r\n"
                 "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/"
                 "eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n\r\nabc", argv[3], argv[2]);
    F(int, SSL_write, void *, const void *, int)(ssl, text, n);
    n = F(int, SSL_read, void *, void *, int)(ssl, answer, sizeof answer - 1);
    puts(n > 12 ? strncmp(answer + 9, "403", 3) && strncmp(answer + 9, "200", 3) ? answer : (answer[12] = 0, answer + 9) : "none");
    return 0;
}
