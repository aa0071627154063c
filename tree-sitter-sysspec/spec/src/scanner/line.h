#ifndef SYSSPEC_LINE_H_
#define SYSSPEC_LINE_H_

// A line of text held in memory, so that it can be looked at from several sides. The lexer itself can only go forward, and each step costs:
// a line is read only as far as somebody looks.

#include <stdbool.h>
#include <stdint.h>

#include "tree_sitter/parser.h"

enum {
  // A line's head is recognised within this many characters; what comes later is text. This bounds the look-ahead at a line's start.
  LINE_CAPACITY = 512,
  // What `line_at` says beyond the end. No code point, and not the decoder's error value (-1).
  BEYOND = -2,
};

typedef struct {
  TSLexer *lexer;
  // Number of characters read.
  unsigned read;
  // Number of them without blanks and invisible characters at the end.
  unsigned visible;
  // The end of the line has been reached.
  bool ended;
  int32_t at[LINE_CAPACITY];
} Line;

static inline bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// Characters that nobody sees: zero width space, word joiner, byte order mark.
static inline bool is_invisible(int32_t c) { return c == 0x200B || c == 0x2060 || c == 0xFEFF; }

static inline bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static inline bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static inline bool is_word(int32_t c) { return is_letter(c) || is_digit(c) || c == '_'; }

static inline int32_t lower(int32_t c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

static inline bool is_eof(TSLexer *lexer) { return lexer->lookahead == 0 && lexer->eof(lexer); }

static inline bool at_line_end(TSLexer *lexer) { return lexer->lookahead == '\n' || is_eof(lexer); }

static inline void line_begin(Line *line, TSLexer *lexer) {
  line->lexer = lexer;
  line->read = line->visible = 0;
  line->ended = at_line_end(lexer);
}

// Reads until the character at `i` and a visible one at or after it are known.
static inline void line_read(Line *line, unsigned i) {
  while (line->visible <= i && !line->ended && line->read < LINE_CAPACITY) {
    int32_t c = line->lexer->lookahead;
    line->at[line->read++] = c;
    if (!is_blank(c) && !is_invisible(c)) line->visible = line->read;
    line->lexer->advance(line->lexer, false);
    line->ended = at_line_end(line->lexer);
  }
}

// The character at `i`; blanks and invisible characters at the end of the line do not count.
static inline int32_t line_at(Line *line, unsigned i) {
  if (i >= line->visible) line_read(line, i);
  return i < line->visible ? line->at[i] : BEYOND;
}

// Number of characters without blanks and invisible characters at the end; reads all of the line.
static inline unsigned line_length(Line *line) {
  line_read(line, LINE_CAPACITY);
  return line->visible;
}

// False when the line is longer than the buffer. Reads all of it.
static inline bool is_whole(Line *line) {
  line_read(line, LINE_CAPACITY);
  return line->ended;
}

// Whether nothing visible stands at or after `i`, in a line that is whole.
static inline bool ends_at(Line *line, unsigned i) { return line_at(line, i) == BEYOND && line->ended; }

// The first place at or after `i` that holds something visible.
static inline unsigned skip_blanks(Line *line, unsigned i) {
  while (is_blank(line_at(line, i)) || is_invisible(line_at(line, i))) i++;
  return i;
}

// The end of `[from, to)` without trailing blanks.
static inline unsigned trim_end(Line *line, unsigned from, unsigned to) {
  while (to > from && (is_blank(line->at[to - 1]) || is_invisible(line->at[to - 1]))) to--;
  return to;
}

static inline unsigned run_length(Line *line, unsigned i, int32_t c) {
  unsigned n = 0;
  while (line_at(line, i + n) == c) n++;
  return n;
}

static inline bool is_word_joint(int32_t c) {
  return is_blank(c) || c == '-' || c == '_' || c == 0x2010 || c == 0x2011 || c == 0x2013;
}

// Matches words whatever their case; a blank in `words` stands for any joint or none ("Pre-Condition", "pre condition", "Precondition").
// Gives the place after the match, which is the end of a word, or 0.
static inline unsigned match_words(Line *line, unsigned i, const char *words) {
  for (const char *w = words; *w; w++) {
    while (is_invisible(line_at(line, i))) i++;
    if (*w == ' ') {
      while (is_word_joint(line_at(line, i)) || is_invisible(line_at(line, i))) i++;
    } else if (lower(line_at(line, i)) == *w) {
      i++;
    } else {
      return 0;
    }
  }
  return is_word(line_at(line, i)) ? 0 : i;
}

// As `match_words`, for the first of several that matches; the list ends with NULL.
static inline unsigned match_any(Line *line, unsigned i, const char *const *list) {
  while (is_invisible(line_at(line, i))) i++;
  int32_t first = lower(line_at(line, i));
  for (; *list; list++) {
    if (**list != first) continue;
    unsigned end = match_words(line, i, *list);
    if (end) return end;
  }
  return 0;
}

// Where the code span that opens at `i` closes, or 0 when the backtick at `i` opens none. Must agree with inline.h.
static inline unsigned code_span_end(Line *line, unsigned i) {
  int32_t next = line_at(line, i + 1);
  if (next == '`' || next == BEYOND) return 0;
  for (unsigned j = i + 1; line_at(line, j) != BEYOND; j++) {
    if (line->at[j] == '`') return j;
  }
  return 0;
}

// The next place in `[i, length)` that lies outside code spans.
static inline unsigned next_outside_code(Line *line, unsigned i) {
  if (line_at(line, i) == '`') {
    unsigned end = code_span_end(line, i);
    if (end) return end + 1;
  }
  return i + 1;
}

// The first `c` outside code spans at or after `i`, or the line's length.
static inline unsigned find_outside_code(Line *line, unsigned i, int32_t c) {
  while (line_at(line, i) != c && line_at(line, i) != BEYOND) i = next_outside_code(line, i);
  return line_at(line, i) == c ? i : line_length(line);
}

// The first run of at least `least` stars outside code spans at or after `i`, or the line's length.
static inline unsigned find_stars(Line *line, unsigned i, unsigned least) {
  for (;;) {
    i = find_outside_code(line, i, '*');
    if (i >= line->visible) return line->visible;
    unsigned run = run_length(line, i, '*');
    if (run >= least) return i;
    i += run;
  }
}

// The parenthesis that closes the one at `i`, within `[i, to)` and outside code spans, or 0.
static inline unsigned closing_paren(Line *line, unsigned i, unsigned to) {
  unsigned depth = 0;
  while (i < to) {
    if (line->at[i] == '(') depth++;
    if (line->at[i] == ')' && --depth == 0) return i;
    i = next_outside_code(line, i);
  }
  return 0;
}

// Whether a sentence or clause ends before `to`.
static inline bool sentence_ends(Line *line, unsigned i, unsigned to) {
  for (; i < to; i = next_outside_code(line, i)) {
    if ((line->at[i] == '.' || line->at[i] == ';') && is_blank(line_at(line, i + 1))) return true;
  }
  return false;
}

#endif
