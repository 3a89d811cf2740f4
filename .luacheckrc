std = "lua54"
read_globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "lunette", "help" }
max_line_length = 120
self = false
exclude_files = { "build*", "tests/golden/*.lua" }
-- the modules that make up the surface may write to it
for _, room in ipairs { "nn/lua", "vm/lua" } do
  files[room] = { globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "lunette", "help" } }
end
files["vm/lua/docs"] = { max_line_length = false }  -- a table: a function a line
files["vm/lua/strict.lua"] = { globals = { "coroutine" } }  -- wraps resume and wrap, so that interrupts reach them
-- the prompt and coroutine.resume's companion add to Lua's own
files["vm/lua/repl.lua"] = { globals = { "quit", "exit", "_" } }
files["vm/lua/commands.lua"] = { globals = { "arg" } }
files["vm/lua/strict.lua"] = { globals = { "coroutine", "lunette" } }
