// The external scanner of the SysSpec grammar: it reads a file line by line, decides at the start of each line what the line is, and then hands
// out its parts. What it returns follows from its own state alone, never from what the parser happens to accept, so that an error (there is none
// known) would not put it out of step.
//
//   scanner/tokens.h    what can be returned
//   scanner/line.h      a line in memory, and ways to look at it
//   scanner/state.h     what is remembered between tokens
//   scanner/verdict.h   what a line is, and how its head is cut
//   scanner/headings.h  headings and phase markers
//   scanner/labels.h    list markers and labels
//   scanner/cases.h     cases of post-conditions
//   scanner/entries.h   lines of [MODULE], [PATCH] and [NODES]
//   scanner/code.h      C in fences and without
//   scanner/inline.h    running text
//   scanner/lists.h     which lists a line ends

#include "scanner/code.h"
#include "scanner/entries.h"
#include "scanner/inline.h"
#include "scanner/lists.h"
#include "tree_sitter/alloc.h"

static bool emit(TSLexer *lexer, enum TokenType token) {
  lexer->result_symbol = token;
  return true;
}

// Decides what the line is, which stands in column `indent`.
static void classify(const Scanner *s, Line *line, unsigned indent, Verdict *v) {
  if (indent == 0 && (heading(line, v) || phase_marker(line, v) || unknown_heading(line, v))) return;
  if (s->fence_broken && stray_fence(line, v)) return;
  if (fence_open(line, v)) return;
  if (line_at(line, 0) == '/' && line_at(line, 1) == '/') {
    verdict_begin(v, COMMENT);
    return;
  }
  if (is_outside_lists(s, indent)) {
    bool entries = s->section == SECTION_MODULE || s->section == SECTION_PATCH;
    if (entries && key_value(line, v)) return;
    if (s->section == SECTION_NODES && patch_node(line, v)) return;
    bool declarations = s->section == SECTION_RELY || s->section == SECTION_GUARANTEE;
    if (declarations && looks_like_c(line)) {
      verdict_begin(v, UNFENCED_START);
      return;
    }
  }
  if (contract_label(line, v) || case_line(line, v) || group_label(line, v) || phase_label(line, v) || list_item(line, v)) return;
  if (function_line(line, v)) return;
  verdict_begin(v, PROSE_START);
}

// The lexer stands behind a function line: is the next line that is not blank a contract's label?
static bool contract_follows(TSLexer *lexer) {
  while (lexer->lookahead == '\n' || is_blank(lexer->lookahead)) lexer->advance(lexer, false);
  Line line;
  Verdict v;
  line_begin(&line, lexer);
  return contract_label(&line, &v);
}

// What follows is a new line with nothing open in it.
static void begin_line(Scanner *s, enum Mode mode) {
  s->mode = mode;
  s->in_same_item = false;
  s->after_word = false;
  s->inline_flags = 0;
}

// The parts of a head will be returned one by one.
static void plan(Scanner *s, const Verdict *v) {
  s->plan_next = 0;
  s->plan_length = (uint8_t)v->count;
  memcpy(s->plan, v->steps, v->count * sizeof *v->steps);
}

// The lexer stands at a line of prose that goes on with a paragraph, behind the first characters of it. Takes the text, or, when it is not text
// what was passed, only the end of the line before.
static bool continue_paragraph(Scanner *s, TSLexer *lexer, const Line *line) {
  begin_line(s, IN_LINE);
  bool plain = line->read == line->visible;
  for (unsigned i = 0; plain && i < line->read; i++) plain = line->at[i] != '`' && line->at[i] != '*';
  if (!plain) return emit(lexer, LINE_END);
  lexer->mark_end(lexer);
  s->after_word = is_word(line->at[line->read - 1]);
  return scan_text(s, lexer);
}

static bool scan_comment(Scanner *s, TSLexer *lexer) {
  begin_line(s, IN_LINE);
  s->in_paragraph = false;
  lexer->mark_end(lexer);
  while (!at_line_end(lexer)) {
    int32_t c = lexer->lookahead;
    lexer->advance(lexer, false);
    if (!is_blank(c)) lexer->mark_end(lexer);
  }
  return emit(lexer, COMMENT);
}

// Announces the line by its start token; the parts of its head are planned.
static bool start_line(Scanner *s, TSLexer *lexer, const Verdict *v, unsigned indent) {
  enum TokenType start = v->start;
  if (v->opens_section) s->section = v->section;
  if (v->opens_section || start == FENCE_START || start == STRAY_FENCE_START) s->fence_broken = false;
  if (is_item(v)) s->list_indent[s->depth++] = (uint16_t)indent;
  s->in_paragraph = false;
  begin_line(s, start == FENCE_START ? IN_FENCE : start == UNFENCED_START ? IN_UNFENCED : IN_LINE);
  plan(s, v);
  return emit(lexer, start);
}

