/* core/reason.h: every reason for a verdict, once: name and sentence.  Adapters print the name, people
 * read the sentence; the corpus, the audit log and `alps explain` use the same words. */
#ifndef ALPS_REASON_H
#define ALPS_REASON_H

#define ALPS_REASONS(R)                                                                                  \
    R(NOT_LISTED,       "no rule of the allowlist covers this access")  /* 0: what zeroed memory says */ \
    R(LISTED,           "a rule of the allowlist covers every access of this call")                      \
    R(PLATFORM,         "a call that the platform's own runtime makes")                                  \
    R(HOST_LISTED,      "the host is listed as one that may be reached")                                 \
    R(NO_PERMISSION,    "the operation needs no permission")                                             \
    R(MAPPED,           "the request is understood")                                                     \
    R(NO_POLICY,        "there is no usable allowlist, so nothing may leave")                            \
    R(HOST_NOT_LISTED,  "the host is no cloud API and the allowlist does not name it")                   \
    R(UNKNOWN_API,      "the catalogue has no such request for this service")                            \
    R(UNKNOWN_SERVICE,  "the host looks like a cloud API that the catalogue does not know")              \
    R(MALFORMED_LINE,   "the request line is not one that RFC 9112 allows")                              \
    R(MALFORMED_FIELD,  "a header field is not one that RFC 9110 and RFC 9112 allow")                    \
    R(DUPLICATE_FIELD,  "a header field that decides is there twice")                                    \
    R(HEAD_TOO_LONG,    "the request head is longer than the limit")                                     \
    R(TOO_MANY_FIELDS,  "the request has more header fields than the limit")                             \
    R(FRAMING,          "the length of the body is stated in a way that two readers can read twice")     \
    R(BAD_TARGET,       "the request target is not in origin form, or its escapes are broken")           \
    R(METHOD_OVERRIDE,  "a header asks for another method than the request line")                        \
    R(UPGRADE,          "the connection asks to speak another protocol")                                 \
    R(NOT_HTTP,         "the bytes are no HTTP/1.1 request")                                             \
    R(HTTP2_FRAMES,     "the frames are not ones that RFC 9113 allows a client")                        \
    R(HOST_DIFFERS,     "TLS server name and Host header name different hosts")                          \
    R(SCOPE_DIFFERS,    "the signature is made for another service than the host's")                     \
    R(REGION_DIFFERS,   "the signature is made for another region than the host's")                      \
    R(PROTOCOL_DIFFERS, "the request states its operation in two ways that differ")                      \
    R(BODY_SYNTAX,      "the body is not what its protocol says it is")                                  \
    R(BODY_DUPLICATE,   "the body says the same thing twice")                                            \
    R(BODY_TYPE,        "a member that names a resource is of the wrong type")                           \
    R(BODY_ENCODING,    "the body that names the resource is compressed or in another character set")    \
    R(BODY_DEPTH,       "the body is nested deeper than the limit")                                      \
    R(BODY_LATE,        "the resource is not named within the part of the body that is held back")       \
    R(NO_RESOURCE,      "the request does not name the resource that its action needs")                  \
    R(BAD_NAME,         "a resource name is not in a form that can be compared")                         \
    R(NAME_TOO_LONG,    "a resource name is longer than the limit")                                      \
    R(STATEMENT,        "the statement in the body is not one whose verb and table are certain")             \
    R(BATCH,            "a batch whose parts are no requests that can be judged one by one")              \
    R(POISONED,         "an earlier request on this connection was refused")                             \
    R(UNKNOWN_TLS,      "the TLS library cannot be read")                                                \
    R(SOCKET_KIND,      "only TCP and UDP can be judged, and this socket speaks something else")     \
    R(PEER_UNVERIFIED,  "nobody has verified that the server at the other end is the one it is named")   \
    R(OBSERVED,         "it would have been refused; observe mode lets it pass")                         \
    R(INTERNAL,         "a mistake of ours; the call is refused")

enum alps_reason {
#define ALPS_R(name, text) ALPS_##name,
    ALPS_REASONS(ALPS_R)
#undef ALPS_R
    ALPS_REASON_COUNT
};

/* "NOT_LISTED"; "?" for a number that is no reason.  Static strings. */
const char *alps_reason_name(unsigned reason);
/* "no rule of the allowlist covers this access" */
const char *alps_reason_text(unsigned reason);

#endif
