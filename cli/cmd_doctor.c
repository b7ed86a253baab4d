#include "cli/command.h"
#include "cli/load.h"
#include "cli/probe.h"
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNTIMES = 24, SECONDS = 20 };

/* A TLS connection of the runtime with itself, over loopback, under a cloud's name, with no certificate to bring.  It prints
 * "left" if the server saw a byte of the request, "refused" if the client read a 403 instead. */
static const char python_program[] =
    "import socket, ssl, threading\n"
    "def context(kind):\n"
    "    c = ssl.SSLContext(kind); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE\n"
    "    c.maximum_version = ssl.TLSVersion.TLSv1_2; c.set_ciphers('AECDH-AES128-SHA:@SECLEVEL=0')\n"
    "    return c\n"
    "H = 'dynamodb.eu-west-1.amazonaws.com'\n"
    "a, b = socket.socketpair(); left = []\n"
    "def serve():\n"
    "    s = context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(b, server_side=True)\n"
    "    s.settimeout(2)\n"
    "    try: left.append(s.recv(4096))\n"
    "    except OSError: pass\n"
    "t = threading.Thread(target=serve); t.start()\n"
    "c = context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(a, server_hostname=H)\n"
    "c.settimeout(2)\n"
    "c.sendall(('POST / HTTP/1.1\\r\\nHost: %s\\r\\nX-Amz-Target: DynamoDB_20120810.ListTables\\r\\n'\n"
    "           'Content-Length: 2\\r\\n\\r\\n{}' % H).encode())\n"
    "try: answer = c.recv(4096)\n"
    "except OSError: answer = b''\n"
    "c.close(); t.join()\n"
    "print('left' if any(left) else 'refused' if answer.startswith(b'HTTP/1.1 403') else 'silent')\n";
static const char node_program[] =
    "const tls = require('tls'), H = 'dynamodb.eu-west-1.amazonaws.com';\n"
    "const o = { ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' };\n"
    "let left = 0, answer = '';\n"
    "const end = () => { console.log(left ? 'left' : answer.startsWith('HTTP/1.1 403') ? 'refused' : 'silent');\n"
    "                    process.exit(); };\n"
    "const s = tls.createServer(o, (c) => c.on('data', (d) => { left += d.length; end(); })).listen(0, '127.0.0.1', () => {\n"
    "  const c = tls.connect({ ...o, host: '127.0.0.1', port: s.address().port, servername: H, rejectUnauthorized: false });\n"
    "  c.on('secureConnect', () => c.write(`POST / HTTP/1.1\\r\\nHost: ${H}\\r\\nX-Amz-Target: DynamoDB_20120810.ListTables\\r\\n"
    "Content-Length: 2\\r\\n\\r\\n{}`));\n"
    "  c.on('data', (d) => { answer += d; end(); }); c.on('error', end); setTimeout(end, 5000);\n"
    "});\n";

static const struct { const char *prefix, *flag, *program; } languages[] = {
    { "python3", "-c", python_program }, { "node", "-e", node_program }
};

struct doctor {
    bool json, colour, first;
    unsigned held, runtimes;            /* that the guard held, of those found */
    bool broken;                        /* something without which the guard is nothing */
    char guard[PATH_MAX];
};

static void
report(struct doctor *d, const char *name, bool ok, const char *detail, const char *means)
{
    if (d->json) {
        printf("%s{\"probe\":", d->first ? "" : ",");
        alps_json_print(stdout, alps_slice_of(name));
        printf(",\"ok\":%s,\"detail\":", ok ? "true" : "false");
        alps_json_print(stdout, alps_slice_of(detail));
        printf(",\"means\":");
        alps_json_print(stdout, alps_slice_of(means));
        printf("}");
    } else {
        printf("%s%-4s%s%-36s %-34s %s\n", d->colour ? ok ? "\033[32m" : "\033[33m" : "", ok ? "ok" : "no",
               d->colour ? "\033[0m" : "", name, detail, means);
    }
    d->first = false;
    fflush(stdout);
}

