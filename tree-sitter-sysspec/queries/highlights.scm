; Headings and phases

(heading
  ["[" "]"] @punctuation.bracket)
(heading
  "of" @keyword)
(heading
  name: (heading_name) @markup.heading)
(heading
  subject: (heading_subject) @function)
(heading
  trailing: (heading_trailing) @comment)
(unknown_heading
  name: (heading_name) @markup.heading)
(phase_marker) @keyword.directive
(phase_label) @markup.heading

; Contracts

(contract_label) @keyword
(group_label) @label
(function_contract
  name: (function_name) @function)
(case
  "case" @keyword.conditional)
(case_number) @number
(case_label) @label
(outcome_label) @label
(case
  ":" @punctuation.delimiter)

; [MODULE], [PATCH], [NODES]

(key) @property
(value) @string
(node_name) @module
(node_kind) @type
(node_action) @keyword
(node_target) @module
(key_value
  ":" @punctuation.delimiter)
(patch_node
  ["(" ")"] @punctuation.bracket)
(patch_node
  ":" @punctuation.delimiter)

; Text

(marker) @markup.list
(strong) @markup.strong
(emphasis) @markup.italic
(code_span) @markup.raw
(comment) @comment

; C

(fence
  "```" @punctuation.delimiter)
(fence_close) @punctuation.delimiter
(stray_fence) @punctuation.delimiter
(info_string) @label
