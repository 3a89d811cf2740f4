--- people_network.lua: a network of faces that was made elsewhere: face_verification --weights with
--   a network in .onnx           pictures [n, 3, h, h] or [n, h, h, 3] in, vectors [n, d] out
--   a model of Keras, .h5, .keras
--   a folder with model.json and model.h5, or model.h5 with model.json beside it: the course's Inception-ResNet
-- Pictures are brought to the size that it takes.
local saved = require "lib.saved"
local network = {}

local function fail(path, text, ...) lunette.raise(("--weights: %s: %s"):format(path, text:format(...))) end

--- What a network wants done to its pictures of 0..255 first, --prepare: x [n, h, h, 3] -> the same.
network.prepared = {
  unit = function(x) return x / 255 end,                               -- 0..1: the course
  signed = function(x) return x / 127.5 - 1 end,                       -- -1..1: ArcFace, facenet-pytorch
  whitened = function(x)                                               -- each picture by itself: FaceNet of 2017
    local flat = x:reshape(x:size(1), -1)
    local spread = flat:std { dim = 2, unbiased = false }:clamp(1 / flat:size(2) ^ 0.5)
    return (x - flat:mean(2):view(-1, 1, 1, 1)) / spread:view(-1, 1, 1, 1)
  end,
}

local function exists(path) return lunette.modified(path) ~= nil end

-- The model's configuration and its weights' file where they lie apart.
local function parts(path)
  if lunette.folder(path) then
    local json, h5 = path .. "/model.json", path .. "/model.h5"
    return exists(json) and exists(h5) and json, h5
  end
  local json = path:match "^(.*)%.h5$"
  return json and exists(json .. ".json") and json .. ".json", path
end

local function is_keras(path) return path:find "%.h5$" or path:find "%.keras$" end

-- The network, its side and whether its pictures are [n, 3, h, h].
local function open(path)
  if path:find "%.onnx$" then
    local net = lunette.option("weights", nn.onnx, path)
    local shape = net:inputs()[1].shape or {}
    local first = shape[2] == 3
    return net, shape[first and 3 or 2], first, shape[1] == 1
  end
  local json, h5 = parts(path)
  local net = lunette.option("weights", nn.keras, json or path, json and h5 or nil)
  return net, net:expects()[2]
end

--- network.read(opt) -> a module f32 [n, side, side, 3] -> [n, d] with .side, of opt.weights; nil where that is weights
-- of the project's own networks.  opt.size is the side where the file leaves it open.
function network.read(opt)
  local path, lower = opt.weights, opt.weights:lower()
  if not (lower:find "%.onnx$" or is_keras(lower) or lunette.folder(path) and parts(path)) then
    if opt.prepare ~= "unit" then fail(path, "--prepare means nothing with these: .onnx, .h5 or .keras expected") end
    return nil
  end
  if opt.net ~= "small" then fail(path, "--net means nothing with a network of its own") end
  local inner, side, first, single = open(path)
  if math.type(side) == "integer" and lunette.given "size" and side ~= opt.size then
    fail(path, "takes pictures of %d x %d, got --size %d", side, side, opt.size)
  end
  local Elsewhere = nn.class "Elsewhere"
  function Elsewhere:init() self.inner, self.side = inner:eval(), math.type(side) == "integer" and side or opt.size end
  function Elsewhere:forward(x)
    if first then x = x:permute(1, 4, 2, 3) end
    if not single then return inner(x:contiguous()) end
    local rows = {}                                                    -- a file for one picture at a time
    for k = 1, x:size(1) do rows[k] = inner(x[{ { k, k } }]:contiguous()) end
    return tensor.cat(rows, 1)
  end
  local net = Elsewhere()
  local ok, e = pcall(tensor.no_grad, net, tensor.zeros(1, net.side, net.side, 3))
  if not ok then
    fail(path, "does not take a picture [1, %d, %d, 3]: %s", net.side, net.side, tostring(e):match "^[^\n]*")
  end
  if not lunette.is_tensor(e) or e:dim() ~= 2 or e:size(2) < 2 then
    fail(path, "a vector [1, d] of a picture expected, found %s", lunette.typename(e))
  end
  return net
end

--- network.known(opt) -> what --out saved in opt.weights: {state, side = of the pictures}; opt.net becomes the network
-- that it is of, and opt.share the share of --data's pictures.  nil for the course's folder of .csv files.  Another
-- --net, --size or --share with --data on the command line is an error.
function network.known(opt)
  if lunette.folder(opt.weights) and opt.net == "inception" then return nil end
  local known = saved.open(opt.weights, "face_verification")
  if not known then fail(opt.weights, "what face_verification --out saved expected") end
  local net = (known.lists.net or {})[1]
  if net ~= "small" and net ~= "inception" then fail(opt.weights, "the file has no 'net'") end
  if lunette.given "net" and opt.net ~= net then
    fail(opt.weights, "has been learnt with --net %s, got --net %s", net, opt.net)
  end
  opt.net, known.side = net, saved.number(known, opt, "size")
  local share = tonumber((known.lists.share or {})[1])
  if opt.data and share and lunette.given "share" and opt.share ~= share then
    fail(opt.weights, "has been learnt with --share %g, got --share %g", share, opt.share)
  end
  if opt.data then opt.share = share or opt.share end
  known.share = share
  return known
end

--- network.load(net, opt, known, threshold): the weights of --weights into the project's own network: network.known's
-- or the course's folder of .csv files; returns the threshold given, else the one that was saved.
function network.load(net, opt, known, threshold)
  if known then lunette.option("weights", net.load_state, net, known.state)
  else lunette.option("weights", net.body.read, net.body, opt.weights) end
  return threshold or known and net.threshold:item() or nil
end

return network
