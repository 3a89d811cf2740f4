--- trigger_onnx.lua: wake words of openWakeWord (melspectrogram.onnx, embedding_model.onnx and one file a word) as an
-- ear for lib/trigger_live.lua: frames of 32 ms every 10 ms, 76 of them make an embedding every 80 ms, 16 of those a
-- probability; samples as i16 has them.
local RATE, SIZE, HOP, WINDOW, EVERY, ROWS = 16000, 512, 160, 76, 8, 16
local BEFORE, AFTER = 2 * RATE, RATE // 2                                -- silence around a file: the first decision's

local function read(folder, name) return lunette.option("weights", nn.onnx, folder .. "/" .. name) end

-- The file of a word, and the words that there are.
local function file_of(folder, word)
  local words, file = {}, nil
  for _, name in ipairs((lunette.folder(folder))) do
    local stem = name:match "^(.*)%.onnx$"
    if stem and stem ~= "melspectrogram" and stem ~= "embedding_model" and not stem:find "^silero" then
      local spoken = stem:gsub("_v[%d.]+$", ""):gsub("_", " ")
      words[#words + 1] = "'" .. spoken .. "'"
      if spoken == word:lower() then file = name end
    end
  end
  if #words == 0 then error(("--weights: %s: no .onnx file of a word in it"):format(folder), 0) end
  if not file then
    error(("--word: '%s' is none of the words in %s: %s"):format(word, folder, table.concat(words, ", ")), 0)
  end
  return file
end

--- onnx(folder, word) -> an ear {rate =, stride =, all =, stream =} and {step =, first =, steps =} for lib/events.lua.
return function(folder, word)
  local wake = read(folder, file_of(folder, word))
  local mel, embed = read(folder, "melspectrogram.onnx"), read(folder, "embedding_model.onnx")

  local function stream()
    local sound, frames, rows = tensor.zeros(0), nil, {}
    return function(block)
      local _ <close> = tensor.no_grad()
      sound = tensor.cat { sound, block }
      local n = (sound:numel() - SIZE) // HOP + 1
      if n < 1 then return {} end
      local new = mel((sound:narrow(1, 1, (n - 1) * HOP + SIZE) * 32767):view(1, -1)):reshape { -1, 32 } / 10 + 2
      sound = sound:narrow(1, n * HOP + 1, sound:numel() - n * HOP):clone()
      frames = frames and tensor.cat { frames, new } or new
      local p = {}
      while frames:size(1) >= WINDOW do
        rows[#rows + 1] = embed(frames:narrow(1, 1, WINDOW):reshape { 1, WINDOW, 32, 1 }):reshape { 1, 1, 96 }
        frames = frames:narrow(1, EVERY + 1, frames:size(1) - EVERY):clone()
        if #rows > ROWS then table.remove(rows, 1) end
        if #rows == ROWS then p[#p + 1] = wake(tensor.cat(rows, 2)):item() end
      end
      return p, new
    end
  end
  local function all(x) return (stream()(tensor.cat { tensor.zeros(BEFORE), x, tensor.zeros(AFTER) })) end
  local first = (((ROWS - 1) * EVERY + WINDOW - 1) * HOP + SIZE - BEFORE) / RATE
  return { rate = RATE, stride = EVERY, hop = HOP, all = all, stream = stream },
    { step = EVERY * HOP / RATE, first = first, steps = 1 }
end