/* Run ${argv}, with the guard in it and an allowlist that allows nothing, or without (NULL); the first line it prints. */
static void
run(const char *guard, char *const *argv, char *line, size_t cap)
{
    int out[2], null;
    ssize_t n = 0, got;
    pid_t pid;

    line[0] = '\0';
    if (pipe2(out, O_CLOEXEC) != 0)
        return;
    pid = fork();
    if (pid == 0) {
        null = open("/dev/null", O_RDWR);
        alarm(SECONDS);
        dup2(null, 0);
        dup2(out[1], 1);
        dup2(null, 2);
        if (guard)
            setenv("LD_PRELOAD", guard, 1);
        setenv("ALPS_ALLOWLIST", "{\"alps\": 1}", 1);
        setenv("ALPS_MODE", "enforce", 1);
        setenv("ALPS_LOG", "/dev/null", 1);
        execv(argv[0], argv);
        _exit(127);
    }
    close(out[1]);
    while ((got = read(out[0], line + n, cap - 1 - (size_t)n)) > 0)
        n += got;
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    close(out[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void
check_preload(struct doctor *d)
{
    char line[PATH_MAX], program[PATH_MAX];
    bool ok = false;

    if (!alps_guard_find(d->guard, sizeof d->guard)) {
        d->guard[0] = '\0';
        d->broken = true;
        report(d, "libalps_guard.so", false, "not found", "it belongs beside alps, or in ../lib/alps");
        return;
    }
    report(d, "libalps_guard.so", true, d->guard, "");
    if (alps_program_find("grep", program, sizeof program)) {
        char pattern[] = "-m1", what[] = "libalps_guard.so", maps[] = "/proc/self/maps";
        char *argv[] = { program, pattern, what, maps, NULL };

        run(d->guard, argv, line, sizeof line);
        ok = strstr(line, what) != NULL;
    }
    d->broken |= !ok;
    report(d, "LD_PRELOAD", ok, ok ? "the guard is in the child" : "the guard is not in the child",
           ok ? "programs that are linked dynamically can be guarded" : "nothing can be guarded");
}

static void
check_runtime(struct doctor *d, const char *path, size_t language)
{
    char line[64], why[PATH_MAX + 128], name[PATH_MAX], flag[8], *program = strdup(languages[language].program);
    char *argv[] = { name, flag, program, NULL };
    bool ok;

    snprintf(name, sizeof name, "%s", path);
    snprintf(flag, sizeof flag, "%s", languages[language].flag);
    run(NULL, argv, line, sizeof line);
    if (strcmp(line, "left") != 0)                  /* it does not run at all, or has no TLS */
        goto free_program;
    d->runtimes++;
    if (!alps_program_can_be_held(argv, why, sizeof why)) {
        report(d, path, false, "cannot be preloaded", why);
    } else {
        run(d->guard, argv, line, sizeof line);
        ok = strcmp(line, "refused") == 0;
        d->held += ok;
        report(d, path, ok,
               ok ? "unlisted call refused, 0 bytes left" : strcmp(line, "left") == 0 ? "the call left" : "no answer",
               ok ? "functions in it can be guarded" : "the guard does not hold it");
    }
free_program:
    free(program);
}

static bool
is_version(const char *s)
{ return s[strspn(s, ".0123456789")] == '\0'; }

/* Every python3, python3.N and node on the PATH; the same file under two names once. */
static void
check_runtimes(struct doctor *d)
{
    static const char *const names[] = { "python3", "python3.8", "python3.9", "python3.10", "python3.11", "python3.12",
                                         "python3.13", "python3.14", "node" };
    char *seen[RUNTIMES] = { NULL };
    unsigned n_seen = 0;
    const char *dirs = getenv("PATH");

    for (const char *p = dirs ? dirs : ""; *p; p += *p == ':') {
        size_t n = strcspn(p, ":");

        for (size_t i = 0; i < sizeof names / sizeof *names && n_seen < RUNTIMES; i++) {
            char path[PATH_MAX], *real = NULL;
            bool new = true;

            snprintf(path, sizeof path, "%.*s/%s", (int)n, p, names[i]);
            if (n == 0 || access(path, X_OK) != 0 || !(real = realpath(path, NULL)))
                continue;
            for (unsigned k = 0; k < n_seen; k++)
                new = new && strcmp(seen[k], real) != 0;
            if (!new) {
                free(real);
                continue;
            }
            seen[n_seen++] = real;
            for (size_t l = 0; l < sizeof languages / sizeof *languages; l++)
                if (strncmp(names[i], languages[l].prefix, strlen(languages[l].prefix)) == 0 &&
                    is_version(names[i] + strlen(languages[l].prefix)))
                    check_runtime(d, path, l);
        }
        p += n;
    }
    while (n_seen > 0)
        free(seen[--n_seen]);
}

int
alps_cmd_doctor(int argc, char **argv)
{
    struct doctor d = { .first = true, .colour = isatty(STDOUT_FILENO) };
    struct alps_args a;

    if (!alps_args_read(argc, argv, &a))
        return ALPS_BAD_USE;
    if (a.n_rest) {
        fprintf(stderr, "alps doctor: it takes no operands\n");
        return ALPS_BAD_USE;
    }
    d.json = alps_args_value(&a, "--json");
    if (d.json)
        printf("{\"probes\":[");
    check_preload(&d);
    if (!d.broken)
        check_runtimes(&d);
    for (size_t i = 0; i < alps_probe_count; i++) {
        int error = alps_probe_try(&alps_probes[i]);

        d.broken |= i == 0 && error;
        report(&d, alps_probes[i].name, error == 0, error ? strerror(error) : "", error ? alps_probes[i].no : alps_probes[i].yes);
    }
    if (d.held < d.runtimes)
        d.broken = true;
    if (d.json)
        printf("],\"guard\":%s}\n", d.broken ? "false" : "true");
    else
        printf("\n%s: %u of %u runtimes on the PATH are held.\n",
               d.broken ? "The guard does not hold everything here" : "The guard works here", d.held, d.runtimes);
    return d.broken ? ALPS_FINDING : ALPS_FINE;
}
