vim.filetype.add({
  extension = { spec = "sysspec", header = "sysspec-header" },
  -- Diffs end in .patch, too: a spec patch begins with a section heading.
  pattern = {
    [".*%.patch"] = {
      function(_, buffer)
        local first = vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1] or ""
        return first:match("^%[%u+%]") and "sysspec" or nil
      end,
      { priority = 10 },
    },
  },
})
