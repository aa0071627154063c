/**
 * @file SysSpec specifications: `.spec` and `.patch` files.
 *
 * The language is line-oriented, and every decision about a line (is it a heading, a label, a case, a list item, prose?) is taken once,
 * at its start, by the external scanner (`src/scanner.c`). The scanner announces a line by a zero-width `…_start` token and then hands out
 * the parts of its head one by one, so that the grammar below only says how lines nest. Prose is what is left when nothing else fits, and
 * therefore no text at all is a syntax error.
 *
 * Line ends (with the blank lines and the indentation that follow them) are extras: no node begins or ends with white space.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

export default grammar({
  name: "sysspec",

  // The order is that of `enum TokenType` in src/scanner/tokens.h.
  externals: $ => [
    $._line_end,
    $._same_item,

    $._heading_start,
    $._unknown_heading_start,
    $._phase_marker_start,
    $._contract_start,
    $._function_start,
    $._case_start,
    $._group_label_start,
    $._phase_label_start,
    $._key_value_start,
    $._patch_node_start,
    $._comment_start,
    $._fence_start,
    $._stray_fence_start,
    $._unfenced_start,
    $._prose_start,
    $._prose_next,

    $._list_start,
    $._case_list_start,
    $._list_end,
    $._item_start,
    $._case_item_start,
    $._item_end,

    $._bracket_open,
    $._bracket_close,
    $._hashes,
    $.heading_name,
    $._heading_of,
    $.heading_subject,
    $.heading_trailing,

    $._phase_open,
    $.phase_name,
    $._phase_close,

    $._label_open,
    $._label_close,
    $.label_kind,
    $.group_name,
    $.phase_number,
    $.phase_title,
    $.function_name,

    $.marker,
    $._case_open,
    $.case_number,
    $._case_label_open,
    $.case_label,
    $.outcome_label,
    $._case_close,
    $._guard_start,
    $._guard_end,

    $.key,
    $._colon,
    $.value,
    $.node_name,
    $._paren_open,
    $.node_kind,
    $._paren_close,
    $.node_action,
    $.node_target,

    $._comment_text,
    $._fence_open,
    $.info_string,
    $._fence_code,
    $._fence_end,
    $._fence_close,
    $._fence_unclosed,
    $._unfenced_code,

    $._text,
    $._code_span_open,
    $.inline_code,
    $._code_span_close,
    $._strong_open,
    $._strong_close,
    $._emphasis_open,
    $._emphasis_close,
  ],

  extras: $ => [$._line_end, $._same_item],

  rules: {
    source_file: $ => repeat(choice($.section, $.phase_marker, $.preamble)),

    // Text that belongs to no section: before the first heading, or between a phase marker and the next heading.
    preamble: $ => prec.right(repeat1($._item)),

    section: $ => prec.right(seq(
      field("heading", choice($.heading, $.unknown_heading)),
      repeat($._item),
    )),

    // `[RELY]`, `[Rely] trailing text`, `[SPECIFICATION of f]`; the closing bracket may be missing.
    heading: $ => seq(
      $._heading_start,
      alias($._bracket_open, "["),
      field("name", $.heading_name),
      optional(seq(alias($._heading_of, "of"), field("subject", $.heading_subject))),
      optional(alias($._bracket_close, "]")),
      optional(field("trailing", $.heading_trailing)),
    ),

    // A bracketed word alone on its line, or `## words`, that is none of the vocabulary.
    unknown_heading: $ => seq(
      $._unknown_heading_start,
      choice(
        seq(alias($._bracket_open, "["), field("name", $.heading_name), alias($._bracket_close, "]")),
        seq(alias($._hashes, "##"), field("name", $.heading_name)),
      ),
    ),

    // `## First Prompt`, `===== START OF PROMPT 1 =====`
    phase_marker: $ => seq(
      $._phase_marker_start,
      $._phase_open,
      field("name", $.phase_name),
      $._phase_close,
    ),

    _item: $ => choice($.function_contract, $.contract, $.group_label, $._contract_part),

    _contract_part: $ => choice($.case, alias($._case_list, $.list), $._block),

    _block: $ => choice(
      $._prose_paragraph,
      $.list,
      $.fence,
      $.stray_fence,
      $.unfenced_c,
      $.comment,
      $.key_value,
      $.patch_node,
      $._phase_line,
    ),

    // A line that is a backticked function name, followed by that function's contracts.
    function_contract: $ => prec.right(seq(
      $._function_start,
      alias($._code_span_open, "`"),
      field("name", $.function_name),
      alias($._code_span_close, "`"),
      repeat($.contract),
    )),

    // `**Pre-Condition**:`, `- POSTCONDITION: text`, `Invariant: text`, … with all that it governs.
    contract: $ => prec.right(seq(
      $._contract_start,
      field("label", $.contract_label),
      optional($.paragraph),
      repeat($._contract_part),
    )),

    contract_label: $ => seq($._label_open, field("kind", $.label_kind), $._label_close),

    // A case without a marker ends where another begins, be that one with a marker or without.
    case: $ => prec.right(seq($._case_start, $._case_head, repeat($._block))),

    _case_item: $ => seq(
      $._case_item_start,
      field("marker", $.marker),
      $._case_head,
      repeat($._item),
      $._item_end,
    ),

    _case_head: $ => seq(
      alias($._case_open, "case"),
      choice(
        seq(
          field("number", $.case_number),
          optional(seq($._case_label_open, optional(field("label", $.case_label)))),
        ),
        field("label", $.outcome_label),
      ),
      $._case_close,
      optional(seq($._guard_start, field("guard", $.case_guard), alias($._guard_end, ":"))),
      optional(field("outcome", $.paragraph)),
    ),

    case_guard: $ => repeat1(choice($.code_span, $.text)),

    // `**Exposed API**`, `Provided Utilities:`
    group_label: $ => seq($._group_label_start, $._label_open, field("name", $.group_name), $._label_close),

    _phase_line: $ => prec.right(seq($._phase_label_start, $.phase_label, optional($.paragraph))),

    // `**Phase 2: remaining paths**`
    phase_label: $ => seq(
      $._label_open,
      field("number", $.phase_number),
      optional(field("title", $.phase_title)),
      $._label_close,
    ),

    list: $ => seq($._list_start, $._list_rest),

    // A list whose first item is a case.
    _case_list: $ => seq($._case_list_start, $._list_rest),

    _list_rest: $ => seq(repeat1(choice($.list_item, alias($._case_item, $.case))), $._list_end),

    list_item: $ => seq(
      $._item_start,
      field("marker", $.marker),
      optional(field("phase", $.phase_label)),
      optional(field("content", $.paragraph)),
      repeat($._item),
      $._item_end,
    ),

    // `name: value` in [MODULE] and [PATCH]
    key_value: $ => seq(
      $._key_value_start,
      optional(field("marker", $.marker)),
      field("key", $.key),
      alias($._colon, ":"),
      optional(field("value", $.value)),
    ),

    // `- name (kind): new` or `- name (kind): replaces other` in [NODES]
    patch_node: $ => seq(
      $._patch_node_start,
      optional(field("marker", $.marker)),
      field("name", $.node_name),
      optional(seq(
        alias($._paren_open, "("),
        optional(field("kind", $.node_kind)),
        optional(alias($._paren_close, ")")),
      )),
      optional(alias($._colon, ":")),
      optional(seq(field("action", $.node_action), optional(field("target", $.node_target)))),
    ),

    comment: $ => seq($._comment_start, $._comment_text),

    fence: $ => seq(
      $._fence_start,
      alias($._fence_open, "```"),
      optional(field("info", $.info_string)),
      optional(field("code", alias($._fence_code, $.code))),
      choice(
        seq($._fence_end, field("close", alias($._fence_close, $.fence_close))),
        $._fence_unclosed,
      ),
    ),

    // The end of a fence that was broken off before, by a label in its midst: it opens no fence of its own.
    stray_fence: $ => seq($._stray_fence_start, alias($._fence_close, "```")),

    unfenced_c: $ => seq($._unfenced_start, field("code", alias($._unfenced_code, $.code))),

    _prose_paragraph: $ => seq($._prose_start, $.paragraph),

    paragraph: $ => prec.right(seq($.prose_line, repeat(seq($._prose_next, $.prose_line)))),

    prose_line: $ => prec.right(repeat1($._inline)),

    _inline: $ => choice($.code_span, $.strong, $.emphasis, $.text),

    text: $ => prec.right(repeat1($._text)),

    code_span: $ => seq(
      alias($._code_span_open, "`"),
      field("code", $.inline_code),
      alias($._code_span_close, "`"),
    ),

    strong: $ => seq(
      alias($._strong_open, "**"),
      repeat(choice($.code_span, $.emphasis, $.text)),
      alias($._strong_close, "**"),
    ),

    emphasis: $ => seq(
      alias($._emphasis_open, "*"),
      repeat(choice($.code_span, $.text)),
      alias($._emphasis_close, "*"),
    ),
  },
});
