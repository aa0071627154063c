#ifndef SYSSPEC_CODE_H_
#define SYSSPEC_CODE_H_

// C: in fences, with the rule that closes a fence whose end is missing, and without a fence in [RELY] and [GUARANTEE].

#include "cases.h"
#include "headings.h"

enum { FENCE_TICKS = 3 };

// A line that begins with three backticks or more and holds no other: it opens a fence.
static inline bool fence_open(Line *line, Verdict *v) {
  unsigned ticks = run_length(line, 0, '`');
  if (ticks < FENCE_TICKS) return false;
  for (unsigned i = ticks; line_at(line, i) != BEYOND; i++) {
    if (line->at[i] == '`') return false;
  }
  verdict_begin(v, FENCE_START);
  step(v, FENCE_OPEN, 0, ticks);
  step_rest(v, INFO_STRING, line, ticks);
  return true;
}

// A line of three backticks or more and nothing else.
static inline bool stray_fence(Line *line, Verdict *v) {
  unsigned ticks = run_length(line, 0, '`');
  if (ticks < FENCE_TICKS || !ends_at(line, skip_blanks(line, ticks))) return false;
  verdict_begin(v, STRAY_FENCE_START);
  step(v, FENCE_CLOSE, 0, ticks);
  return true;
}

// How a line inside a fence bears on it.
enum FenceLine { FENCE_CONTENT, FENCE_CLOSES, FENCE_BREAKS };

// `line` begins at its first visible character, which stands in column `indent`. A heading, a phase marker or a line in stars at column 1
// breaks off a fence that was never closed, and so does the opening of another fence with an info string.
static inline enum FenceLine fence_line(Line *line, unsigned indent) {
  Verdict v;
  unsigned ticks = run_length(line, 0, '`');
  if (ticks >= FENCE_TICKS) return fence_open(line, &v) && is_letter(line_at(line, skip_blanks(line, ticks))) ? FENCE_BREAKS : FENCE_CLOSES;
  if (indent > 0) return FENCE_CONTENT;
  if (heading(line, &v) || phase_marker(line, &v)) return FENCE_BREAKS;
  unsigned stars = run_length(line, 0, '*');
  if (stars >= 2 && (find_stars(line, stars, 2) < line_length(line) || contract_label(line, &v))) return FENCE_BREAKS;
  return FENCE_CONTENT;
}

static inline bool starts_with(Line *line, unsigned i, const char *text) {
  for (; *text; text++, i++) {
    if (line_at(line, i) != *text) return false;
  }
  return true;
}

static inline bool is_c_comment(Line *line) { return starts_with(line, 0, "//") || starts_with(line, 0, "/*"); }

// The end of the line's code: without a comment that ends it, and without trailing blanks.
static inline unsigned code_end(Line *line) {
  unsigned end = line_length(line);
  for (unsigned i = 0; i + 1 < line_length(line); i++) {
    if (starts_with(line, i, "//") || starts_with(line, i, "/*")) {
      end = i;
      break;
    }
  }
  return trim_end(line, 0, end);
}

static inline bool begins_as_directive(Line *line) {
  static const char *const DIRECTIVES[] = {"define", "include", "if",   "ifdef",  "ifndef", "elif",
                                           "else",   "endif",   "undef", "pragma", NULL};
  return line_at(line, 0) == '#' && match_any(line, skip_blanks(line, 1), DIRECTIVES);
}

// Begins with a word that begins declarations, or with a type name that ends in `_t`.
static inline bool begins_as_declaration(Line *line) {
  static const char *const WORDS[] = {"typedef", "struct", "union",  "enum",   "extern",   "static", "const", "volatile", "inline",
                                      "void",    "char",   "short",  "int",    "long",     "unsigned", "signed", "float", "double",
                                      "bool",    "_bool",  "file",   NULL};
  if (match_any(line, 0, WORDS)) return true;
  unsigned i = 0;
  while (is_word(line_at(line, i))) i++;
  return i > 2 && line->at[i - 1] == 't' && line->at[i - 2] == '_' && !is_digit(line->at[0]);
}

// `box *f(int a);`: an unknown type, a star, a name, a list of parameters.
static inline bool looks_like_pointer_function(Line *line, unsigned end) {
  unsigned i = 0;
  while (is_word(line_at(line, i))) i++;
  if (i == 0) return false;
  unsigned star = skip_blanks(line, i);
  unsigned stars = run_length(line, star, '*');
  unsigned name = skip_blanks(line, star + stars), name_end = name;
  while (is_word(line_at(line, name_end))) name_end++;
  return stars && name_end > name && line_at(line, skip_blanks(line, name_end)) == '(' && line->at[end - 1] == ';';
}

// Whether a line that begins as a declaration does, and whose code ends at `end`, goes on as one does.
static inline bool ends_as_declaration(Line *line, unsigned end) {
  int32_t last = line->at[end - 1];
  unsigned words_end = 0;
  while (words_end < end && (is_word(line->at[words_end]) || is_blank(line->at[words_end]))) words_end++;
  bool tag_alone = words_end == end && (match_words(line, 0, "struct") || match_words(line, 0, "typedef") || match_words(line, 0, "union") ||
                                        match_words(line, 0, "enum"));
  return last == ';' || last == '{' || last == '}' || last == ',' || last == '(' || last == ')' || tag_alone;
}

