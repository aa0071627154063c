((code) @injection.content
  (#set! injection.language "c"))
