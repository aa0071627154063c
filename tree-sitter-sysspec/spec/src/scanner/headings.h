#ifndef SYSSPEC_HEADINGS_H_
#define SYSSPEC_HEADINGS_H_

// Lines at column 1 that divide a file: headings, phase markers, and what looks like one of them but is misspelt.

#include <stddef.h>

#include "verdict.h"

typedef struct {
  const char *name;
  enum Section section;
} Heading;

static const Heading HEADINGS[] = {
    {"prompt", SECTION_OTHER},         {"rely", SECTION_RELY},           {"guarantee", SECTION_GUARANTEE},
    {"specification", SECTION_OTHER},  {"optimization", SECTION_OTHER},  {"recommendation", SECTION_OTHER},
    {"module", SECTION_MODULE},        {"intent", SECTION_OTHER},        {"invariant", SECTION_OTHER},
    {"patch", SECTION_PATCH},          {"nodes", SECTION_NODES},
};

// The subject of ` of X`, from `i` to the bracket (or, when that is missing, one word to the end of the line). Gives its end, or 0.
static inline unsigned heading_subject_end(Line *line, unsigned i) {
  unsigned end = i;
  while (line_at(line, end) != BEYOND && line->at[end] != ']') end++;
  if (line_at(line, end) == ']') return trim_end(line, i, end);
  for (unsigned j = i; j < end; j++) {
    if (is_blank(line->at[j])) return 0;
  }
  return end;
}

static inline bool heading_tail(Line *line, unsigned i, Verdict *v) {
  i = skip_blanks(line, i);
  if (line_at(line, i) == BEYOND) return line->ended;
  unsigned of_end = match_words(line, i, "of");
  unsigned subject = of_end ? skip_blanks(line, of_end) : 0;
  if (subject > of_end) {
    unsigned end = heading_subject_end(line, subject);
    if (end <= subject) return false;
    step(v, HEADING_OF, i, of_end);
    step(v, HEADING_SUBJECT, subject, end);
    i = skip_blanks(line, end);
    if (line_at(line, i) == BEYOND) return line->ended;
  }
  if (line_at(line, i) != ']') return false;
  step(v, BRACKET_CLOSE, i, i + 1);
  step_rest(v, HEADING_TRAILING, line, i + 1);
  return true;
}

static inline bool heading(Line *line, Verdict *v) {
  if (line_at(line, 0) != '[') return false;
  unsigned name = skip_blanks(line, 1);
  for (size_t n = 0; n < sizeof HEADINGS / sizeof *HEADINGS; n++) {
    unsigned end = match_words(line, name, HEADINGS[n].name);
    if (!end) continue;
    verdict_begin(v, HEADING_START);
    v->opens_section = true;
    v->section = HEADINGS[n].section;
    step(v, BRACKET_OPEN, 0, 1);
    step(v, HEADING_NAME, name, end);
    return heading_tail(line, end, v);
  }
  return false;
}

static inline void phase_marker_steps(Line *line, Verdict *v, unsigned open_end, unsigned name, unsigned name_end) {
  verdict_begin(v, PHASE_MARKER_START);
  v->opens_section = true;
  step(v, PHASE_OPEN, 0, open_end);
  step(v, PHASE_NAME, name, name_end);
  unsigned close = skip_blanks(line, name_end);
  step(v, PHASE_CLOSE, close < line_length(line) ? close : name_end, line_length(line));
}

// `## First Prompt`, `## Refine Prompt`
static inline bool hash_phase_marker(Line *line, Verdict *v) {
  static const char *const NAMES[] = {"first", "refine", NULL};
  unsigned hashes = run_length(line, 0, '#');
  if (hashes == 0) return false;
  unsigned name = skip_blanks(line, hashes);
  unsigned name_end = match_any(line, name, NAMES);
  unsigned prompt = name_end ? match_words(line, skip_blanks(line, name_end), "prompt") : 0;
  if (!prompt) return false;
  unsigned tail = skip_blanks(line, prompt);
  if (line_at(line, tail) == ':') tail = skip_blanks(line, tail + 1);
  if (!ends_at(line, tail)) return false;
  phase_marker_steps(line, v, hashes, name, name_end);
  return true;
}

// `===== START OF PROMPT 1 =====`
static inline bool ruled_phase_marker(Line *line, Verdict *v) {
  unsigned rule = run_length(line, 0, '=');
  if (rule < 3) return false;
  unsigned open_end = match_words(line, skip_blanks(line, rule), "start of prompt");
  if (!open_end) return false;
  unsigned name = skip_blanks(line, open_end), name_end = name;
  while (is_digit(line_at(line, name_end))) name_end++;
  unsigned tail = skip_blanks(line, name_end);
  if (name_end == name || !ends_at(line, tail + run_length(line, tail, '='))) return false;
  phase_marker_steps(line, v, open_end, name, name_end);
  return true;
}

static inline bool phase_marker(Line *line, Verdict *v) { return hash_phase_marker(line, v) || ruled_phase_marker(line, v); }

// `[GUARANTE]` alone on its line: at least two characters, the first a letter, no punctuation inside.
static inline bool unknown_bracket_heading(Line *line, Verdict *v) {
  if (line_at(line, 0) != '[' || !is_whole(line)) return false;
  unsigned last = line_length(line) - 1;
  if (line->at[last] != ']') return false;
  unsigned name = skip_blanks(line, 1), end = trim_end(line, name, last);
  if (end < name + 2 || !is_letter(line->at[name])) return false;
  for (unsigned i = name; i < end; i++) {
    if (!is_word(line->at[i]) && !is_word_joint(line->at[i]) && !is_invisible(line->at[i])) return false;
  }
  verdict_begin(v, UNKNOWN_HEADING_START);
  v->opens_section = true;
  step(v, BRACKET_OPEN, 0, 1);
  step(v, HEADING_NAME, name, end);
  step(v, BRACKET_CLOSE, last, last + 1);
  return true;
}

// `## words`
static inline bool unknown_hash_heading(Line *line, Verdict *v) {
  unsigned hashes = run_length(line, 0, '#');
  if (hashes < 2 || !is_blank(line_at(line, hashes))) return false;
  unsigned name = skip_blanks(line, hashes);
  if (line_at(line, name) == BEYOND) return false;
  verdict_begin(v, UNKNOWN_HEADING_START);
  v->opens_section = true;
  step(v, HASHES, 0, hashes);
  step_rest(v, HEADING_NAME, line, name);
  return true;
}

static inline bool unknown_heading(Line *line, Verdict *v) {
  return unknown_bracket_heading(line, v) || unknown_hash_heading(line, v);
}

#endif