// Whether a line reads as the beginning of a declaration and cannot well be a sentence.
static inline bool looks_like_c(Line *line) {
  if (line_at(line, 0) != '#' && !is_word(line_at(line, 0))) return false;
  unsigned end = code_end(line);
  if (end == 0 || !is_whole(line)) return false;
  if (begins_as_directive(line)) return true;
  return begins_as_declaration(line) ? ends_as_declaration(line, end) : looks_like_pointer_function(line, end);
}

// Follows C without a fence line by line.
typedef struct {
  int depth;
  bool in_comment;
  // The last line of code leaves something open: a list, a macro, a tag without its body.
  bool unfinished;
} CodeReader;

// Counts the brackets of a line.
static inline void code_reader_feed(CodeReader *reader, Line *line) {
  int32_t last = 0;
  for (unsigned i = 0; i < line_length(line); i++) {
    if (reader->in_comment) {
      if (starts_with(line, i, "*/")) reader->in_comment = false, i++;
      continue;
    }
    if (starts_with(line, i, "//")) break;
    if (starts_with(line, i, "/*")) {
      reader->in_comment = true;
      i++;
      continue;
    }
    int32_t c = line->at[i];
    if (c == '{' || c == '(') reader->depth++;
    if ((c == '}' || c == ')') && reader->depth > 0) reader->depth--;
    if (!is_blank(c)) last = c;
  }
  reader->unfinished = last == ',' || last == '=' || last == '\\' || (is_word(last) && !begins_as_directive(line));
}

// Whether the C goes on with `line`, which stands in column `indent`.
static inline bool code_reader_accepts(const CodeReader *reader, Line *line, unsigned indent) {
  Verdict v;
  if (run_length(line, 0, '`') >= FENCE_TICKS || fence_line(line, indent) != FENCE_CONTENT) return false;
  if (reader->in_comment || reader->depth > 0 || reader->unfinished) return !contract_label(line, &v);
  int32_t first = line_at(line, 0);
  return first == '{' || first == '}' || looks_like_c(line);
}

// Advances over blanks and invisible characters; gives the column reached, with tab stops every four. They become a part of the token, or are
// skipped.
static inline unsigned read_indent(TSLexer *lexer, bool skip) {
  enum { TAB_STOP = 4 };
  unsigned column = 0;
  for (;;) {
    int32_t c = lexer->lookahead;
    if (c == ' ') {
      column++;
    } else if (c == '\t') {
      column += TAB_STOP - column % TAB_STOP;
    } else if (is_blank(c)) {
      if (c != '\r') column++;
    } else if (!is_invisible(c)) {
      break;
    }
    lexer->advance(lexer, skip);
  }
  return column < INDENT_MAX ? column : INDENT_MAX;
}

static inline void skip_to_line_end(TSLexer *lexer) {
  while (!at_line_end(lexer)) lexer->advance(lexer, false);
}

// The lexer stands at the start of a line inside a fence: takes the lines up to the one that ends it.
static inline enum FenceLine scan_fence_code(TSLexer *lexer, bool *any) {
  *any = false;
  while (!is_eof(lexer)) {
    if (*any) lexer->mark_end(lexer);
    Line line;
    unsigned indent = read_indent(lexer, false);
    line_begin(&line, lexer);
    enum FenceLine kind = fence_line(&line, indent);
    if (kind != FENCE_CONTENT) return kind;
    *any = true;
    skip_to_line_end(lexer);
    if (!is_eof(lexer)) lexer->advance(lexer, false);
  }
  if (*any) lexer->mark_end(lexer);
  return FENCE_CONTENT;
}

// The lexer stands at the end of the line that opens a fence, or behind the code in it. Returns the code, and plans how the fence ends.
static inline bool scan_fence(Scanner *s, TSLexer *lexer) {
  lexer->mark_end(lexer);
  while (!at_line_end(lexer)) lexer->advance(lexer, true);
  if (!is_eof(lexer)) lexer->advance(lexer, true);
  bool any;
  enum FenceLine end = scan_fence_code(lexer, &any);
  s->mode = AT_LINE_START;
  s->fence_broken = end == FENCE_BREAKS;
  if (end == FENCE_CLOSES) {
    s->mode = IN_LINE;
    s->plan_next = 0;
    s->plan_length = 1;
    s->plan[0] = (Step){FENCE_CLOSE, TO_VISIBLE, TO_LINE_END};
  }
  lexer->result_symbol = any ? FENCE_CODE : LINE_END;
  return true;
}

// The lexer stands at C without a fence: takes all lines that belong to it, but no comments at its end.
static inline bool scan_unfenced(Scanner *s, TSLexer *lexer) {
  CodeReader reader = {0};
  bool any = false;
  unsigned indent = 0;
  while (!is_eof(lexer)) {
    Line line;
    line_begin(&line, lexer);
    bool blank = line_length(&line) == 0, comment = !reader.in_comment && is_c_comment(&line);
    if (!blank && !comment && any && !code_reader_accepts(&reader, &line, indent)) break;
    skip_to_line_end(lexer);
    if (!blank) code_reader_feed(&reader, &line);
    if (!blank && !comment) {
      lexer->mark_end(lexer);
      any = true;
    }
    if (!is_eof(lexer)) lexer->advance(lexer, false);
    indent = read_indent(lexer, false);
  }
  s->mode = IN_LINE;
  lexer->result_symbol = UNFENCED_CODE;
  return true;
}

#endif