// The next line may end an item or its list, which has to be said before the end of this line: the end of the token is marked there.
static bool scan_item_end(Scanner *s, TSLexer *lexer, Verdict *v, unsigned indent) {
  if (is_item(v)) {
    s->in_paragraph = false;
    begin_line(s, IN_LINE);
    v->steps[0].gap = TO_VISIBLE;
    plan(s, v);
    return emit(lexer, ITEM_END);
  }
  if (indent <= s->list_indent[s->depth - 1]) return end_lists(s, lexer, 1);
  s->in_same_item = true;
  return emit(lexer, LINE_END);
}

// The lexer stands at the end of a line or at the start of one, and the end of the token is marked there or before the blanks that were skipped
// to get there; before those was not the end of the file if `some_left`. Decides what the next line is that is not blank.
static bool scan_next_line(Scanner *s, TSLexer *lexer, bool some_left) {
  unsigned newlines = 0;
  unsigned indent;
  while (indent = read_indent(lexer, true), lexer->lookahead == '\n') {
    lexer->advance(lexer, true);
    newlines++;
  }
  if (is_eof(lexer)) {
    if (s->depth > 0) return end_lists(s, lexer, s->depth);
    if (!some_left) return false;
    lexer->mark_end(lexer);
    return emit(lexer, LINE_END);
  }
  unsigned lists = lists_right_of(s, indent);
  if (lists > 0) return end_lists(s, lexer, lists);

  bool is_settled = s->in_same_item || opens_list(s, indent);
  if (is_settled) lexer->mark_end(lexer);
  Line line;
  Verdict v;
  line_begin(&line, lexer);
  classify(s, &line, indent, &v);
  if (!is_settled) return scan_item_end(s, lexer, &v, indent);
  if (v.start == COMMENT) return scan_comment(s, lexer);
  if (v.start == FUNCTION_START && !contract_follows(lexer)) verdict_begin(&v, PROSE_START);
  bool goes_on = s->in_paragraph && newlines < 2;
  return v.start == PROSE_START && goes_on ? continue_paragraph(s, lexer, &line) : start_line(s, lexer, &v, indent);
}

// Skips what nobody sees, short of the end of the line; says whether the last character skipped is a blank.
static bool skip_invisible(TSLexer *lexer) {
  bool after_blank = false;
  while (is_blank(lexer->lookahead) || is_invisible(lexer->lookahead)) {
    after_blank = is_blank(lexer->lookahead);
    lexer->advance(lexer, true);
  }
  return after_blank;
}

static void skip_gap(TSLexer *lexer, const Step *step) {
  if (step->gap == TO_VISIBLE) {
    while (skip_invisible(lexer), lexer->lookahead == '\n') lexer->advance(lexer, true);
  } else {
    for (unsigned i = 0; i < step->gap && !at_line_end(lexer); i++) lexer->advance(lexer, true);
  }
  if (step->length == TO_LINE_END) skip_invisible(lexer);
}

// The next token of a line's head.
static bool scan_planned(Scanner *s, TSLexer *lexer) {
  Step next = s->plan[s->plan_next++];
  skip_gap(lexer, &next);
  if (next.length == TO_LINE_END) {
    lexer->mark_end(lexer);
    while (!at_line_end(lexer)) {
      int32_t c = lexer->lookahead;
      lexer->advance(lexer, false);
      if (!is_blank(c)) lexer->mark_end(lexer);
    }
  } else {
    for (unsigned i = 0; i < next.length && !at_line_end(lexer); i++) lexer->advance(lexer, false);
    lexer->mark_end(lexer);
  }
  if (next.token == GUARD_START) set_inline_flag(s, IN_GUARD, true);
  return emit(lexer, (enum TokenType)next.token);
}

// Inside a line behind its head: running text, or the end of the line.
static bool scan_in_line(Scanner *s, TSLexer *lexer) {
  lexer->mark_end(lexer);
  bool some_left = !is_eof(lexer);
  bool after_blank = skip_invisible(lexer);
  return at_line_end(lexer) ? scan_next_line(s, lexer, some_left) : scan_inline(s, lexer, after_blank);
}

bool tree_sitter_sysspec_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)valid_symbols;
  Scanner *s = payload;
  if (s->plan_next < s->plan_length) return scan_planned(s, lexer);
  if (s->pending_ends > 0) {
    lexer->mark_end(lexer);
    return scan_pending_end(s, lexer);
  }
  switch ((enum Mode)s->mode) {
    case AT_LINE_START:
      lexer->mark_end(lexer);
      return scan_next_line(s, lexer, !is_eof(lexer));
    case IN_FENCE: return scan_fence(s, lexer);
    case IN_UNFENCED: return scan_unfenced(s, lexer);
    case IN_LINE: return scan_in_line(s, lexer);
  }
  return false;
}

void *tree_sitter_sysspec_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_sysspec_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_sysspec_external_scanner_serialize(void *payload, char *buffer) { return state_write(payload, buffer); }

void tree_sitter_sysspec_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  state_read(payload, buffer, length);
}
