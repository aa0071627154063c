#ifndef SYSSPEC_INLINE_H_
#define SYSSPEC_INLINE_H_

// Running text: code spans, strong text, emphasis, and all the rest. A delimiter counts only when its partner stands on the same line,
// so nothing is ever left open at the end of a line.

#include "line.h"
#include "state.h"
#include "tokens.h"

static inline bool inline_flag(const Scanner *s, enum InlineFlag flag) { return (s->inline_flags & flag) != 0; }

static inline void set_inline_flag(Scanner *s, enum InlineFlag flag, bool on) {
  s->inline_flags = (uint8_t)(on ? s->inline_flags | flag : s->inline_flags & ~flag);
}

static inline bool inline_token(Scanner *s, TSLexer *lexer, enum TokenType token) {
  if (!inline_flag(s, IN_GUARD) && token != GUARD_END) s->in_paragraph = true;
  lexer->result_symbol = token;
  return true;
}

// The lexer stands behind a backtick: is this the start of a code span, that is, does another backtick follow on the line, though not at once?
static inline bool code_span_opens(Scanner *s, TSLexer *lexer) {
  if (inline_flag(s, NO_MORE_CODE) || lexer->lookahead == '`' || at_line_end(lexer)) return false;
  while (!at_line_end(lexer)) {
    if (lexer->lookahead == '`') return true;
    lexer->advance(lexer, false);
  }
  set_inline_flag(s, NO_MORE_CODE, true);
  return false;
}

// A star can close emphasis when a visible character stands before it and no word goes on behind it.
static inline bool closes_emphasis(bool after_blank, int32_t next) { return !after_blank && !is_word(next); }

// The lexer stands behind an opening delimiter: is its partner on this line, outside code spans? Stars behind a lone backtick count too, but
// that the backtick is lone is known only at the end of the line; until then what was seen behind it is provisional.
static inline bool star_partner_follows(Scanner *s, TSLexer *lexer, bool strong) {
  bool in_code = false, found_behind_tick = false, stopped_behind_tick = false, after_blank = false;
  while (!at_line_end(lexer)) {
    int32_t c = lexer->lookahead;
    lexer->advance(lexer, false);
    if (c == '`') {
      if (in_code) {
        in_code = found_behind_tick = stopped_behind_tick = false;
      } else if (!inline_flag(s, NO_MORE_CODE) && lexer->lookahead != '`' && !at_line_end(lexer)) {
        in_code = true;
      }
    } else if (c == '*') {
      bool run = lexer->lookahead == '*';
      while (lexer->lookahead == '*') lexer->advance(lexer, false);
      bool found = strong ? run : !run && closes_emphasis(after_blank, lexer->lookahead);
      if (!in_code && found) return true;
      if (!in_code && run) return false;
      if (found && !stopped_behind_tick) found_behind_tick = true;
      if (run && !found) stopped_behind_tick = true;
    }
    after_blank = is_blank(c);
  }
  return in_code && found_behind_tick;
}

static inline bool scan_run_of_stars(Scanner *s, TSLexer *lexer) {
  set_inline_flag(s, NO_MORE_EMPHASIS, false);
  s->after_word = false;
  if (inline_flag(s, IN_STRONG)) {
    set_inline_flag(s, IN_STRONG, false);
    return inline_token(s, lexer, STRONG_CLOSE);
  }
  if (inline_flag(s, NO_MORE_STRONG)) return inline_token(s, lexer, TEXT);
  if (star_partner_follows(s, lexer, true)) {
    set_inline_flag(s, IN_STRONG, true);
    return inline_token(s, lexer, STRONG_OPEN);
  }
  set_inline_flag(s, NO_MORE_STRONG, true);
  return inline_token(s, lexer, TEXT);
}

