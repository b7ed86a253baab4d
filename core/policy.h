/* core/policy.h: what one function is allowed.  Opaque, in the caller's arena, const once sealed; alps_policy_covers
 * reads and allocates nothing. */
#ifndef ALPS_POLICY_H
#define ALPS_POLICY_H

#include "core/arena.h"
#include "core/catalog.h"

/* In a pattern these bytes are wildcards; every other byte, '*' included, is itself.  Text from the environment can
 * therefore never become a wildcard. */
enum { ALPS_ANY = 2, ALPS_ONE = 3 };
enum { ALPS_ACTION_ANY = 0xffff };      /* "*" as an action: every action of the rule's service */

struct alps_policy;

/* ${rules}, ${hosts}, ${endpoints}: the most that will be added.  NULL when the arena is full. */
struct alps_policy *alps_policy_new(struct alps_arena *, const struct alps_catalog *, size_t rules, size_t hosts,
                                    size_t endpoints);
void alps_policy_context(struct alps_policy *, const struct alps_context *);        /* slices must outlive the policy */

struct alps_rule {
    alps_action_id action;              /* or ALPS_ACTION_ANY, ALPS_ACTION_NAMED */
    alps_slice service;                 /* IAM prefix, "dynamodb": what ALPS_ACTION_ANY ranges over; for NAMED the name */
    alps_slice pattern;                 /* canonical resource with ALPS_ANY and ALPS_ONE; one that alps_azure_folds()
                                         * speaks of is in small letters */
    alps_slice label;                   /* how people name the rule: "dynamodb:GetItem arn:…:table/${env:TABLE}" */
};
/* Slices must outlive the policy.  0 or a negated reason. */
ALPS_MUST int alps_policy_allow(struct alps_policy *, const struct alps_rule *);
/* "api.stripe.com", "*.example.com" (one or more labels), with ":443" or without (443 then). */
ALPS_MUST int alps_policy_host(struct alps_policy *, alps_slice host);
/* An emulator or private endpoint: "localhost:4566" speaks ${vendor}'s API. */
ALPS_MUST int alps_policy_endpoint(struct alps_policy *, alps_slice host, enum alps_vendor);
/* Sorts; nothing is added afterwards. */
const struct alps_policy *alps_policy_seal(struct alps_policy *);

const struct alps_catalog *alps_policy_catalog(const struct alps_policy *);
/* The context for a request to ${host} (Host field): configured values, and the vendor if it is a listed endpoint. */
struct alps_context alps_policy_context_for(const struct alps_policy *, alps_slice host);

/* Does a rule cover the access?  ${rule}: its number (order of adding, from 0), untouched if none.
 * Wildcards: ALPS_ANY is any run within its field (ARN: ':'-separated, five times; other names: '/'), in the last field
 * any run at all; linear time, no recursion.  A resource field that is ALPS_MARK_UNKNOWN matches ALPS_ANY alone,
 * or the same mark: the own account, when neither request nor configuration gives its number. */
bool alps_policy_covers(const struct alps_policy *, alps_action_id, alps_slice resource, uint32_t *rule);
/* The same for an access, whose action may have no id. */
bool alps_policy_covers_access(const struct alps_policy *, const struct alps_access *, uint32_t *rule);
bool alps_policy_reaches(const struct alps_policy *, alps_slice host);              /* listed under hosts? */
alps_slice alps_policy_label(const struct alps_policy *, uint32_t rule);

/* The matcher by itself, for `alps explain` and the analyzer. */
bool alps_pattern_matches(alps_slice pattern, alps_slice resource);

#endif
