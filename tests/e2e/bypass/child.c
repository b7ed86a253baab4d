/* A program that a function may bring along: sends one request without TLS to the address it is given. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    static const char text[] = "GET /denied.csv HTTP/1.1\r\nHost: salaries.s3.eu-west-1.amazonaws.com\r\n\r\n";
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char got[64];

    if (argc != 2 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        return 2;
    if (write(fd, text, sizeof text - 1) < 0)
        return 3;
    return read(fd, got, sizeof got) > 12 && memcmp(got + 9, "403", 3) == 0 ? 43 : 0;
}
