/* core/call_state.h: the inside of struct alps_call, here only so that callers can embed it.
 * Callers read the first block; the second belongs to call.c.  It may be copied by value at any time: it points
 * into the catalogue, never into itself or into the request. */

enum {
    ALPS_CALL_NEEDS   = 48,         /* accesses of all candidates together */
    ALPS_CALL_SLOTS   = 32,         /* members they name */
    ALPS_CALL_TEXT    = 6144        /* bytes of their values */
};

struct alps_call {
    enum alps_vendor vendor;        /* NONE: the host is no cloud API */
    enum alps_protocol protocol;    /* as spoken, for the refusal; set as early as it is known, even when mapping fails */
    enum alps_body_kind body;       /* ABSENT: the head said everything, alps_call_body need not be called */
    const char *platform;           /* "aws-sts-get-caller-identity": a platform call; NULL: none.  Static. */
    alps_operation_id operation;    /* the first candidate; 0 while it is still in the body (query protocol), or unknown */
    alps_operation_id candidate[ALPS_CANDIDATES];   /* every operation that this request may be: all must be allowed */
    uint8_t n_candidates;
    bool no_permission;             /* understood, and nothing to be allowed: no access will be visited */

    const struct alps_catalog *catalog;
    uint8_t n_services, n_slots, n_needs, n_paths;
    bool named, ended, form_seen;   /* form bodies: operation known; complete; fields arrive one by one */
    uint16_t n_text;                /* bytes used of text */
    uint16_t service[ALPS_CANDIDATES];              /* services that a form body may be for */
    struct alps_call_slot {         /* one member: where its name and value are */
        uint32_t member;            /* index into the catalogue's members; 0: a field that only a form body has named */
        uint16_t at, n;             /* value in text */
        uint8_t path;               /* of the body walk, 0xff: none */
        bool there, nested, plain;  /* seen; inside an array; a value that is no text */
    } slot[ALPS_CALL_SLOTS];
    struct alps_call_need {
        uint32_t need;              /* index into the catalogue's needs */
        uint8_t candidate;
        bool visited, nested;
    } need[ALPS_CALL_NEEDS];
    const char *path[ALPS_BODY_PATHS];
    struct { uint16_t at, n; } region, account, partition;      /* in text; n = 0: unknown */
    struct alps_body walk;
    char text[ALPS_CALL_TEXT];
};
