; The info string of a fence names the language of what is inside.
(fence
  info: (info_string) @injection.language
  code: (code) @injection.content)

; Declarations without a fence are C.
(unfenced_c
  code: (code) @injection.content
  (#set! injection.language "c"))
