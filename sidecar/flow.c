#include "sidecar/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"

static const char *const hook_name[] = {
#define ALPS_H(name, text) [ALPS_HOOK_##name] = #text,
    ALPS_HOOKS(ALPS_H)
#undef ALPS_H
};

bool
alps_flow_address(const char *text, uint8_t addr[16])
{
    struct alps_flow flow = { .port = 0 };
    struct in_addr v4;
    __u32 v6[4];

    if (inet_pton(AF_INET, text, &v4) == 1)
        alps_flow_set4(&flow, v4.s_addr);
    else if (inet_pton(AF_INET6, text, v6) == 1)
        alps_flow_set6(&flow, v6);
    else
        return false;
    memcpy(addr, flow.addr, 16);
    return true;
}

/* "443", "443/tcp", "443/udp" */
static bool
parse_port(const char *text, struct alps_flow *out)
{
    unsigned port = 0;
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5)
        return false;
    for (size_t i = 0; i < digits; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    if (port == 0 || port > 65535)
        return false;
    out->port = htons((uint16_t)port);
    if (text[digits] == 0 || strcmp(text + digits, "/tcp") == 0)
        out->proto = ALPS_FLOW_TCP;
    else if (strcmp(text + digits, "/udp") == 0)
        out->proto = ALPS_FLOW_UDP;
    else
        return false;
    return true;
}

bool
alps_flow_parse(const char *text, struct alps_flow *out)
{
    char address[INET6_ADDRSTRLEN];
    bool bracket = text[0] == '[';
    const char *from = text + bracket;
    const char *to = strchr(from, bracket ? ']' : ':');

    *out = (struct alps_flow){ .port = 0 };
    if (!to || (size_t)(to - from) >= sizeof address)
        return false;
    memcpy(address, from, (size_t)(to - from));
    address[to - from] = 0;
    if (bracket != (strchr(address, ':') != NULL) || !alps_flow_address(address, out->addr))
        return false;
    to += bracket;
    return *to == ':' && parse_port(to + 1, out);
}

int
alps_flow_resolvers(struct alps_egress *egress, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, *save, *word;
    size_t cap = 0;
    int joined = 0;

    if (!file)
        return -1;
    while (egress->n_resolvers < ALPS_RESOLVERS && getline(&line, &cap, file) >= 0) {
        word = strtok_r(line, " \t\n", &save);
        if (!word || strcmp(word, "nameserver") != 0 || !(word = strtok_r(NULL, " \t\n", &save)))
            continue;
        word[strcspn(word, "%")] = 0;                               /* fe80::1%eth0: the kernel's hook sees no zone */
        if (alps_flow_address(word, egress->resolver[egress->n_resolvers])) {
            egress->n_resolvers++;
            joined++;
        }
    }
    free(line);
    fclose(file);
    return joined;
}

void
alps_flow_print(const struct alps_flow *flow, char *out)
{
    char address[INET6_ADDRSTRLEN] = "";
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (memcmp(flow->addr, mapped, sizeof mapped) == 0) {
        inet_ntop(AF_INET, flow->addr + sizeof mapped, address, sizeof address);
        snprintf(out, ALPS_FLOW_TEXT, "%s:%u", address, (unsigned)ntohs(flow->port));
    } else {
        inet_ntop(AF_INET6, flow->addr, address, sizeof address);
        snprintf(out, ALPS_FLOW_TEXT, "[%s]:%u", address, (unsigned)ntohs(flow->port));
    }
}

static void
add_protocol(struct alps_text *t, unsigned proto)
{
    alps_text_add(t, ",\"protocol\":");
    if (proto == ALPS_FLOW_TCP || proto == ALPS_FLOW_UDP)
        alps_text_add(t, proto == ALPS_FLOW_TCP ? "\"tcp\"" : "\"udp\"");
    else
        alps_text_number(t, proto, 1);
}

static void
add_at(struct alps_text *t, int64_t at_us)
{
    time_t second = (time_t)(at_us / 1000000);
    struct tm tm = { .tm_mday = 1 };
    char date[40] = "";

    gmtime_r(&second, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S.", &tm);
    alps_text_add(t, "{\"at\":\"");
    alps_text_add(t, date);
    alps_text_number(t, (uint64_t)(at_us % 1000000), 6);
    alps_text_add(t, "Z\"");
}

static void
add_number(struct alps_text *t, const char *name, uint64_t value)
{
    alps_text_add(t, name);
    alps_text_number(t, value, 1);
}

size_t
alps_event_json(const struct alps_event *event, int64_t at_us, const char *function, char *out, size_t cap)
{
    struct alps_text t = { out, 0, cap };
    char host[ALPS_FLOW_TEXT];

    add_at(&t, at_us);
    alps_text_add(&t, event->reason == ALPS_OBSERVED ? ",\"verdict\":\"allow\"" : ",\"verdict\":\"deny\"");
    alps_text_add(&t, ",\"reason\":");
    alps_text_string(&t, alps_slice_of(alps_reason_name(event->reason)));
    alps_text_add(&t, ",\"vendor\":null,\"operation\":null,\"accesses\":[],\"rule\":null,\"host\":");
    alps_flow_print(&event->flow, host);
    alps_text_string(&t, event->hook == ALPS_HOOK_SOCKET ? (alps_slice){ NULL, 0 } : alps_slice_of(host));
    alps_text_add(&t, ",\"via\":\"kernel\",\"function\":");
    alps_text_string(&t, function ? alps_text_clip(alps_slice_of(function), 64) : (alps_slice){ NULL, 0 });
    add_number(&t, ",\"pid\":", event->pid);
    add_number(&t, ",\"uid\":", event->uid);
    alps_text_add(&t, ",\"hook\":");
    alps_text_string(&t, event->hook < ALPS_HOOK_COUNT ? alps_slice_of(hook_name[event->hook])
                                                      : (alps_slice){ NULL, 0 });
    add_protocol(&t, event->flow.proto);
    alps_text_add(&t, ",\"comm\":");
    alps_text_string(&t, (alps_slice){ (const uint8_t *)event->comm, strnlen(event->comm, sizeof event->comm) });
    alps_text_add(&t, "}\n");
    return t.n <= cap ? t.n : 0;
}
