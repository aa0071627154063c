#ifndef SYSSPEC_LISTS_H_
#define SYSSPEC_LISTS_H_

// Lists nest by the indentation of their markers: an item two columns or more to the right of the open one begins a list inside it; any other
// line belongs to the innermost item whose marker stands to the left of it.

#include "verdict.h"

enum { NESTING_COLUMNS = 2 };

// Whether a line in this column, not an item itself, belongs to no list.
static inline bool is_outside_lists(const Scanner *s, unsigned indent) { return s->depth == 0 || s->list_indent[0] >= indent; }

// Whether an item in this column begins a list inside the open item of the list at `depth` (counted from 1).
static inline bool nests_under(const Scanner *s, unsigned depth, unsigned indent) {
  return depth < LIST_DEPTH_MAX && indent >= (unsigned)s->list_indent[depth - 1] + NESTING_COLUMNS;
}

static inline unsigned lists_ended(const Scanner *s, const Verdict *v, unsigned indent) {
  unsigned n = 0;
  while (n < s->depth) {
    unsigned list = s->list_indent[s->depth - 1 - n];
    bool stays = is_item(v) ? indent >= list : indent > list;
    if (stays && !v->opens_section) break;
    n++;
  }
  return n;
}

// An item in this column begins a list inside the innermost open item (or at the outside), rather than going on with the innermost list.
static inline bool opens_list(const Scanner *s, unsigned indent) {
  if (s->depth == 0) return true;
  return s->item_open && nests_under(s, s->depth, indent);
}

// Each list ends with its open item, and then itself; the first item may have been ended already.
static inline unsigned ends_of_lists(const Scanner *s, unsigned lists) { return lists == 0 ? 0 : 2 * lists - (s->item_open ? 0 : 1); }

static inline unsigned ends_at_eof(const Scanner *s) { return ends_of_lists(s, s->depth); }

// The number of item and list ends that must come before the line.
static inline unsigned ends_before(const Scanner *s, const Verdict *v, unsigned indent) {
  unsigned lists = lists_ended(s, v, indent);
  unsigned ends = ends_of_lists(s, lists);
  unsigned left = s->depth - lists;
  if (!is_item(v) || left == 0) return ends;
  bool open = lists > 0 || s->item_open;
  return ends + (open && !nests_under(s, left, indent) ? 1 : 0);
}

// Returns one pending end; the end of the token is marked already.
static inline bool scan_pending_end(Scanner *s, TSLexer *lexer) {
  s->pending_ends--;
  s->in_paragraph = false;
  if (s->item_open) {
    s->item_open = false;
    lexer->result_symbol = ITEM_END;
  } else {
    if (s->depth > 0) s->depth--;
    s->item_open = s->depth > 0;
    lexer->result_symbol = LIST_END;
  }
  // What follows was decided together with the first of these ends.
  if (s->pending_ends == 0) s->next_line_known = true;
  return true;
}

static inline bool scan_pending_end_here(Scanner *s, TSLexer *lexer) {
  lexer->mark_end(lexer);
  return scan_pending_end(s, lexer);
}

#endif
