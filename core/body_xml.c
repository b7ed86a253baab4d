/* Every name of a path is one level of elements below the document element; "[]" behind a name lets it come more than
 * once, each of them one element. */
#include "core/body_walk.h"

void
alps_body_xml_init(struct alps_body *b)
{ memset(&b->walk.xml, 0, sizeof b->walk.xml); }

static bool
is_blank(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return false;
    return true;
}

/* Text where a structure was to be: before, between or behind the children of an element. */
static int
no_text(struct alps_body *b)
{
    alps_slice text = alps_body_text(b, (alps_slice){ b->value, 0 });
    bool blank = is_blank(text) && !b->too_long;

    b->too_long = false;
    return blank ? 0 : -ALPS_BODY_TYPE;
}

static int
take_start(struct alps_body *b, alps_slice name)
{
    struct alps_body_xml *x = &b->walk.xml;
    struct alps_body_level *in = &x->level[x->depth];
    alps_paths here = 0, once = 0;
    int rc;

    if (x->depth == 0) {
        here = (alps_paths)((1u << b->n_paths) - 1);
    } else {
        in->array = true;
        if ((rc = no_text(b)) < 0)
            return rc;
        for (alps_paths p = in->through; p; p &= (alps_paths)(p - 1)) {
            unsigned i = (unsigned)__builtin_ctz(p);
            struct alps_segment s = alps_body_segment(b, i, x->depth - 1u);

            if ((rc = alps_body_key(s.name, name)) < 0)
                return rc;
            if (rc == 0)
                continue;
            here |= (alps_paths)(1u << i);
            if (s.name.p[s.name.n] != '[')
                once |= (alps_paths)(1u << i);
        }
        if (once & in->seen)
            return -ALPS_BODY_DUPLICATE;
        in->seen |= once;
    }
    if (here == 0) {
        alps_xml_skip(&x->xml);
        return 0;
    }
    x->level[x->depth + 1] = (struct alps_body_level){
        here, (alps_paths)(here & ~alps_body_ended(b, here, x->depth)), 0, false
    };
    x->depth++;
    return 0;
}

static int
take_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_body_xml *x = &b->walk.xml;
    struct alps_body_level *in = &x->level[x->depth--];
    alps_paths ended = (alps_paths)(in->here & ~in->through);
    int rc;

    if (in->array || in->through) {                     /* a structure; an empty one is one, too */
        rc = no_text(b);
        if (rc == 0)
            rc = alps_body_tell(b, sink, in->array ? ALPS_BODY_PRESENT : ALPS_BODY_STRING, ended, (alps_slice){ b->value, 0 });
    } else {
        rc = alps_body_tell(b, sink, ALPS_BODY_STRING, ended, alps_body_text(b, (alps_slice){ b->value, 0 }));
    }
    return rc ? rc : alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, alps_body_elements(b, in->here, x->depth),
                                    (alps_slice){ NULL, 0 });
}

int
alps_body_xml_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    struct alps_body_xml *x = &b->walk.xml;
    alps_slice text;
    size_t at = 0;
    int rc;

    while ((rc = alps_xml_feed(&x->xml, content, &at, &text)) > 0) {
        if (rc == ALPS_XML_START) {
            rc = take_start(b, text);
        } else if (rc == ALPS_XML_END) {
            rc = take_end(b, sink);
        } else {
            alps_body_add(b, text);
            rc = 0;
        }
        if (rc)
            return rc;
    }
    return rc;
}

int
alps_body_xml_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    (void)sink;
    return b->walk.xml.xml.state == 0 ? 0 : alps_xml_end(&b->walk.xml.xml);     /* no body: every member is absent */
}
