std = "lua54"
read_globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist", "lunette", "help" }
max_line_length = 120
self = false
exclude_files = { "build*", "tests/golden/*.lua" }
-- The modules that make up the surface may write to it.  They run in an environment of their own, where `shared` is
-- what scripts start with (vm/embedded.c).
for _, room in ipairs { "nn/lua", "vm/lua" } do
  files[room] = { globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist", "lunette", "help" },
    read_globals = { "shared" } }
end
files["vm/lua/docs"] = { max_line_length = false }  -- a table: a function a line
