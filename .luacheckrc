std = "lua54"
read_globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "lunette", "help" }
max_line_length = 120
self = false
exclude_files = { "build*", "tests/golden/ops.lua" }
-- the modules that make up the surface may write to it
for _, room in ipairs { "nn/lua", "vm/lua" } do
  files[room] = { globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "lunette", "help" } }
end
