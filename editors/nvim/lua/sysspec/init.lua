--- SysSpec Studio for Neovim: starts `sysspec lsp` for specifications and runs its commands.
local M = {}

---@class sysspec.Options
---@field cmd? string[] the server's command line
---@field mountpoint? string where :SysspecMount mounts; a folder of its own under the temporary folder when absent

---@type sysspec.Options
M.options = { cmd = { "sysspec", "lsp" } }

--- Changes the options; call it before the first specification is opened.
---@param options? sysspec.Options
function M.setup(options)
  M.options = vim.tbl_extend("force", M.options, options or {})
end

local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.experimental = { moduleStatus = true }
  return all
end

--- How the obligations of modules stand, by buffer: docs/lsp-extensions.md says what is in it.
local statuses = {}

local function take_status(_, status)
  statuses[vim.uri_to_fname(status.uri)] = status
  vim.cmd.redrawstatus({ bang = true })
end

--- How the obligations of the current module stand, for a 'statusline': "undecided: 14 proved, 2 not decided".
---@return string
function M.status()
  local status = statuses[vim.api.nvim_buf_get_name(0)]
  if not status then
    return ""
  end
  local counts = {}
  local function count(number, how)
    if number > 0 then
      table.insert(counts, ("%d %s"):format(number, how))
    end
  end
  count(status.refuted, "refuted")
  count(status.proved + status.textual, "proved")
  count(status.informal + status.unknown, "not decided")
  return ("%s: %s"):format(status.state, table.concat(counts, ", "))
end

--- Starts the server for a buffer, or attaches the one that runs for its workspace.
---@param buffer integer
function M.attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  local program = M.options.cmd[1]
  if vim.fn.executable(program) == 0 then
    vim.notify_once(
      ("sysspec: `%s` is not executable; install it or call require('sysspec').setup({ cmd = { PATH, 'lsp' } })"):format(program),
      vim.log.levels.ERROR
    )
    return
  end
  vim.lsp.start({
    name = "sysspec",
    cmd = M.options.cmd,
    root_dir = vim.fs.root(file, { "sysspec.toml" }) or vim.fs.dirname(file),
    capabilities = capabilities(),
    handlers = { ["sysspec/moduleStatus"] = take_status },
  }, { bufnr = buffer })
end

---@return vim.lsp.Client?
local function client()
  local get = vim.lsp.get_clients
  return get({ name = "sysspec", bufnr = 0 })[1] or get({ name = "sysspec" })[1]
end

local function default_mountpoint(root)
  local name = vim.fs.basename(root)
  return vim.fs.joinpath(vim.uv.os_tmpdir(), ("sysspec-%s-%s"):format(name, vim.fn.sha256(root):sub(1, 8)))
end

--- The folder given, else the configured one, else one of its own; it is made when missing.
local function mountpoint(root, given)
  local folder = (given and given ~= "" and given) or M.options.mountpoint or default_mountpoint(root)
  vim.fn.mkdir(folder, "p")
  return folder
end

local function execute(name, arguments)
  local server = client()
  if not server then
    vim.notify("sysspec: no server runs; open a specification first", vim.log.levels.ERROR)
    return
  end
  local root = server.config.root_dir
  local words = { vim.uri_from_fname(root) }
  vim.list_extend(words, arguments and arguments(root) or {})
  server:request("workspace/executeCommand", { command = name, arguments = words }, function(failure)
    if failure then
      vim.notify("sysspec: " .. failure.message, vim.log.levels.ERROR)
    end
  end)
end

function M.check()
  execute("sysspec.check")
end

---@param folder? string
function M.generate_and_mount(folder)
  execute("sysspec.generateAndMount", function(root)
    return { mountpoint(root, folder) }
  end)
end

function M.mount_and_test()
  execute("sysspec.mountAndTest")
end

---@param folder? string
function M.unmount(folder)
  execute("sysspec.unmount", function(root)
    return { mountpoint(root, folder) }
  end)
end

return M
