/* core/call_state.h: the inside of struct alps_call, here only so that callers can embed it.
 * Callers read the first block; the second belongs to call*.c.  It may be copied by value at any time: it points
 * into the catalogue, never into itself or into the request. */

enum {
    ALPS_CALL_NEEDS   = 48,         /* accesses of all candidates together */
    ALPS_CALL_SLOTS   = 40,         /* members they name */
    ALPS_CALL_STRAYS  = 64,         /* fields of a form that come before the operation's name */
    ALPS_CALL_ELEMENTS = 128,       /* of lists in a form */
    ALPS_CALL_TEXT    = 12288,      /* bytes of their values: three quarters hold one of ALPS_BODY_VALUE, and names */
    ALPS_CALL_PART    = 6144        /* bytes of the head of one request in a batch, but for its Authorization */
};

struct alps_call_span { uint16_t at, n; };          /* bytes of text */

struct alps_call {
    enum alps_vendor vendor;        /* NONE: the host is no cloud API */
    /* as spoken, for the refusal; set as early as it is known, even when mapping fails */
    enum alps_protocol protocol;
    enum alps_body_kind body;       /* ABSENT: the head said everything, alps_call_body need not be called */
    const char *platform;           /* "aws-sts-get-caller-identity": a platform call; NULL: none.  Static. */
    /* it is one only if it names nothing but the function's own role: known when every access has been visited */
    bool own_only;
    /* the first candidate; 0 while it is still in the body (query protocol), or unknown */
    alps_operation_id operation;
    alps_operation_id candidate[ALPS_CANDIDATES];   /* every operation that this request may be: all must be allowed */
    uint8_t n_candidates;
    struct alps_call_span named;    /* the operation's own name, where no table has one: alps_call_name() */
    bool tunnelled;                 /* Google: the form in the body is the query of a GET */
    bool no_permission;             /* understood, and nothing to be allowed: no access will be visited */

    bool in_form;                   /* the operation is in a form; its fields come one by one */
    bool full;                      /* a field before the operation's name found no room */
    bool cut_name;                  /* a field's name was too long to be looked at */
    bool linked;                    /* needs know their slots */
    bool in_value;                  /* of a form: the value is being read, not the name */
    uint8_t n_services, n_slots, n_needs, n_paths, n_strays, n_field, n_elements;
    uint16_t n_text, n_form_value;
    uint16_t service[ALPS_CANDIDATES];              /* services that a form may be for */
    const struct alps_catalog *catalog;
    struct alps_call_span role, region, account, partition, site, path_queue, action, version;     /* n = 0: unknown */
    /* Google: the resource's own name as the path has it; the template of an RPC, which replaces those of its accesses;
     * x-goog-request-params; an upload in parts */
    struct alps_call_span own, params;
    const char *recipe;
    struct alps_call_multipart {
        bool on, lines;
        uint8_t state, matched, n_line;
        struct alps_call_span boundary;
    } multipart;
    bool messages;                  /* gRPC: one has ended */
    struct alps_call_slot {         /* one member of one candidate */
        uint32_t member;            /* where its row of the catalogue begins */
        struct alps_call_span value;
        uint8_t candidate, path;    /* path of the body walk; 0xff: none */
        bool there, odd;            /* seen; but no text */
    } slot[ALPS_CALL_SLOTS];
    struct alps_call_need {
        uint32_t row;               /* where it begins, in the catalogue */
        alps_action_id action;
        uint8_t candidate;
        bool visited, ever;         /* in this element, or at all; in any element */
        uint64_t slots;             /* that its template mentions, a bit each; once linked */
    } need[ALPS_CALL_NEEDS];
    struct { struct alps_call_span name, value; bool cut; } stray[ALPS_CALL_STRAYS];
    /* "InstanceId.2": one element of the list that the slot's member is; looked at when the form has ended */
    struct { struct alps_call_span value; uint8_t slot; } element[ALPS_CALL_ELEMENTS];
    const char *path[ALPS_BODY_PATHS];
    uint8_t group[ALPS_BODY_PATHS]; /* the last path of the same array element; 0xff: in none */
    struct alps_form form;
    char field[96];                 /* name of the form field being read; n_field beyond it: too long */
    struct alps_body walk;
    char text[ALPS_CALL_TEXT];
    /* requests in the body (call_batch.c): all above is made anew for each of them, this stays */
    struct alps_call_batch {
        uint8_t kind, state, depth, newline;        /* kind 0: no batch; depth: of multiparts that are open */
        bool tls, any;                              /* any: an access has been visited */
        bool typed, set, folds;                     /* of the part's header: Content-Type seen; a change set; may go on */
        bool fresh;                                 /* the part's body has just begun */
        enum alps_vendor endpoint;
        enum alps_body_kind body;                   /* of the part, while nothing is fed */
        alps_operation_id operation;
        uint16_t n_host, n_head, n_line, n_mark[2];
        uint32_t part;                              /* the one being read; from 1 */
        uint64_t length, content;                   /* of the part's body: as said (UINT64_MAX: not), and so far */
        char mark[2][72], line[168], host[264], head[ALPS_CALL_PART];
    } batch;
};
