/**
 * @file SysSpec specifications: `.spec` and `.patch` files.
 *
 * The language is line-oriented, and every decision about a line (is it a heading, a label, a case, a list item, prose?) is taken at its start,
 * by the external scanner (`src/scanner.c`). The scanner announces a line by a zero-width `…_start` token and then hands out the parts of its
 * head one by one, so that the grammar below only says how lines nest. A line that goes on with a paragraph is not announced. Prose is what is
 * left when nothing else fits, and therefore no text at all is a syntax error.
 *
 * Line ends, blank lines and indentation are what the scanner skips before a token: no node begins or ends with white space. What decorates a
 * label (stars, parentheses) is skipped, too, unless it is worth a node.
 *
 * Tokens and nodes cost time, so there are no more of them than readers of the tree have use for.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const phase_label = ($, open) => seq(
  open,
  field("number", $.phase_number),
  optional(field("title", $.phase_title)),
  $._label_close,
);

// The head of a case, and the text behind it.
const case_head = $ => seq(
  alias($._case_open, "case"),
  choice(
    seq(field("number", $.case_number), optional(field("label", $.case_label))),
    field("label", $.outcome_label),
  ),
  choice(
    $._case_close,
    seq($._guard_start, field("guard", $.case_guard), alias($._guard_end, ":")),
  ),
  optional(field("outcome", $.paragraph)),
);

const items = $ => repeat1(choice($.list_item, alias($._case_item, $.case)));

export default grammar({
  name: "sysspec",

  // The order is that of `enum TokenType` in src/scanner/tokens.h.
  externals: $ => [
    $._line_end,

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
    $._fence_start,
    $._stray_fence_start,
    $._unfenced_start,
    $._prose_start,

    $._list_start,
    $._case_list_start,
    $._item_end,
    $._list_end,

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
    $._case_marker,
    $._case_open,
    $.case_number,
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

    $.comment,
    $._fence_open,
    $.info_string,
    $._fence_code,
    $._fence_close,
    $._unfenced_code,

    $.text,
    $.code_span,
    $._backtick,
    $._strong_open,
    $._strong_close,
    $._emphasis_open,
    $._emphasis_close,
  ],

  // Blanks at the end of a file, and ends of lines that had to be looked at before anything else.
  extras: $ => [$._line_end],

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
      field("name", $.function_name),
      $._backtick,
      repeat($.contract),
    )),

    // `**Pre-Condition**:`, `- POSTCONDITION: text`, `Invariant: text`, … with all that it governs.
    contract: $ => prec.right(seq(
      field("label", $.contract_label),
      optional($.paragraph),
      repeat($._contract_part),
    )),

    contract_label: $ => seq($._contract_start, field("kind", $.label_kind), $._label_close),

    // A case without a marker ends where another begins, be that one with a marker or without.
    case: $ => prec.right(seq($._case_start, case_head($), repeat($._block))),

    _case_item: $ => seq(
      field("marker", alias($._case_marker, $.marker)),
      case_head($),
      repeat($._item),
      optional($._item_end),
    ),

    case_guard: $ => repeat1(choice($.code_span, $.text)),

    // `**Exposed API**`, `Provided Utilities:`
    group_label: $ => seq($._group_label_start, field("name", $.group_name), $._label_close),

    _phase_line: $ => prec.right(seq($.phase_label, optional($.paragraph))),

    // `**Phase 2: remaining paths**`
    phase_label: $ => phase_label($, $._phase_label_start),

    // Behind the marker of an item.
    _item_phase_label: $ => phase_label($, $._label_open),

    // The end of the last item is that of the list.
    list: $ => seq($._list_start, items($), $._list_end),

    // A list whose first item is a case.
    _case_list: $ => seq($._case_list_start, items($), $._list_end),

    list_item: $ => seq(
      field("marker", $.marker),
      optional(field("phase", alias($._item_phase_label, $.phase_label))),
      optional(field("content", $.paragraph)),
      repeat($._item),
      optional($._item_end),
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

    fence: $ => prec.right(seq(
      $._fence_start,
      alias($._fence_open, "```"),
      optional(field("info", $.info_string)),
      optional(field("code", alias($._fence_code, $.code))),
      optional(field("close", alias($._fence_close, $.fence_close))),
    )),

    // The end of a fence that was broken off before, by a label in its midst: it opens no fence of its own.
    stray_fence: $ => seq($._stray_fence_start, alias($._fence_close, "```")),

    unfenced_c: $ => seq($._unfenced_start, field("code", alias($._unfenced_code, $.code))),

    _prose_paragraph: $ => seq($._prose_start, $.paragraph),

    // A `text` ends with its line, at the latest.
    paragraph: $ => prec.right(repeat1($._inline)),

    _inline: $ => choice($.code_span, $.strong, $.emphasis, $.text),

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
