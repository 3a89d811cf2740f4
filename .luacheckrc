std = "lua54"
globals = {}
read_globals = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "lunette", "help" }
max_line_length = 120
self = false
