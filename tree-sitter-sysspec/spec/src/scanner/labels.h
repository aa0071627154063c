#ifndef SYSSPEC_LABELS_H_
#define SYSSPEC_LABELS_H_

// List markers, and lines that begin with a label: contracts, cases, groups of declarations, phases of an algorithm.

#include <stddef.h>

#include "verdict.h"

// The length of the list marker at `i`, or 0: - * + •, 1. 1), (1) (a) (iv), a. a) iv. iv). A blank or the end of the line must follow.
static inline unsigned marker_length(Line *line, unsigned i) {
  enum { DIGITS_MAX = 4, ROMAN_MAX = 5 };
  unsigned start = i;
  int32_t c = line_at(line, i);
  bool bullet = c == '-' || c == '*' || c == '+' || c == 0x2022;
  if (bullet) {
    i++;
  } else {
    bool open = c == '(';
    if (open) i++;
    unsigned first = i;
    if (is_digit(line_at(line, i))) {
      while (is_digit(line_at(line, i)) && i < first + DIGITS_MAX) i++;
    } else {
      while ((line_at(line, i) == 'i' || line_at(line, i) == 'v' || line_at(line, i) == 'x') && i < first + ROMAN_MAX) i++;
      if (i == first && line_at(line, i) >= 'a' && line_at(line, i) <= 'z') i++;
    }
    int32_t close = line_at(line, i);
    if (i == first || !(close == ')' || (!open && close == '.'))) return 0;
    // `a.` alone on a line is not an item yet; `1.` is.
    if (!is_digit(line->at[first]) && line_at(line, i + 1) == BEYOND) return 0;
    i++;
  }
  return is_blank(line_at(line, i)) || line_at(line, i) == BEYOND ? i - start : 0;
}

static const char *const CONTRACT_KINDS[] = {
    "pre condition",    "pre conditions",    "post condition", "post conditions", "invariant", "invariants",
    "system algorithm", "system algorithms", "algorithm",      "algorithms",      "goal",      "goals",
    "error handling",   "intent",            NULL};

// The place after an optional colon at `i`, blanks before it included; `i` itself when there is none.
static inline unsigned skip_colon(Line *line, unsigned i) {
  unsigned colon = skip_blanks(line, i);
  return line_at(line, colon) == ':' ? colon + 1 : i;
}

// `**Pre-Condition**:`, `- POSTCONDITION:`, `***Invariant:**`, `Goal:`. A colon must follow, or the label be starred and alone on its line.
static inline bool contract_label(Line *line, Verdict *v) {
  unsigned open = skip_blanks(line, marker_length(line, 0));
  unsigned stars = run_length(line, open, '*');
  unsigned kind = skip_blanks(line, open + stars);
  unsigned kind_end = match_any(line, kind, CONTRACT_KINDS);
  if (!kind_end) return false;

  unsigned inner = skip_colon(line, kind_end);
  unsigned close = skip_blanks(line, inner);
  unsigned close_stars = run_length(line, close, '*');
  unsigned end = close_stars ? close + close_stars : inner;
  unsigned outer = skip_colon(line, end);
  bool colon = inner > kind_end || outer > end;
  bool alone = stars && close_stars && ends_at(line, skip_blanks(line, outer));
  if (!colon && !alone) return false;

  verdict_begin(v, CONTRACT_START);
  step(v, LABEL_KIND, kind, kind_end);
  step(v, LABEL_CLOSE, kind_end, outer);
  return true;
}

// What follows the first word of a label that names a group of declarations.
static inline unsigned group_words_end(Line *line, unsigned i) {
  static const char *const FIRST[] = {"exposed", "provided", "predefined", "pre defined", "self contained", NULL};
  static const char *const SECOND[] = {"api",       "apis",     "utilities", "utility", "structures", "structure", "data structures",
                                       "variables", "variable", "functions", "function", "macros",    "macro",     "types",
                                       "type",      "constants", "constant", "objects", "object",     NULL};
  unsigned end = match_any(line, i, FIRST);
  if (end) end = match_any(line, skip_blanks(line, end), SECOND);
  while (end) {
    unsigned next = skip_blanks(line, end);
    if (line_at(line, next) == '/' || line_at(line, next) == ',') next = skip_blanks(line, next + 1);
    unsigned and_end = match_words(line, next, "and");
    unsigned more = match_any(line, and_end ? skip_blanks(line, and_end) : next, SECOND);
    if (!more) break;
    end = more;
  }
  return end;
}

