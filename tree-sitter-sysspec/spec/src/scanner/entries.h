#ifndef SYSSPEC_ENTRIES_H_
#define SYSSPEC_ENTRIES_H_

// The lines of [MODULE], [PATCH] and [NODES].

#include "labels.h"

// `name: value`, with or without a list marker.
static inline bool key_value(Line *line, Verdict *v) {
  enum { KEY_MAX = 40 };
  unsigned marker = marker_length(line, 0);
  unsigned key = skip_blanks(line, marker), end = key;
  if (!is_letter(line_at(line, key))) return false;
  while (is_word(line_at(line, end)) || is_word_joint(line_at(line, end)) || is_invisible(line_at(line, end))) end++;
  if (line_at(line, end) != ':' || end - key > KEY_MAX) return false;
  verdict_begin(v, KEY_VALUE_START);
  if (marker) step(v, MARKER, 0, marker);
  step(v, KEY, key, trim_end(line, key, end));
  step(v, COLON, end, end + 1);
  step_rest(v, VALUE, line, end + 1);
  return true;
}

static inline bool is_name_character(int32_t c) { return is_word(c) || c == '-' || c == '.' || c == '/'; }

// The end of the run of visible characters at `i`.
static inline unsigned visible_end(Line *line, unsigned i) {
  while (line_at(line, i) != BEYOND && !is_blank(line->at[i])) i++;
  return i;
}

// `new`, `replaces other`
static inline void node_action_steps(Line *line, unsigned i, Verdict *v) {
  i = skip_blanks(line, i);
  if (line_at(line, i) == BEYOND) return;
  unsigned end = visible_end(line, i);
  step(v, NODE_ACTION, i, end);
  step_rest(v, NODE_TARGET, line, end);
}

// `- name (kind): action target`; the kind or the colon must be there, all else may still be missing.
static inline bool patch_node(Line *line, Verdict *v) {
  unsigned marker = marker_length(line, 0);
  unsigned name = skip_blanks(line, marker), end = name;
  while (is_name_character(line_at(line, end))) end++;
  unsigned i = skip_blanks(line, end);
  if (end == name || !is_whole(line) || (line_at(line, i) != '(' && line_at(line, i) != ':')) return false;
  verdict_begin(v, PATCH_NODE_START);
  if (marker) step(v, MARKER, 0, marker);
  step(v, NODE_NAME, name, end);
  if (line->at[i] == '(') {
    step(v, PAREN_OPEN, i, i + 1);
    unsigned kind = skip_blanks(line, i + 1), close = kind;
    while (line_at(line, close) != BEYOND && line->at[close] != ')' && line->at[close] != ':') close++;
    unsigned kind_end = kind < close ? trim_end(line, kind, close) : kind;
    if (kind_end > kind) step(v, NODE_KIND, kind, kind_end);
    i = close;
    if (line_at(line, i) == ')') {
      step(v, PAREN_CLOSE, i, i + 1);
      i = skip_blanks(line, i + 1);
    }
  }
  if (line_at(line, i) == ':') {
    step(v, COLON, i, i + 1);
    i++;
  }
  node_action_steps(line, i, v);
  return true;
}

#endif
