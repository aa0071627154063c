#ifndef SYSSPEC_VERDICT_H_
#define SYSSPEC_VERDICT_H_

// What a line is, and into which tokens its head is cut.

#include "line.h"
#include "state.h"
#include "tokens.h"

typedef struct {
  enum TokenType start;
  // Of the section that the line opens, when it is a heading.
  enum Section section;
  bool opens_section;
  Step steps[PLAN_MAX];
  unsigned count;
  // How far the steps reach.
  unsigned reach;
} Verdict;

// Items are announced as the first of a list; one that is not is announced otherwise when the time has come.
static inline bool is_item(const Verdict *v) { return v->start == LIST_START || v->start == CASE_LIST_START; }

static inline void verdict_begin(Verdict *v, enum TokenType start) {
  v->start = start;
  v->section = SECTION_OTHER;
  v->opens_section = false;
  v->count = 0;
  v->reach = 0;
}

// Plans a token over `[from, to)`; what is before it and not planned is skipped.
static inline void step(Verdict *v, enum TokenType token, unsigned from, unsigned to) {
  if (v->count == PLAN_MAX || from < v->reach || to < from) return;
  v->steps[v->count++] = (Step){(uint8_t)token, (uint16_t)(from - v->reach), (uint16_t)(to - from)};
  v->reach = to;
}

// Plans a token from the first visible character at or after `from` to the end of the line, if there is one. In a line that is longer than the
// buffer it may stand beyond, and the token is planned in any case: what a head does not take must not be left over.
static inline void step_rest(Verdict *v, enum TokenType token, Line *line, unsigned from) {
  from = skip_blanks(line, from);
  if (ends_at(line, from) || v->count == PLAN_MAX) return;
  v->steps[v->count++] = (Step){(uint8_t)token, (uint16_t)(from - v->reach), TO_LINE_END};
  v->reach = LINE_CAPACITY;
}

#endif
