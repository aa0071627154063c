#ifndef SYSSPEC_INLINE_H_
#define SYSSPEC_INLINE_H_

// Running text: code spans, strong text, emphasis, and all the rest. A delimiter counts only when its partner stands on the same line,
// so nothing is ever left open at the end of a line. One whose partner was looked for in vain is text, and a token of its own.

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

// A star that can be nothing but text, so that text need not be cut at it. Advances over it.
static inline bool is_idle_star(Scanner *s, TSLexer *lexer, bool after_word) {
  lexer->advance(lexer, false);
  if (lexer->lookahead == '*' || inline_flag(s, IN_EMPHASIS)) return false;
  return after_word || inline_flag(s, NO_MORE_EMPHASIS) || is_blank(lexer->lookahead) || at_line_end(lexer);
}

// Takes text up to the next delimiter or the end of the line. The lexer stands at no delimiter, or behind text on the same line that belongs to it.
static inline bool scan_text(Scanner *s, TSLexer *lexer) {
  bool in_guard = inline_flag(s, IN_GUARD), no_more_code = inline_flag(s, NO_MORE_CODE);
  // The last character, as far as it is known, and whether it was a blank.
  bool after_word = s->after_word, after_blank = true;
  for (;;) {
    int32_t c = lexer->lookahead;
    bool blank = is_blank(c), star = c == '*' && !in_guard, end = c == '\n' || (c == '`' && !no_more_code) || (c == ':' && in_guard) || is_eof(lexer);
    if (!after_blank && (blank || star || end)) {
      lexer->mark_end(lexer);
      s->after_word = after_word;
    }
    if (end) break;
    if (!star) {
      lexer->advance(lexer, false);
    } else if (!is_idle_star(s, lexer, after_word)) {
      break;
    }
    after_word = is_word(c);
    after_blank = blank;
  }
  return inline_token(s, lexer, TEXT);
}

static inline bool scan_run_of_stars(Scanner *s, TSLexer *lexer) {
  set_inline_flag(s, NO_MORE_EMPHASIS, false);
  s->after_word = false;
  if (inline_flag(s, IN_STRONG)) {
    set_inline_flag(s, IN_STRONG, false);
    return inline_token(s, lexer, STRONG_CLOSE);
  }
  if (inline_flag(s, NO_MORE_STRONG)) return scan_text(s, lexer);
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
    if (!closes_emphasis(after_blank, lexer->lookahead)) return scan_text(s, lexer);
    set_inline_flag(s, IN_EMPHASIS, false);
    return inline_token(s, lexer, EMPHASIS_CLOSE);
  }
  bool can_open = !inline_flag(s, NO_MORE_EMPHASIS) && !after_word && !is_blank(lexer->lookahead) && !at_line_end(lexer);
  if (!can_open) return scan_text(s, lexer);
  if (star_partner_follows(s, lexer, false)) {
    set_inline_flag(s, IN_EMPHASIS, true);
    return inline_token(s, lexer, EMPHASIS_OPEN);
  }
  set_inline_flag(s, NO_MORE_EMPHASIS, true);
  return inline_token(s, lexer, TEXT);
}

// Takes a run of stars and decides what it is.
static inline bool scan_stars(Scanner *s, TSLexer *lexer, bool after_blank) {
  unsigned run = 0;
  while (lexer->lookahead == '*') {
    lexer->advance(lexer, false);
    if (run < 2) run++;
  }
  lexer->mark_end(lexer);
  return run == 2 ? scan_run_of_stars(s, lexer) : scan_single_star(s, lexer, after_blank);
}

// A code span, or a backtick that is text.
static inline bool scan_backtick(Scanner *s, TSLexer *lexer) {
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  s->after_word = false;
  if (inline_flag(s, NO_MORE_CODE) || lexer->lookahead == '`' || at_line_end(lexer)) return scan_text(s, lexer);
  while (lexer->lookahead != '`' && !at_line_end(lexer)) lexer->advance(lexer, false);
  if (lexer->lookahead == '`') {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    return inline_token(s, lexer, CODE_SPAN);
  }
  set_inline_flag(s, NO_MORE_CODE, true);
  return inline_token(s, lexer, TEXT);
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
  if (c == '*' && !inline_flag(s, IN_GUARD)) return scan_stars(s, lexer, after_blank);
  if (c == '`') return scan_backtick(s, lexer);
  return scan_text(s, lexer);
}

#endif
