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

// Decides what the line in `line` is. `indent` is its column, `outer` says that no list goes on with it.
static void classify(const Scanner *s, const Line *line, unsigned indent, bool outer, Verdict *v) {
  if (indent == 0 && (heading(line, v) || phase_marker(line, v) || unknown_heading(line, v))) return;
  if (s->fence_broken && stray_fence(line, v)) return;
  if (fence_open(line, v)) return;
  if (line_at(line, 0) == '/' && line_at(line, 1) == '/') {
    verdict_begin(v, COMMENT_START);
    step_rest(v, COMMENT_TEXT, line, 0);
    return;
  }
  if (outer) {
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
  while (!lexer->eof(lexer) && (lexer->lookahead == '\n' || is_blank(lexer->lookahead))) lexer->advance(lexer, false);
  Line line;
  Verdict v;
  line_read(&line, lexer);
  return contract_label(&line, &v);
}

// Goes over blank lines and the indentation of the line after them, and marks the end of the token there.
static void scan_blank_lines(Scanner *s, TSLexer *lexer, bool after_line) {
  unsigned newlines = 0;
  unsigned indent;
  for (;;) {
    indent = read_indent(lexer);
    if (lexer->eof(lexer) || lexer->lookahead != '\n') break;
    lexer->advance(lexer, false);
    newlines++;
  }
  lexer->mark_end(lexer);
  s->mode = AT_LINE_START;
  s->indent = (uint16_t)indent;
  s->indent_known = true;
  s->next_line_known = false;
  s->after_blank = newlines > (after_line ? 1u : 0u);
  if (s->after_blank) s->in_paragraph = false;
}

// The lexer stands at the end of a line (`moved` when blanks were skipped to get there), and the end of the token is marked before those.
static bool scan_line_end(Scanner *s, TSLexer *lexer, bool moved) {
  if (s->depth > 0 && !s->next_line_known) {
    Line line;
    Verdict v;
    unsigned indent = 0;
    while (lexer->lookahead == '\n' && !lexer->eof(lexer)) {
      lexer->advance(lexer, false);
      indent = read_indent(lexer);
    }
    bool eof = lexer->eof(lexer);
    line_read(&line, lexer);
    if (!eof) classify(s, &line, indent, is_outside_lists(s, indent), &v);
    s->pending_ends = (uint8_t)(eof ? ends_at_eof(s) : ends_before(s, &v, indent));
    if (s->pending_ends > 0) return scan_pending_end(s, lexer);
    s->next_line_known = true;
    return emit(lexer, SAME_ITEM);
  }
  if (lexer->eof(lexer) && !moved) return false;
  scan_blank_lines(s, lexer, true);
  return emit(lexer, LINE_END);
}

// Opens the line with its start token; the parts of its head are planned.
static bool start_line(Scanner *s, TSLexer *lexer, const Verdict *v) {
  enum TokenType start = v->start;
  if (start == PROSE_START && s->in_paragraph) start = PROSE_NEXT;
  if (is_item(v)) s->item_open = true;
  if (v->opens_section) s->section = v->section;
  if (v->opens_section || v->start == FENCE_START || v->start == STRAY_FENCE_START) s->fence_broken = false;
  s->in_paragraph = false;
  s->indent_known = false;
  s->next_line_known = false;
  s->after_word = false;
  s->inline_flags = 0;
  s->mode = start == FENCE_START ? AT_FENCE_INFO_END : start == UNFENCED_START ? IN_UNFENCED : IN_LINE;
  s->plan_next = 0;
  s->plan_length = (uint8_t)v->count;
  memcpy(s->plan, v->steps, v->count * sizeof *v->steps);
  return emit(lexer, start);
}

static bool scan_line_start(Scanner *s, TSLexer *lexer) {
  lexer->mark_end(lexer);
  if (!s->indent_known) {
    int32_t c = lexer->lookahead;
    if (!lexer->eof(lexer) && (c == '\n' || is_blank(c) || is_invisible(c))) {
      scan_blank_lines(s, lexer, false);
      return emit(lexer, LINE_END);
    }
    s->indent = 0;
    s->indent_known = true;
  }
  if (lexer->eof(lexer)) {
    s->pending_ends = (uint8_t)ends_at_eof(s);
    return s->pending_ends > 0 && scan_pending_end(s, lexer);
  }

  Line line;
  Verdict v;
  line_read(&line, lexer);
  classify(s, &line, s->indent, is_outside_lists(s, s->indent), &v);
  s->pending_ends = (uint8_t)ends_before(s, &v, s->indent);
  if (s->pending_ends > 0) return scan_pending_end(s, lexer);
  if (is_item(&v) && opens_list(s, s->indent)) {
    s->list_indent[s->depth++] = s->indent;
    s->item_open = false;
    return emit(lexer, v.start == CASE_ITEM_START ? CASE_LIST_START : LIST_START);
  }
  if (v.start == FUNCTION_START && !contract_follows(lexer)) verdict_begin(&v, PROSE_START);
  return start_line(s, lexer, &v);
}

// Skips what nobody sees, short of the end of the line; says whether the last character skipped is a blank.
static bool skip_invisible(TSLexer *lexer) {
  bool after_blank = false;
  while (!lexer->eof(lexer) && (is_blank(lexer->lookahead) || is_invisible(lexer->lookahead))) {
    after_blank = is_blank(lexer->lookahead);
    lexer->advance(lexer, true);
  }
  return after_blank;
}

// The next token of a line's head.
static bool scan_planned(Scanner *s, TSLexer *lexer) {
  Step next = s->plan[s->plan_next++];
  for (unsigned i = 0; i < next.gap && !at_line_end(lexer); i++) lexer->advance(lexer, true);
  if (next.length == TO_LINE_END) skip_invisible(lexer);
  lexer->mark_end(lexer);
  for (unsigned i = 0; (next.length == TO_LINE_END || i < next.length) && !at_line_end(lexer); i++) {
    int32_t c = lexer->lookahead;
    lexer->advance(lexer, false);
    if (next.length != TO_LINE_END || !is_blank(c)) lexer->mark_end(lexer);
  }
  if (next.token == GUARD_START) set_inline_flag(s, IN_GUARD, true);
  return emit(lexer, (enum TokenType)next.token);
}

// Inside a line behind its head: running text, or the end of the line.
static bool scan_in_line(Scanner *s, TSLexer *lexer) {
  if (inline_flag(s, IN_CODE_SPAN) || inline_flag(s, AT_CODE_SPAN_END)) return scan_code_span(s, lexer);
  lexer->mark_end(lexer);
  bool at_end = at_line_end(lexer);
  bool after_blank = skip_invisible(lexer);
  return at_line_end(lexer) ? scan_line_end(s, lexer, !at_end) : scan_inline(s, lexer, after_blank);
}

// The rest of the line that opens a fence: only its end is left. The indentation of the next line belongs to the code.
static bool scan_fence_info_end(Scanner *s, TSLexer *lexer) {
  s->mode = IN_FENCE;
  bool moved = false;
  while (!at_line_end(lexer)) {
    lexer->advance(lexer, false);
    moved = true;
  }
  if (!lexer->eof(lexer)) {
    lexer->advance(lexer, false);
    moved = true;
  }
  lexer->mark_end(lexer);
  return moved ? emit(lexer, LINE_END) : scan_fence(s, lexer);
}

bool tree_sitter_sysspec_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)valid_symbols;
  Scanner *s = payload;
  if (s->plan_next < s->plan_length) return scan_planned(s, lexer);
  switch ((enum Mode)s->mode) {
    case AT_LINE_START:
      if (s->pending_ends > 0) return scan_pending_end_here(s, lexer);
      return scan_line_start(s, lexer);
    case AT_FENCE_INFO_END: return scan_fence_info_end(s, lexer);
    case IN_FENCE: return scan_fence(s, lexer);
    case IN_UNFENCED: return scan_unfenced(s, lexer);
    case IN_LINE:
      if (s->pending_ends > 0) return scan_pending_end_here(s, lexer);
      return scan_in_line(s, lexer);
  }
  return false;
}

void *tree_sitter_sysspec_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_sysspec_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_sysspec_external_scanner_serialize(void *payload, char *buffer) { return state_write(payload, buffer); }

void tree_sitter_sysspec_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  state_read(payload, buffer, length);
}
