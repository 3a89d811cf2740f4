--- saved.lua: a network with what it was learnt on in one .safetensors file: the words or classes that it knows, the
-- size of its pictures.  What --out writes and --weights reads.
local saved = {}

local function bytes(text) return tensor({ text:byte(1, -1) }, { dtype = "u8" }) end

--- saved.write(path, project, net, lists, marks): lists are lists of texts by name ({ words = ..., tags = ... }), kept
-- beside the weights as their bytes, a line each, under "list.NAME".  marks (or nil) of the pictures that were learnt
-- from, of lib.by_heart.
function saved.write(path, project, net, lists, marks)
  local all = { ["list.project"] = bytes(project), ["learnt.marks"] = marks }
  for name, value in pairs(net:state()) do all[name] = value end
  for name, list in pairs(lists) do all["list." .. name] = bytes(table.concat(list, "\n") .. "\n") end
  assert(tensor.save(path, all))
end

local function fault(key, why) lunette.option(key, error, why) end

-- Marks of pictures as lib.by_heart makes them.
local function marks_of(t, path)
  if lunette.is_tensor(t) and t.dtype == "i64" and t:dim() == 1 then return t end
  return fault("weights", ("%s: 'learnt.marks' is no list of whole numbers"):format(path))
end

--- saved.finite(tensors, path): NaN or an infinity among the weights of a file is an error with the tensor's name.
function saved.finite(tensors, path)
  local odd = {}
  for name, t in pairs(tensors) do
    if lunette.is_tensor(t) and t.dtype:find "^f" and not t:isfinite():all():item() then odd[#odd + 1] = name end
  end
  table.sort(odd)
  if odd[1] then fault("weights", ("%s: '%s' has numbers that are not finite"):format(path, odd[1])) end
end

--- saved.of(file, path, project) -> { lists = { NAME = list }, state = tensors by name } of the tensors in a file; nil
-- for weights that saved.write has not written; learnt = {marks, file} of the pictures that they were learnt from.
-- What another project wrote is an error.
function saved.of(file, path, project)
  local function text(name)
    local t = file["list." .. name]
    return lunette.is_tensor(t) and string.char(table.unpack(t:to("i64"):view(-1):totable())) or nil
  end
  local whose = text "project"
  if not whose then return nil end
  if whose ~= project then fault("weights", ("%s: has been written by %s, not by %s"):format(path, whose, project)) end
  local known = { lists = {}, state = {} }
  for name in pairs(file) do
    local list = name:match "^list%.(.*)$"
    if name == "learnt.marks" then
      known.learnt = { marks = marks_of(file[name], path), file = "--weights " .. path }
    elseif not list then
      known.state[name] = file[name]
    elseif list ~= "project" then
      known.lists[list] = {}
      for line in text(list):gmatch "([^\n]*)\n" do table.insert(known.lists[list], line) end
    end
  end
  saved.finite(known.state, path)
  return known
end

--- saved.open(path, project): saved.of what is in the file.
function saved.open(path, project)
  return saved.of(lunette.option("weights", data.weights, path), path, project)
end

--- saved.number(known, opt, key, list) -> the whole number that the list (by default `key`) of a file holds: what the
-- option `key` was when its network was learnt.  Another one on the command line is an error.
function saved.number(known, opt, key, list)
  local n = math.tointeger(tonumber((known.lists[list or key] or {})[1]))
  if not n or n < 1 then fault("weights", ("%s: the file has no '%s'"):format(opt.weights, list or key)) end
  if lunette.given(key) and opt[key] ~= n then
    fault("weights", ("%s: has been learnt with --%s %d, got --%s %d"):format(opt.weights, key, n, key, opt[key]))
  end
  return n
end

--- saved.same(known, opt, names, whose): the classes of the file are these, in this order; else an error.  whose:
-- where the names are from, "--data".
function saved.same(known, opt, names, whose)
  local list = known.lists.classes or {}
  if table.concat(list, "\n") ~= table.concat(names, "\n") then
    fault("weights", ("%s: tells '%s' apart, and in %s are '%s'"):format(opt.weights, table.concat(list, ", "), whose,
      table.concat(names, ", ")))
  end
end

--- saved.read(path, project, vocab) -> saved.open's with layers = of its encoder, width = of its words; nil for a file
-- of weights that saved.write has not written.  A vocabulary given beside a file that has its own is an error.
function saved.read(path, project, vocab)
  local known = saved.open(path, project)
  if not known then return nil end
  if vocab then fault("vocab", ("goes with DistilBERT's weights; %s knows its own words"):format(path)) end
  known.layers = 0
  for name in pairs(known.state) do
    known.layers = math.max(known.layers, tonumber(name:match "^encoder%.layers%.(%d+)%.") or 0)
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
