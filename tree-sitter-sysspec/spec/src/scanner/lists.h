#ifndef SYSSPEC_LISTS_H_
#define SYSSPEC_LISTS_H_

// Lists nest by the indentation of their markers: an item two columns or more to the right of the open one begins a list inside it; any other
// line belongs to the innermost item whose marker stands to the left of it. An item ends with the next one of its list, or with the list.

#include "verdict.h"

enum { NESTING_COLUMNS = 2 };

// Whether a line in this column, not an item itself, belongs to no list.
static inline bool is_outside_lists(const Scanner *s, unsigned indent) { return s->depth == 0 || s->list_indent[0] >= indent; }

// Whether an item in this column begins a list inside the open item, or outside of all lists.
static inline bool opens_list(const Scanner *s, unsigned indent) {
  if (s->depth == 0) return true;
  return s->depth < LIST_DEPTH_MAX && indent >= (unsigned)s->list_indent[s->depth - 1] + NESTING_COLUMNS;
}

// The number of lists that a line in this column ends whatever it is.
static inline unsigned lists_right_of(const Scanner *s, unsigned indent) {
  unsigned n = 0;
  while (n < s->depth && s->list_indent[s->depth - 1 - n] > indent) n++;
  return n;
}

// Returns one pending end; the end of the token is marked already.
static inline bool scan_pending_end(Scanner *s, TSLexer *lexer) {
  s->pending_ends--;
  s->depth--;
  s->in_paragraph = false;
  lexer->result_symbol = LIST_END;
  return true;
}

static inline bool end_lists(Scanner *s, TSLexer *lexer, unsigned lists) {
  s->pending_ends = (uint8_t)lists;
  return scan_pending_end(s, lexer);
}

#endif
