(include) @module
(include_list
  "," @punctuation.delimiter)
