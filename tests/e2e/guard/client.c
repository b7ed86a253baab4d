/* A guarded program in C, for what Python and Node do not do: OpenSSL linked in statically, stripped, and used in every way.
 *   client WAY HOST PATH    prints the status of the answer, or "none" and why */
#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
dial(const char *host)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET }, *a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (getaddrinfo(host, "443", &hints, &a) != 0 || connect(fd, a->ai_addr, a->ai_addrlen) != 0)
        exit(3);
    return fd;
}

static int
put(const char *way, SSL *ssl, const char *text, size_t n)
{
    size_t done = 0;
    int rc = -1;

    if (strcmp(way, "write") == 0)
        return SSL_write(ssl, text, (int)n);
    if (strcmp(way, "write_ex") == 0)
        return SSL_write_ex(ssl, text, n, &done) ? (int)done : -1;
    if (strcmp(way, "bytes") == 0)
        for (size_t i = 0; i < n && (rc = SSL_write(ssl, text + i, 1)) == 1; i++)
            ;
    if (strcmp(way, "early") == 0)
        return SSL_write_early_data(ssl, text, n, &done) ? (int)done : -1;
    if (strcmp(way, "bio") == 0) {
        BIO *b = BIO_f_ssl() ? BIO_new(BIO_f_ssl()) : NULL;

        if (!b)
            return -1;
        BIO_set_ssl(b, ssl, BIO_NOCLOSE);
        rc = BIO_write(b, text, (int)n);
    }
    if (strcmp(way, "shared") == 0) {   /* let the state go while the session lives, then write what the state forbade */
        SSL_up_ref(ssl);
        rc = SSL_write(ssl, "PUT /a HTTP/1.1\r\n", 17);
        SSL_free(ssl);
        rc = SSL_write(ssl, text, (int)n);
    }
    return rc;
}

int
main(int argc, char **argv)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    char text[1024], got[256];
    int n, rc;

    if (argc != 4)
        return 2;
    SSL_CTX_load_verify_locations(ctx, getenv("TEST_CA"), NULL);
    SSL_set_tlsext_host_name(ssl, argv[2]);
    SSL_set_fd(ssl, dial(argv[2]));
    SSL_set_connect_state(ssl);
    if (strcmp(argv[1], "early") != 0 && strcmp(argv[1], "unshaken") != 0 && SSL_connect(ssl) != 1)
        return 3;
    n = snprintf(text, sizeof text, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 2\r\nx-amz-date: 20261121T000000Z\r\n"
        "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/"
        "aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n\r\nab", argv[3], argv[2]);
    rc = put(strcmp(argv[1], "unshaken") == 0 ? "write" : argv[1], ssl, text, (size_t)n);
    if (rc <= 0) {
        printf("none: write says %d\n", rc);
        return 0;
    }
    rc = SSL_read(ssl, got, sizeof got - 1);
    if (rc <= 0) {
        printf("none: read says %d\n", rc);
        return 0;
    }
    got[rc] = 0;
    printf("%.3s\n", rc > 12 ? got + 9 : "?");
    SSL_shutdown(ssl);
    SSL_free(ssl);
    return 0;
}
