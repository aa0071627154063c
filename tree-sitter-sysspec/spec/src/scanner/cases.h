#ifndef SYSSPEC_CASES_H_
#define SYSSPEC_CASES_H_

// Cases of a post-condition: `**Case 1 (label)** guard: outcome` in all its spellings, and `Success, return 0:`.

#include "labels.h"

// The parts of a case's head, as places in the line. `label == label_end` when there is none.
typedef struct {
  unsigned open;
  unsigned word_end;
  unsigned number, number_end;
  unsigned label, label_end;
  unsigned close;
  unsigned guard, colon;
} CaseHead;

// Narrows `[*from, *to)` to what is inside the parentheses when one pair encloses all of it, and drops separators around it.
static inline void strip_label(Line *line, unsigned *from, unsigned *to) {
  *from = skip_blanks(line, *from);
  if (*from > *to) *from = *to;
  *to = trim_end(line, *from, *to);
  while (*to > *from && line->at[*to - 1] == ':') *to = trim_end(line, *from, *to - 1);
  while (*from < *to && (line->at[*from] == ':' || line->at[*from] == '-' || line->at[*from] == '.' || line->at[*from] == 0x2013)) {
    *from = skip_blanks(line, *from + 1);
  }
  if (*from > *to) *from = *to;
  if (*from < *to && line->at[*from] == '(' && closing_paren(line, *from, *to) + 1 == *to) {
    *from = skip_blanks(line, *from + 1);
    *to = *from < *to ? trim_end(line, *from, *to - 1) : *from;
  }
}

// Looks for `guard:` from `i` on. An outcome that itself holds a colon after the end of a sentence has no guard.
static inline void find_guard(Line *line, unsigned i, CaseHead *head) {
  unsigned colon = find_outside_code(line, i, ':');
  if (!is_whole(line) || colon >= line_length(line) || sentence_ends(line, i, colon)) return;
  head->guard = i;
  head->colon = colon;
}

// The number of a case: 1, 2a, 1.2. Gives its end, or 0.
static inline unsigned case_number_end(Line *line, unsigned i) {
  unsigned start = i;
  while (is_digit(line_at(line, i))) i++;
  if (i == start) return 0;
  if (is_letter(line_at(line, i)) && !is_word(line_at(line, i + 1))) i++;
  while (line_at(line, i) == '.' && is_digit(line_at(line, i + 1))) {
    i++;
    while (is_digit(line_at(line, i))) i++;
  }
  return is_word(line_at(line, i)) ? 0 : i;
}

// "Case" and its number, with or without a blank between them.
static inline bool case_word(Line *line, unsigned i, CaseHead *head) {
  static const char WORD[] = "case";
  for (const char *w = WORD; *w; w++, i++) {
    while (is_invisible(line_at(line, i))) i++;
    if (lower(line_at(line, i)) != *w) return false;
  }
  head->word_end = i;
  head->number = skip_blanks(line, i);
  head->number_end = case_number_end(line, head->number);
  return head->number_end != 0;
}

// A head in stars: all of it up to the closing stars is the label; then a colon, or a guard and a colon, or neither.
static inline void starred_tail(Line *line, unsigned close_end, CaseHead *head) {
  bool colon_inside = head->label_end > head->label && line->at[trim_end(line, head->label, head->label_end) - 1] == ':';
  strip_label(line, &head->label, &head->label_end);
  head->close = skip_colon(line, close_end);
  if (head->close > close_end || colon_inside) return;
  unsigned rest = skip_blanks(line, close_end);
  if (line_at(line, rest) != BEYOND) find_guard(line, rest, head);
}

// A head without stars: a parenthesised label, then a colon, a guard and a colon, or the end of the line.
static inline bool plain_tail(Line *line, CaseHead *head) {
  unsigned i = skip_blanks(line, head->number_end);
  unsigned paren = line_at(line, i) == '(' ? closing_paren(line, i, line_length(line)) : 0;
  head->label = head->label_end = head->number_end;
  head->close = head->number_end;
  if (paren) {
    head->label = i;
    head->label_end = head->close = paren + 1;
    strip_label(line, &head->label, &head->label_end);
    i = skip_blanks(line, paren + 1);
  }
  if (line_at(line, i) == BEYOND) return line->ended;
  if (line->at[i] == ':') {
    head->close = i + 1;
    return true;
  }
  find_guard(line, i, head);
  return head->colon != 0;
}

