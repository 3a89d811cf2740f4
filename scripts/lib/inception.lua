--- inception.lua: nn4.small2, the face network of OpenFace and of the course.  Amos et al. 2016, CMU-CS-16-118;
-- blocks: Szegedy et al. 2014, arXiv:1409.4842.  Pictures [n, 96, 96, 3] of 0..1 -> [n, 128]; 3 743 280 parameters.

--- Convolution, batch norm, relu.
local Conv = nn.class "Conv"
function Conv:init(i, o, k, stride, eps)
  self.conv = nn.Conv2d { i, o, k, stride = stride or 1, padding = k // 2 }
  nn.init.he_normal(self.conv.weight)
  nn.init.zeros(self.conv.bias)
  self.bn = nn.BatchNorm { o, eps = eps or 1e-5 }
end
function Conv:forward(x) return self.bn(self.conv(x)):relu() end

-- Pooled maps are smaller than what stands beside them: zeros about them, more after than before where it is odd.
local function padded(x, to)
  local before = (to - x:size(2)) // 2
  local after = to - x:size(2) - before
  return tensor.pad { x, pads = { 0, 0, before, after, before, after, 0, 0 } }
end

local Block = nn.class "Block"
--- plan: {one = o, three = {reduce, o}, five = {reduce, o}, pool = "max" or "mean", pool_out = o or nil, stride = 1}
function Block:init(i, plan)
  local s = plan.stride or 1
  self.three = nn.Sequential { Conv(i, plan.three[1], 1), Conv(plan.three[1], plan.three[2], 3, s) }
  if plan.five then self.five = nn.Sequential { Conv(i, plan.five[1], 1), Conv(plan.five[1], plan.five[2], 5, s) } end
  if plan.pool_out then self.pool = Conv(i, plan.pool_out, 1) end
  if plan.one then self.one = Conv(i, plan.one, 1) end
  rawset(self, "mean", plan.pool == "mean")
end
function Block:forward(x)
  local parts = { self.three(x) }
  if self.five then parts[#parts + 1] = self.five(x) end
  local small = self.mean and nn.avg_pool2d { x, kernel = 3, stride = 3 } or nn.max_pool2d { x, kernel = 3, stride = 2 }
  parts[#parts + 1] = padded(self.pool and self.pool(small) or small, parts[1]:size(2))
  if self.one then parts[#parts + 1] = self.one(x) end
  parts.dim = 4
  return tensor.cat(parts)
end

local names = { "3a", "3b", "3c", "4a", "4e", "5a", "5b" }
local blocks = {
  { 192, { one = 64, three = { 96, 128 }, five = { 16, 32 }, pool = "max", pool_out = 32 } },                     -- 3a
  { 256, { one = 64, three = { 96, 128 }, five = { 32, 64 }, pool = "mean", pool_out = 64 } },                    -- 3b
  { 320, { three = { 128, 256 }, five = { 32, 64 }, pool = "max", stride = 2 } },                                 -- 3c
  { 640, { one = 256, three = { 96, 192 }, five = { 32, 64 }, pool = "mean", pool_out = 128 } },                  -- 4a
  { 640, { three = { 160, 256 }, five = { 64, 128 }, pool = "max", stride = 2 } },                                -- 4e
  { 1024, { one = 256, three = { 96, 384 }, pool = "mean", pool_out = 96 } },                                     -- 5a
  { 736, { one = 256, three = { 96, 384 }, pool = "max", pool_out = 96 } },                                       -- 5b
}

local Inception = nn.class "Inception"
function Inception:init()
  self.conv1, self.conv2, self.conv3 = Conv(3, 64, 7, 2, 1e-3), Conv(64, 64, 1), Conv(64, 192, 3)
  self.blocks = {}
  for k, b in ipairs(blocks) do self.blocks[k] = Block(b[1], b[2]) end
  self.dense = nn.Linear(736, 128)
end
--- x [n, 96, 96, 3] -> [n, 128], not yet of length 1.
function Inception:forward(x)
  x = nn.max_pool2d { self.conv1(x), kernel = 3, stride = 2, padding = 1 }                -- [n, 24, 24, 64]
  x = nn.max_pool2d { self.conv3(self.conv2(x)), kernel = 3, stride = 2, padding = 1 }    -- [n, 12, 12, 192]
  for _, b in ipairs(self.blocks) do x = b(x) end                                         -- [n, 3, 3, 736]
  return self.dense(nn.avg_pool2d { x, kernel = 3 }:reshape(x:size(1), 736))
end

-- --- the published weights ------------------------------------------------------------------------------------------
-- 226 files, each a line of numbers with commas: conv1_w.csv [64, 3, 7, 7], conv1_b.csv, bn1_w _b _m _v (scale, shift,
-- mean, variance), inception_3a_3x3_conv1_w, inception_3a_3x3_bn1_w, ..., dense_w [128, 736].  Two files of a
-- convolution's mean and variance are there by mistake.

local function numbers(path, want)
  local file, why = io.open(path)
  if not file then return nil, why end
  local list = {}
  for word in file:read "a":gmatch "[^,%s]+" do
    local v = tonumber(word)
    if not v then
      file:close()
      return nil, ("%s: a number expected, found '%s'"):format(path, word:sub(1, 20))
    end
    list[#list + 1] = v
  end
  file:close()
  if #list ~= want:numel() then
    return nil, ("%s: %d numbers expected, found %d"):format(path, want:numel(), #list)
  end
  return tensor(list)
end

--- net:files() -> {name of a file without .csv, its tensor here, its shape there or nil: the same} in a list.
function Inception:files()
  local list = {}
  local function add(c, conv, bn)
    local w = c.conv.weight                                            -- [kh, kw, in, out]
    list[#list + 1] = { conv .. "_w", w, { w:size(4), w:size(3), w:size(1), w:size(2) } }
    list[#list + 1] = { conv .. "_b", c.conv.bias }
    local b = c.bn
    for ending, t in pairs { _w = b.weight, _b = b.bias, _m = b.running_mean, _v = b.running_var } do
      list[#list + 1] = { bn .. ending, t }
    end
  end
  for k = 1, 3 do add(self["conv" .. k], "conv" .. k, "bn" .. k) end
  for k, name in ipairs(names) do
    local b, head = self.blocks[k], "inception_" .. name
    for kind, path in pairs { three = "_3x3", five = "_5x5" } do
      for i = 1, b[kind] and 2 or 0 do add(b[kind][i], head .. path .. "_conv" .. i, head .. path .. "_bn" .. i) end
    end
    if b.pool then add(b.pool, head .. "_pool_conv", head .. "_pool_bn") end
    if b.one then add(b.one, head .. "_1x1_conv", head .. "_1x1_bn") end
  end
  list[#list + 1] = { "dense_w", self.dense.weight, { 128, 736 } }
  list[#list + 1] = { "dense_b", self.dense.bias }
  return list
end

--- net:read(folder) -> true, or nil and why; nothing is changed then.
function Inception:read(folder)
  local list, read = self:files(), {}
  for k, f in ipairs(list) do
    local t, why = numbers(("%s/%s.csv"):format(folder, f[1]), f[2])
    if not t then return nil, why end
    if f[3] then t = t:reshape(table.unpack(f[3])) end
    read[k] = f[3] and (#f[3] == 4 and t:permute(3, 4, 2, 1) or t:t()) or t:reshape(f[2].shape)
  end
  tensor.no_grad(function()
    for k, f in ipairs(list) do f[2]:copy_(read[k]) end
  end)
  return true
end

return Inception
