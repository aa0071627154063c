; What belongs to a list item stands to the right of its marker.
(list_item) @indent.begin

(case
  marker: (marker)) @indent.begin

; C keeps the indentation that its author gave it.
(code) @indent.ignore
