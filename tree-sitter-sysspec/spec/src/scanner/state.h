#ifndef SYSSPEC_STATE_H_
#define SYSSPEC_STATE_H_

// What the scanner remembers between two tokens, and how it is written down.

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tree_sitter/parser.h"

enum {
  // Deeper lists are read as siblings of the deepest one.
  LIST_DEPTH_MAX = 24,
  // The longest head of a line has this many parts.
  PLAN_MAX = 10,
  // A planned token that reaches to the end of the line, however long that is.
  TO_LINE_END = UINT16_MAX,
  INDENT_MAX = UINT16_MAX,
};

// Where in the text the scanner stands.
enum Mode {
  // At the start of a line.
  AT_LINE_START,
  // Inside a line, in running text.
  IN_LINE,
  // At the end of the line that opens a fence.
  AT_FENCE_INFO_END,
  // At the start of a line inside a fence.
  IN_FENCE,
  // At the start of C without a fence.
  IN_UNFENCED,
};

// Sections whose lines are read in a way of their own.
enum Section { SECTION_OTHER, SECTION_RELY, SECTION_GUARANTEE, SECTION_MODULE, SECTION_PATCH, SECTION_NODES };

// One token of a line's head: `gap` characters to skip, then `length` to take.
typedef struct {
  uint8_t token;
  uint16_t gap;
  uint16_t length;
} Step;

// Facts about the rest of the line, which spare looking again for what is not there.
enum InlineFlag {
  IN_CODE_SPAN = 1 << 0,
  AT_CODE_SPAN_END = 1 << 1,
  IN_STRONG = 1 << 2,
  IN_EMPHASIS = 1 << 3,
  NO_MORE_CODE = 1 << 4,
  NO_MORE_STRONG = 1 << 5,
  // No emphasis before the next run of two stars or more.
  NO_MORE_EMPHASIS = 1 << 6,
  IN_GUARD = 1 << 7,
};

typedef struct {
  uint8_t mode;
  uint8_t section;
  uint8_t inline_flags;
  // The character before the current place belongs to a word.
  bool after_word;
  // The indentation of the current line has been read (it is in `indent`).
  bool indent_known;
  // A blank line stands before the current one.
  bool after_blank;
  // The line before this one belongs to a paragraph that this one may continue.
  bool in_paragraph;
  // At the end of a line: the next line has been looked at, and belongs to the open item.
  bool next_line_known;
  // The innermost list has an open item.
  bool item_open;
  // A label has broken off a fence, and its end may still come.
  bool fence_broken;
  // Ends of items and lists still to be returned before anything else.
  uint8_t pending_ends;
  uint16_t indent;

  uint8_t depth;
  uint16_t list_indent[LIST_DEPTH_MAX];

  uint8_t plan_length;
  uint8_t plan_next;
  Step plan[PLAN_MAX];
} Scanner;

static inline unsigned put16(char *buffer, unsigned n, uint16_t value) {
  buffer[n] = (char)(value & 0xFF);
  buffer[n + 1] = (char)(value >> 8);
  return n + 2;
}

static inline uint16_t get16(const char *buffer, unsigned n) {
  return (uint16_t)((uint8_t)buffer[n] | ((uint8_t)buffer[n + 1] << 8));
}

enum {
  FIXED_STATE_SIZE = 9,
  STEP_SIZE = 5,
};

static inline uint8_t pack_bools(const Scanner *s) {
  return (uint8_t)(s->after_word | s->indent_known << 1 | s->after_blank << 2 | s->in_paragraph << 3 | s->next_line_known << 4 |
                   s->item_open << 5 | s->fence_broken << 6);
}

static inline void unpack_bools(Scanner *s, uint8_t bits) {
  s->after_word = bits & 1;
  s->indent_known = bits >> 1 & 1;
  s->after_blank = bits >> 2 & 1;
  s->in_paragraph = bits >> 3 & 1;
  s->next_line_known = bits >> 4 & 1;
  s->item_open = bits >> 5 & 1;
  s->fence_broken = bits >> 6 & 1;
}

// Only what is left of the plan is written: two scanners that will do the same have equal bytes.
static inline unsigned state_write(const Scanner *s, char *buffer) {
  unsigned n = 0;
  buffer[n++] = (char)s->mode;
  buffer[n++] = (char)s->section;
  buffer[n++] = (char)s->inline_flags;
  buffer[n++] = (char)pack_bools(s);
  buffer[n++] = (char)s->pending_ends;
  n = put16(buffer, n, s->indent);
  buffer[n++] = (char)s->depth;
  buffer[n++] = (char)(s->plan_length - s->plan_next);
  for (unsigned i = 0; i < s->depth; i++) n = put16(buffer, n, s->list_indent[i]);
  for (unsigned i = s->plan_next; i < s->plan_length; i++) {
    buffer[n++] = (char)s->plan[i].token;
    n = put16(buffer, n, s->plan[i].gap);
    n = put16(buffer, n, s->plan[i].length);
  }
  return n;
}

// The inverse of `state_write`. No bytes, or bytes that were not written by it, give the state at the start of a file.
static inline void state_read(Scanner *s, const char *buffer, unsigned size) {
  memset(s, 0, sizeof *s);
  if (size < FIXED_STATE_SIZE) return;
  uint8_t depth = (uint8_t)buffer[7];
  uint8_t steps = (uint8_t)buffer[8];
  if (depth > LIST_DEPTH_MAX || steps > PLAN_MAX) return;
  if (size != FIXED_STATE_SIZE + 2u * depth + STEP_SIZE * (unsigned)steps) return;

  s->mode = (uint8_t)buffer[0];
  s->section = (uint8_t)buffer[1];
  s->inline_flags = (uint8_t)buffer[2];
  unpack_bools(s, (uint8_t)buffer[3]);
  s->pending_ends = (uint8_t)buffer[4];
  s->indent = get16(buffer, 5);
  s->depth = depth;
  s->plan_length = steps;
  unsigned n = FIXED_STATE_SIZE;
  for (unsigned i = 0; i < depth; i++, n += 2) s->list_indent[i] = get16(buffer, n);
  for (unsigned i = 0; i < steps; i++, n += STEP_SIZE) {
    s->plan[i] = (Step){(uint8_t)buffer[n], get16(buffer, n + 1), get16(buffer, n + 3)};
  }
}

_Static_assert(FIXED_STATE_SIZE + 2 * LIST_DEPTH_MAX + STEP_SIZE * PLAN_MAX <= TREE_SITTER_SERIALIZATION_BUFFER_SIZE,
               "the state must fit into tree-sitter's buffer");

#endif
