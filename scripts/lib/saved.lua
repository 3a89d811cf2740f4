--- saved.lua: a network with the words that it knows in one .safetensors file: what qa_babi and ner_resumes write with
-- --out and read with --weights.
local saved = {}

local function bytes(text) return tensor({ text:byte(1, -1) }, { dtype = "u8" }) end

--- saved.write(path, project, net, lists): lists are lists of texts by name ({ words = ..., tags = ... }), kept beside
-- the weights as their bytes, a line each, under "list.NAME".
function saved.write(path, project, net, lists)
  local all = { ["list.project"] = bytes(project) }
  for name, value in pairs(net:state()) do all[name] = value end
  for name, list in pairs(lists) do all["list." .. name] = bytes(table.concat(list, "\n") .. "\n") end
  assert(tensor.save(path, all))
end

--- saved.read(path, project, vocab) -> { lists = { NAME = list }, state = tensors by name, layers = of its encoder,
-- width = of its words }; nil for a file of weights that saved.write has not written.  What another project wrote is an
-- error, and so is a vocabulary given beside a file that has its own.
function saved.read(path, project, vocab)
  local file = lunette.option("weights", data.weights, path)
  local function text(name)
    local t = file["list." .. name]
    return t and string.char(table.unpack(t:view(-1):totable()))
  end
  local of = text "project"
  if not of then return nil end
  local function fault(key, why) lunette.option(key, error, why) end
  if of ~= project then fault("weights", ("%s: has been written by %s, not by %s"):format(path, of, project)) end
  if vocab then fault("vocab", ("goes with DistilBERT's weights; %s knows its own words"):format(path)) end
  local known = { lists = {}, state = {}, layers = 0 }
  for name in pairs(file) do
    local list = name:match "^list%.(.*)$"
    if not list then
      known.state[name] = file[name]
      known.layers = math.max(known.layers, tonumber(name:match "^encoder%.layers%.(%d+)%.") or 0)
    elseif list ~= "project" then
      known.lists[list] = {}
      for line in text(list):gmatch "([^\n]*)\n" do table.insert(known.lists[list], line) end
    end
  end
  local word = known.state["word.weight"]
  if not (word and word:dim() == 2) then fault("weights", path .. ": the file has no word.weight") end
  known.width = word:size(2)
  return known
end

--- saved.put(net, known): its weights into a network of the same make, and a line that says what that means for other
-- options; what does not fit is an error with the file.
function saved.put(net, known)
  lunette.option("weights", net.load_state, net, known.state)
  print(("--weights: a network %d wide, %d layers in its encoder, as it was learnt: options of training and size have "
    .. "no effect"):format(known.width, known.layers))
end

return saved