// `**Exposed API**`, `***Self-contained API**`, `Provided Utilities:`, `**Predefined Structures (from "x.h")**:`; nothing else on the line.
static inline bool group_label(Line *line, Verdict *v) {
  unsigned stars = run_length(line, 0, '*');
  unsigned name = skip_blanks(line, stars);
  unsigned end = group_words_end(line, name);
  if (!end || !is_whole(line)) return false;
  if (line_at(line, skip_blanks(line, end)) == '(') {
    unsigned paren = closing_paren(line, skip_blanks(line, end), line_length(line));
    if (paren) end = paren + 1;
  }
  unsigned close = skip_colon(line, end);
  close = skip_blanks(line, close) + run_length(line, skip_blanks(line, close), '*');
  close = skip_blanks(line, skip_colon(line, close));
  if (close != line_length(line)) return false;
  verdict_begin(v, GROUP_LABEL_START);
  step(v, GROUP_NAME, name, end);
  step(v, LABEL_CLOSE, end, line_length(line));
  return true;
}

// Plans the parts of `**Phase 2: remaining paths**:` from `i` on; `v` has begun. Behind the marker of an item, at `i > 0`, the label is announced.
static inline bool phase_label_steps(Line *line, unsigned i, Verdict *v) {
  unsigned stars = run_length(line, i, '*');
  if (stars < 2) return false;
  unsigned word_end = match_words(line, skip_blanks(line, i + stars), "phase");
  if (!word_end) return false;
  unsigned number = skip_blanks(line, word_end), number_end = number;
  while (is_digit(line_at(line, number_end))) number_end++;
  unsigned close = find_stars(line, number_end, 2);
  if (number_end == number || is_word(line_at(line, number_end)) || close == line_length(line)) return false;

  unsigned title = skip_blanks(line, number_end);
  while (title < close && (line->at[title] == ':' || line->at[title] == '-' || line->at[title] == '.' || line->at[title] == 0x2013)) {
    title = skip_blanks(line, title + 1);
  }
  unsigned title_end = trim_end(line, title < close ? title : close, close);
  while (title_end > title && line->at[title_end - 1] == ':') title_end = trim_end(line, title, title_end - 1);
  if (i > 0) step(v, LABEL_OPEN, i, word_end);
  step(v, PHASE_NUMBER, number, number_end);
  if (title_end > title) step(v, PHASE_TITLE, title, title_end);
  step(v, LABEL_CLOSE, v->reach, skip_colon(line, close + run_length(line, close, '*')));
  return true;
}

static inline bool phase_label(Line *line, Verdict *v) {
  verdict_begin(v, PHASE_LABEL_START);
  return phase_label_steps(line, 0, v);
}

static inline bool list_item(Line *line, Verdict *v) {
  unsigned length = marker_length(line, 0);
  if (!length) return false;
  verdict_begin(v, LIST_START);
  step(v, MARKER, 0, length);
  phase_label_steps(line, skip_blanks(line, length), v);
  return true;
}

// A line that is nothing but a backticked identifier, with or without empty parentheses and a colon.
static inline bool function_line(Line *line, Verdict *v) {
  if (line_at(line, 0) != '`' || is_digit(line_at(line, 1))) return false;
  unsigned end = 1;
  while (is_word(line_at(line, end))) end++;
  unsigned close = end;
  if (line_at(line, close) == '(' && line_at(line, close + 1) == ')') close += 2;
  if (end == 1 || line_at(line, close) != '`') return false;
  unsigned tail = skip_colon(line, close + 1);
  if (!ends_at(line, skip_blanks(line, tail))) return false;
  verdict_begin(v, FUNCTION_START);
  step(v, FUNCTION_NAME, 1, end);
  step(v, BACKTICK, end, tail);
  return true;
}

#endif
