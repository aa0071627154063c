; A section of a specification speaks of one function: `[SPECIFICATION of f]` of `f`, with the names of its parameters.
(source_file) @local.scope
(section) @local.scope
(function_contract) @local.scope

(heading
  subject: (heading_subject) @local.definition.function)
(function_contract
  name: (function_name) @local.definition.function)

((inline_code) @local.reference
  (#match? @local.reference "^[A-Za-z_][A-Za-z0-9_]*$"))
