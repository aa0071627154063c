/**
 * @file SysSpec headers: `.header` files. Line 1 names the headers to include, all that follows is C.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

export default grammar({
  name: "sysspec_header",

  // The order is that of `enum TokenType` in src/scanner.c.
  externals: $ => [$._blank, $._includes_start, $._no_includes, $.include, $._comma, $.code],

  // White space at the end of the file; all other is skipped by the scanner.
  extras: $ => [$._blank],

  rules: {
    source_file: $ => seq(
      optional(choice(field("includes", $.include_list), $._no_includes)),
      optional(field("code", $.code)),
    ),

    // `stdio, sys/stat, base`; a comma too many or too few is no error of syntax.
    include_list: $ => seq($._includes_start, repeat1(choice($.include, alias($._comma, ",")))),
  },
});
