; The outline: sections, the functions that have contracts, and the parts of those.
(section
  heading: (heading
    name: (heading_name) @name
    !subject)) @definition.module

(section
  heading: (heading
    subject: (heading_subject) @name)) @definition.function

(function_contract
  name: (function_name) @name) @definition.function

(contract
  label: (contract_label
    kind: (label_kind) @name)) @definition.method

(case
  number: (case_number) @name) @definition.constant

(patch_node
  name: (node_name) @name) @definition.module

((phase_marker
  name: (phase_name) @name)) @definition.module
