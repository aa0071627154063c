-- Run inside a real Neovim by tests/editors.rs: sees a diagnostic appear and go, then mounts and unmounts.
-- Environment: SYSSPEC_BINARY, SPECS (a copy of the workspace), MOUNTPOINT (an empty folder).

local specs, mountpoint = vim.env.SPECS, vim.env.MOUNTPOINT
local binary = vim.env.SYSSPEC_BINARY

local function fail(message)
  io.stderr:write("FAILED: " .. message .. "\n")
  vim.cmd("cquit 1")
end

local function wait_until(what, condition)
  if not vim.wait(60000, condition, 50) then
    fail("no " .. what .. " within 60 s")
  end
  print("seen: " .. what)
end

local function is_mounted()
  for line in io.lines("/proc/self/mounts") do
    if line:find(" " .. mountpoint .. " ", 1, true) then
      return true
    end
  end
  return false
end

require("sysspec").setup({ cmd = { binary, "lsp" }, mountpoint = mountpoint })
vim.cmd.edit(specs .. "/util/name_hash.spec")
local buffer = vim.api.nvim_get_current_buf()
if vim.bo[buffer].filetype ~= "sysspec" then
  fail("filetype is " .. vim.bo[buffer].filetype)
end
wait_until("the server attached", function()
  return #vim.lsp.get_clients({ name = "sysspec", bufnr = buffer }) == 1
end)

local before = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
local broken = vim.tbl_map(function(line)
  return (line:gsub("uint32_t name_hash%(const char %*name%);", "uint32_t name_hush(const char *name);"))
end, before)
vim.api.nvim_buf_set_lines(buffer, 0, -1, false, broken)
wait_until("a diagnostic for the broken guarantee", function()
  return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) > 0
end)
vim.api.nvim_buf_set_lines(buffer, 0, -1, false, before)
wait_until("its end after the repair", function()
  return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) == 0
end)

wait_until("the state of its obligations", function()
  return require("sysspec").status():find("^verified: %d+ proved$") ~= nil
end)

vim.cmd.SysspecMount()
wait_until("the mount", is_mounted)
vim.fn.writefile({ "written by Neovim" }, mountpoint .. "/file")
if vim.fn.readfile(mountpoint .. "/file")[1] ~= "written by Neovim" then
  fail("the file does not read back")
end
vim.cmd.SysspecUnmount()
wait_until("the unmount", function()
  return not is_mounted()
end)
print("nvim smoke test passed")
vim.cmd("qall!")
