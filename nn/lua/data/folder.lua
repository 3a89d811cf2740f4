--- folder.lua: pictures in files, a folder for each class.  Nothing is read before it is asked for.
local record = require "nn.record"
local io = lunette.io
local endings = { png = true, jpg = true, jpeg = true, webp = true }

local Folder = {}
Folder.__index = Folder
Folder.__len = function(self) return #self.paths end

--- ds:get(i) -> u8[h,w,c], its class.
function Folder:get(i)
  local x, why = data.image.load(self.paths[i], { channels = self.channels })
  if not x then lunette.raise("data.image_folder: " .. why) end
  return x, tensor(self.labels[i], { dtype = "i64" })
end

--- ds:subset(ids): the data set of these samples only.
function Folder:subset(ids)
  local paths = {}
  for k = 1, ids:numel() do paths[k] = self.paths[ids[k]] end
  return setmetatable({ paths = paths, labels = self.labels[ids], classes = self.classes, channels = self.channels },
    Folder)
end

-- Without what a Mac's archives leave beside the folders.
local function sorted(path)
  local all, folders = io.folder(path)
  if not all then return nil, folders end
  local names = {}
  for _, name in ipairs(all) do
    if name ~= "__MACOSX" then names[#names + 1] = name end
  end
  table.sort(names)
  return names, folders
end

local about_image_folder = record.declare { name = "data.image_folder",
  sig = "local ds = data.image_folder(path, {channels=3})", see = "data.loader, data.split",
  doc = "pictures in path/CLASS/*.png|jpg|jpeg|webp: ds.paths, ds.labels (i64 from 1), ds.classes; read when wanted",
  options = { { "channels", 3, "1 to 4; 0: as each file has it" } },
  example = 'local root = os.tmpname() .. ".d"\nos.execute("mkdir -p " .. root .. "/cat")\n'
    .. 'data.image.save(root .. "/cat/1.png", tensor.rand(9, 9, 3))\nlocal ds = data.image_folder(root)\n'
    .. 'for x, y in data.loader{ds, augment = {{"resize", 4, 4}}} do print(x.shape[2], ds.classes[y[1]]) end',
  example2 = 'print((data.image_folder("nosuch", {channels = 1})))' }
function data.image_folder(path, options)
  local opt = lunette.checked("data.image_folder", options, record.known(about_image_folder.options))
  if math.type(opt.channels) ~= "integer" or opt.channels < 0 or opt.channels > 4 then
    lunette.raise("data.image_folder: channels must be 0 (as in the file) to 4, got " .. tostring(opt.channels))
  end
  local names, folders = sorted(path)
  if not names then return nil, folders end
  local paths, labels, classes = {}, {}, {}
  for _, class in ipairs(names) do
    if folders[class] then
      local inside, inner = sorted(path .. "/" .. class)
      if not inside then return nil, inner end
      classes[#classes + 1] = class
      for _, name in ipairs(inside) do
        local ending = name:match "%.(%w+)$"
        if ending and endings[ending:lower()] and not inner[name] then
          paths[#paths + 1] = path .. "/" .. class .. "/" .. name
          labels[#labels + 1] = #classes
        end
      end
    end
  end
  if #paths == 0 then return nil, path .. ": no folders with pictures (png jpg jpeg webp) in it" end
  return setmetatable({ paths = paths, labels = tensor(labels, { dtype = "i64" }), classes = classes,
    channels = opt.channels }, Folder)
end
