; A section of a specification speaks of one function: `[SPECIFICATION of f]` of `f`.
(source_file) @local.scope
(section) @local.scope
(function_contract) @local.scope

(heading
  subject: (heading_subject) @local.definition.function)
(function_contract
  name: (function_name) @local.definition.function)
