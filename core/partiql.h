/* core/partiql.h: what one PartiQL statement of DynamoDB does, and to which table.  Every token is read, so that no text
 * or quoted name can pass for a keyword; what is not certain is refused: comments, a second statement, joins, sub-queries,
 * aliases, Ion literals, names that are no table's.
 * Facts: "PartiQL for DynamoDB reference"; the PartiQL specification for tokens. */
#ifndef ALPS_PARTIQL_H
#define ALPS_PARTIQL_H

#include "core/slice.h"

enum alps_partiql_verb { ALPS_PARTIQL_SELECT, ALPS_PARTIQL_INSERT, ALPS_PARTIQL_UPDATE, ALPS_PARTIQL_DELETE };

struct alps_partiql {
    enum alps_partiql_verb verb;    /* EXISTS(SELECT …), a transaction's condition, is a SELECT */
    alps_slice table;               /* its name or ARN, in the statement; or what stands for it in analysed source */
    alps_slice index;               /* n = 0: none */
};

/* 0 with ${p} filled in; -STATEMENT, or -BAD_NAME when table or index are named in a way that no table is. */
ALPS_MUST int alps_partiql_read(alps_slice statement, struct alps_partiql *p);

/* "Select": as the actions are named.  Static. */
alps_slice alps_partiql_verb_name(enum alps_partiql_verb);

#endif