static inline bool scan_single_star(Scanner *s, TSLexer *lexer, bool after_blank) {
  bool after_word = s->after_word && !after_blank;
  s->after_word = false;
  if (inline_flag(s, IN_EMPHASIS)) {
    if (!closes_emphasis(after_blank, lexer->lookahead)) return inline_token(s, lexer, TEXT);
    set_inline_flag(s, IN_EMPHASIS, false);
    return inline_token(s, lexer, EMPHASIS_CLOSE);
  }
  bool can_open = !inline_flag(s, NO_MORE_EMPHASIS) && !after_word && !is_blank(lexer->lookahead) && !at_line_end(lexer);
  if (!can_open) return inline_token(s, lexer, TEXT);
  if (star_partner_follows(s, lexer, false)) {
    set_inline_flag(s, IN_EMPHASIS, true);
    return inline_token(s, lexer, EMPHASIS_OPEN);
  }
  set_inline_flag(s, NO_MORE_EMPHASIS, true);
  return inline_token(s, lexer, TEXT);
}

// Takes a run of stars and decides what it is. In a guard, stars are text.
static inline bool scan_stars(Scanner *s, TSLexer *lexer, bool after_blank) {
  unsigned run = 0;
  while (lexer->lookahead == '*') {
    lexer->advance(lexer, false);
    if (run < 2) run++;
  }
  lexer->mark_end(lexer);
  if (inline_flag(s, IN_GUARD)) return inline_token(s, lexer, TEXT);
  return run == 2 ? scan_run_of_stars(s, lexer) : scan_single_star(s, lexer, after_blank);
}

static inline bool scan_backtick(Scanner *s, TSLexer *lexer) {
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  s->after_word = false;
  bool opens = code_span_opens(s, lexer);
  if (opens) set_inline_flag(s, IN_CODE_SPAN, true);
  return inline_token(s, lexer, opens ? CODE_SPAN_OPEN : TEXT);
}

// A star that can be nothing but text, so that text need not be cut at it. Advances over the run.
static inline bool is_idle_star(Scanner *s, TSLexer *lexer) {
  lexer->advance(lexer, false);
  if (lexer->lookahead == '*') return false;
  return inline_flag(s, NO_MORE_EMPHASIS) && !inline_flag(s, IN_EMPHASIS);
}

static inline bool scan_text(Scanner *s, TSLexer *lexer) {
  bool in_guard = inline_flag(s, IN_GUARD), no_more_code = inline_flag(s, NO_MORE_CODE);
  while (!at_line_end(lexer)) {
    int32_t c = lexer->lookahead;
    if (c == '`' && !no_more_code) break;
    if (c == ':' && in_guard) break;
    if (c == '*' && !in_guard) {
      if (!is_idle_star(s, lexer)) break;
    } else {
      lexer->advance(lexer, false);
    }
    if (!is_blank(c)) {
      lexer->mark_end(lexer);
      s->after_word = is_word(c);
    }
  }
  return inline_token(s, lexer, TEXT);
}

// The inside of a code span up to its closing backtick.
static inline bool scan_code_span(Scanner *s, TSLexer *lexer) {
  if (inline_flag(s, AT_CODE_SPAN_END)) {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    set_inline_flag(s, AT_CODE_SPAN_END, false);
    return inline_token(s, lexer, CODE_SPAN_CLOSE);
  }
  while (!at_line_end(lexer) && lexer->lookahead != '`') lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  set_inline_flag(s, IN_CODE_SPAN, false);
  set_inline_flag(s, AT_CODE_SPAN_END, true);
  return inline_token(s, lexer, INLINE_CODE);
}

// The next token of running text. The lexer stands at a visible character that is not the end of the line.
static inline bool scan_inline(Scanner *s, TSLexer *lexer, bool after_blank) {
  int32_t c = lexer->lookahead;
  if (c == ':' && inline_flag(s, IN_GUARD)) {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    set_inline_flag(s, IN_GUARD, false);
    return inline_token(s, lexer, GUARD_END);
  }
  if (c == '*') return scan_stars(s, lexer, after_blank);
  if (c == '`') return scan_backtick(s, lexer);
  return scan_text(s, lexer);
}

#endif