static inline bool numbered_case(Line *line, unsigned i, CaseHead *head) {
  *head = (CaseHead){.open = i};
  unsigned stars = run_length(line, i, '*');
  if (!case_word(line, skip_blanks(line, i + stars), head)) return false;
  unsigned close = stars ? find_stars(line, head->number_end, stars < 2 ? stars : 2) : line_length(line);
  if (close >= line_length(line)) return plain_tail(line, head);
  head->label = head->number_end;
  head->label_end = close;
  starred_tail(line, close + run_length(line, close, '*'), head);
  return true;
}

// What may follow the word "success" or "failure" in an outcome label, from `i` to `end`: nothing, `(…)`, `return …` or `, return …`.
static inline bool outcome_tail(Line *line, unsigned i, unsigned end) {
  static const char *const RETURNS[] = {"return", "returns", "returning", "case", NULL};
  i = skip_blanks(line, i);
  if (i >= end) return true;
  if (line->at[i] == ',') i = skip_blanks(line, i + 1);
  int32_t c = line_at(line, i);
  return (c == '(' || c == ')' || c == ':' || match_any(line, i, RETURNS)) && !sentence_ends(line, i, end);
}

// `(Success):`, `**On Failure (return 1)**:`, `On Success (return 0):`, `Failure, return 1:`
static inline bool outcome_case(Line *line, unsigned i, CaseHead *head) {
  static const char *const OUTCOMES[] = {"on success", "on failure", "on error", "success", "failure", NULL};
  *head = (CaseHead){.open = i};
  unsigned stars = run_length(line, i, '*');
  unsigned start = skip_blanks(line, i + stars);
  unsigned word = line_at(line, start) == '(' ? skip_blanks(line, start + 1) : start;
  unsigned word_end = match_any(line, word, OUTCOMES);
  if (!word_end) return false;

  unsigned close = stars ? find_stars(line, word_end, stars < 2 ? stars : 2) : line_length(line);
  bool starred = close < line_length(line);
  unsigned colon = starred ? 0 : find_outside_code(line, word_end, ':');
  if (!starred && colon >= line_length(line)) return false;
  unsigned end = starred ? close : colon;
  if (!outcome_tail(line, word_end, end)) return false;
  head->word_end = start;
  head->label = start;
  head->label_end = end;
  strip_label(line, &head->label, &head->label_end);
  unsigned close_end = starred ? close + run_length(line, close, '*') : colon;
  head->close = skip_colon(line, close_end);
  bool colon_inside = starred && line->at[trim_end(line, start, close) - 1] == ':';
  bool alone = ends_at(line, skip_blanks(line, head->close));
  return head->close > close_end || colon_inside || alone;
}

static inline void case_steps(const CaseHead *head, Verdict *v) {
  bool labelled = head->label < head->label_end;
  if (head->number_end) {
    step(v, CASE_OPEN, head->open, head->word_end);
    step(v, CASE_NUMBER, head->number, head->number_end);
    if (labelled) step(v, CASE_LABEL, head->label, head->label_end);
  } else {
    step(v, CASE_OPEN, head->open, head->label);
    step(v, OUTCOME_LABEL, head->label, head->label_end);
  }
  step(v, head->colon ? GUARD_START : CASE_CLOSE, v->reach, head->close);
}

static inline bool case_line(Line *line, Verdict *v) {
  unsigned marker = marker_length(line, 0);
  unsigned i = skip_blanks(line, marker);
  CaseHead head;
  if (!numbered_case(line, i, &head) && !outcome_case(line, i, &head)) return false;
  if (!head.number_end && head.label >= head.label_end) return false;
  verdict_begin(v, marker ? CASE_LIST_START : CASE_START);
  if (marker) step(v, CASE_MARKER, 0, marker);
  case_steps(&head, v);
  return true;
}

#endif
