// The external scanner of the grammar of `.header` files. It decides whether the first line is a list of includes; all that is not in that list is
// one token of C, so that no text is a syntax error.

#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

// The order is that of `externals` in grammar.js.
enum TokenType { BLANK, INCLUDES_START, NO_INCLUDES, INCLUDE, COMMA, CODE };

// Where in the file the scanner stands.
enum Place { AT_START, IN_INCLUDES, IN_CODE };

typedef struct {
  uint8_t place;
} Scanner;

static bool at_line_end(TSLexer *lexer) { return lexer->lookahead == '\n' || lexer->eof(lexer); }

static bool is_include_character(int32_t c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  bool digit = c >= '0' && c <= '9';
  return letter || digit || c == '_' || c == '.' || c == '/' || c == '+' || c == '-';
}

// Blanks, and the characters that nobody sees: zero width space, word joiner, byte order mark.
static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == 0x200B || c == 0x2060 || c == 0xFEFF; }

static bool line_is_include_list(TSLexer *lexer) {
  bool any = false;
  for (; !at_line_end(lexer); lexer->advance(lexer, false)) {
    int32_t c = lexer->lookahead;
    if (is_include_character(c) || c == ',') any = true;
    else if (!is_blank(c)) return false;
  }
  return any;
}

static bool emit(TSLexer *lexer, enum TokenType token) {
  lexer->result_symbol = token;
  return true;
}

// The lexer stands behind the includes. `moved` says that it skipped blanks to get there.
static bool scan_code(TSLexer *lexer, bool moved) {
  while (!lexer->eof(lexer) && (is_blank(lexer->lookahead) || lexer->lookahead == '\n')) {
    lexer->advance(lexer, true);
    moved = true;
  }
  if (lexer->eof(lexer)) {
    lexer->mark_end(lexer);
    return moved && emit(lexer, BLANK);
  }
  while (!lexer->eof(lexer)) {
    bool visible = !is_blank(lexer->lookahead) && lexer->lookahead != '\n';
    lexer->advance(lexer, false);
    if (visible) lexer->mark_end(lexer);
  }
  return emit(lexer, CODE);
}

static bool scan_include(Scanner *s, TSLexer *lexer) {
  bool moved = false;
  while (!lexer->eof(lexer) && is_blank(lexer->lookahead)) {
    lexer->advance(lexer, true);
    moved = true;
  }
  if (at_line_end(lexer)) {
    s->place = IN_CODE;
    return scan_code(lexer, moved);
  }
  bool comma = lexer->lookahead == ',';
  if (comma) {
    lexer->advance(lexer, false);
  } else {
    while (is_include_character(lexer->lookahead)) lexer->advance(lexer, false);
  }
  lexer->mark_end(lexer);
  return emit(lexer, comma ? COMMA : INCLUDE);
}

bool tree_sitter_sysspec_header_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)valid_symbols;
  Scanner *s = payload;
  switch ((enum Place)s->place) {
    case AT_START:
      lexer->mark_end(lexer);
      // The look-ahead has passed the beginning of what follows, so the decision is a token of its own.
      s->place = line_is_include_list(lexer) ? IN_INCLUDES : IN_CODE;
      return emit(lexer, s->place == IN_INCLUDES ? INCLUDES_START : NO_INCLUDES);
    case IN_INCLUDES: return scan_include(s, lexer);
    case IN_CODE: return scan_code(lexer, false);
  }
  return false;
}

void *tree_sitter_sysspec_header_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_sysspec_header_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_sysspec_header_external_scanner_serialize(void *payload, char *buffer) {
  buffer[0] = (char)((Scanner *)payload)->place;
  return 1;
}

void tree_sitter_sysspec_header_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  ((Scanner *)payload)->place = length > 0 ? (uint8_t)buffer[0] : AT_START;
}
