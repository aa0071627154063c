if vim.g.loaded_sysspec then
  return
end
vim.g.loaded_sysspec = true

vim.api.nvim_create_autocmd("FileType", {
  group = vim.api.nvim_create_augroup("sysspec", {}),
  pattern = { "sysspec", "sysspec-header" },
  callback = function(event)
    require("sysspec").attach(event.buf)
  end,
})

local function command(name, description, run)
  vim.api.nvim_create_user_command(name, run, { desc = description, nargs = "?", complete = "dir" })
end

command("SysspecCheck", "Check every specification of the workspace", function()
  require("sysspec").check()
end)
command("SysspecMount", "Generate & mount: build the file system and mount it", function(call)
  require("sysspec").generate_and_mount(call.args)
end)
command("SysspecTest", "Mount & test: module tests and the regression suite on a mount", function()
  require("sysspec").mount_and_test()
end)
command("SysspecUnmount", "Unmount what :SysspecMount mounted", function(call)
  require("sysspec").unmount(call.args)
end)
