/* core/xml.h: tokens of a plain XML document, the kind that SDKs write: elements, attributes (passed over), text with the
 * five predefined entities and numeric references.  Refused: DTDs, comments, CDATA, processing instructions (but for a
 * leading declaration that says version 1.0 and UTF-8 or nothing), prefixed element names, any encoding but UTF-8. */
#ifndef ALPS_XML_H
#define ALPS_XML_H

#include "core/utf8.h"

enum { ALPS_XML_DEPTH = 64, ALPS_XML_NAME = 96 };

enum alps_xml_event {
    ALPS_XML_MORE,              /* the input is used up */
    ALPS_XML_START,             /* text: the element's name; empty if it is longer than ALPS_XML_NAME */
    ALPS_XML_TEXT,              /* a run of character data, decoded; line ends are LF */
    ALPS_XML_END
};

struct alps_xml {               /* all zero is a fresh one */
    uint8_t state, depth, floor;
    bool muted, cr, too_long;
    uint8_t quote, brackets;    /* of an attribute's value; of "]]>" */
    uint8_t n_name;             /* of the element, declaration or entity being read */
    struct alps_utf8 utf8;
    uint8_t out[4];
    uint32_t hash;
    char name[ALPS_XML_NAME];
    /* Hashes of the open elements' names: an end tag that is none of ours and still fits fools us alone, for every
     * server refuses the document. */
    uint32_t open[ALPS_XML_DEPTH];
};

/* Read on in ${in} from *${at}, which is moved.  An event, ALPS_XML_MORE at the end of ${in}, or a negated reason
 * (BODY_SYNTAX, BODY_DEPTH), which is final.  ${text} lives until the next call. */
ALPS_MUST int alps_xml_feed(struct alps_xml *, alps_slice in, size_t *at, alps_slice *text);

/* Behind START: no event for what is in the element, nor for its end. */
void alps_xml_skip(struct alps_xml *);

/* No more input comes.  0, or -ALPS_BODY_SYNTAX. */
ALPS_MUST int alps_xml_end(const struct alps_xml *);

#endif
