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
  // The length of a planned token that reaches to the end of the line, however long that is.
  TO_LINE_END = UINT16_MAX,
  // The gap before a planned token at the next visible character, be that on this line or on a later one.
  TO_VISIBLE = UINT16_MAX,
  INDENT_MAX = 4096,
};

// Where in the text the scanner stands.
enum Mode {
  // At the start of a line.
  AT_LINE_START,
  // Inside a line, in running text or at its end.
  IN_LINE,
  // At the end of the line that opens a fence.
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
  IN_STRONG = 1 << 0,
  IN_EMPHASIS = 1 << 1,
  NO_MORE_CODE = 1 << 2,
  NO_MORE_STRONG = 1 << 3,
  // No emphasis before the next run of two stars or more.
  NO_MORE_EMPHASIS = 1 << 4,
  IN_GUARD = 1 << 5,
};

typedef struct {
  uint8_t mode;
  uint8_t section;
  uint8_t inline_flags;
  // The character before the current place belongs to a word.
  bool after_word;
  // The line before this one belongs to a paragraph that this one may continue.
  bool in_paragraph;
  // At the end of a line: the next line has been looked at, and belongs to the open item.
  bool in_same_item;
  // A label has broken off a fence, and its end may still come.
  bool fence_broken;
  // Ends of lists still to be returned before anything else.
  uint8_t pending_ends;

  uint8_t depth;
  uint16_t list_indent[LIST_DEPTH_MAX];

  uint8_t plan_length;
  uint8_t plan_next;
  Step plan[PLAN_MAX];
} Scanner;

// Numbers are written in one byte where that is possible: tree-sitter keeps up to 24 bytes of state without an allocation, for every token.
enum { NUMBER_MAXIMUM = UINT8_MAX, NUMBER_LONG = UINT8_MAX - 1, NUMBER_SIZE = 3 };

static inline unsigned put_number(char *buffer, unsigned n, uint16_t value) {
  if (value < NUMBER_LONG) {
    buffer[n++] = (char)value;
  } else if (value == UINT16_MAX) {
    buffer[n++] = (char)NUMBER_MAXIMUM;
  } else {
    buffer[n++] = (char)NUMBER_LONG;
    buffer[n++] = (char)(value & 0xFF);
    buffer[n++] = (char)(value >> 8);
  }
  return n;
}

static inline uint16_t get_number(const char *buffer, unsigned *n) {
  uint8_t first = (uint8_t)buffer[(*n)++];
  if (first == NUMBER_MAXIMUM) return UINT16_MAX;
  if (first != NUMBER_LONG) return first;
  uint8_t low = (uint8_t)buffer[(*n)++], high = (uint8_t)buffer[(*n)++];
  return (uint16_t)(low | high << 8);
}

enum {
  FIXED_STATE_SIZE = 5,
  STEP_SIZE_MAX = 1 + 2 * NUMBER_SIZE,
};

// Only what is left of the plan is written: two scanners that will do the same have equal bytes.
static inline unsigned state_write(const Scanner *s, char *buffer) {
  unsigned n = 0;
  buffer[n++] = (char)(s->mode | s->section << 4);
  buffer[n++] = (char)s->inline_flags;
  buffer[n++] = (char)(s->after_word | s->in_paragraph << 1 | s->in_same_item << 2 | s->fence_broken << 3);
  buffer[n++] = (char)s->pending_ends;
  buffer[n++] = (char)s->depth;
  for (unsigned i = 0; i < s->depth; i++) n = put_number(buffer, n, s->list_indent[i]);
  for (unsigned i = s->plan_next; i < s->plan_length; i++) {
    buffer[n++] = (char)s->plan[i].token;
    n = put_number(buffer, n, s->plan[i].gap);
    n = put_number(buffer, n, s->plan[i].length);
  }
  return n;
}

// The inverse of `state_write`; no bytes give the state at the start of a file.
static inline void state_read(Scanner *s, const char *buffer, unsigned size) {
  static const char START[FIXED_STATE_SIZE] = {0};
  if (size < FIXED_STATE_SIZE) buffer = START, size = FIXED_STATE_SIZE;
  s->mode = (uint8_t)buffer[0] & 0xF;
  s->section = (uint8_t)buffer[0] >> 4;
  s->inline_flags = (uint8_t)buffer[1];
  uint8_t bits = (uint8_t)buffer[2];
  s->after_word = bits & 1;
  s->in_paragraph = bits >> 1 & 1;
  s->in_same_item = bits >> 2 & 1;
  s->fence_broken = bits >> 3 & 1;
  s->pending_ends = (uint8_t)buffer[3];
  s->depth = (uint8_t)buffer[4];
  unsigned n = FIXED_STATE_SIZE;
  for (unsigned i = 0; i < s->depth; i++) s->list_indent[i] = get_number(buffer, &n);
  s->plan_next = 0;
  s->plan_length = 0;
  while (n < size) {
    Step *step = &s->plan[s->plan_length++];
    step->token = (uint8_t)buffer[n++];
    step->gap = get_number(buffer, &n);
    step->length = get_number(buffer, &n);
  }
}

_Static_assert(FIXED_STATE_SIZE + NUMBER_SIZE * LIST_DEPTH_MAX + STEP_SIZE_MAX * PLAN_MAX <= TREE_SITTER_SERIALIZATION_BUFFER_SIZE,
               "the state must fit into tree-sitter's buffer");

#endif
