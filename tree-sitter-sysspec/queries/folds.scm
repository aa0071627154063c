[
  (section)
  (function_contract)
  (contract)
  (case)
  (list_item)
  (fence)
  (unfenced_c)
] @fold
