--- video.lua: moving pictures, a frame at a time.
local record = require "nn.record"
local none = lunette.none
local io = lunette.io
local video = {}
data.video = video

local Video = {}
Video.__index = Video
Video.__name = "video"

--- The next frame u8[h,w,3] and its time in seconds; nothing after the last.  A damaged file is an error.
function Video:__call() return self.source:next() end
function Video:close() self.source:close() end
Video.__close = Video.close
function Video:__tostring()
  return ("video of %d x %d, %.4g frames a second%s"):format(self.width, self.height, self.fps,
    self.seconds > 0 and (", %.4g s"):format(self.seconds) or "")
end

local function size_of(what, size, otherwise)
  if size == nil then return otherwise, otherwise end
  for k = 1, 2 do
    if type(size) ~= "table" or math.type(size[k]) ~= "integer" or size[k] < 1 or size[k] > 16384 then
      lunette.raise(what .. ": size must be {height, width}, whole numbers from 1 to 16384")
    end
  end
  return size[1], size[2]
end

local function rate_of(what, fps, least)
  if type(fps) ~= "number" or fps < least or fps > 1000 then
    lunette.raise(("%s: fps must be a number from %g to 1000, got %s"):format(what, least, tostring(fps)))
  end
  return fps
end

local about_open = record.declare { name = "data.video.open",
  sig = "local v = data.video.open(path, {size=, fps=, live=false, raw=false})", see = "data.video, data.video.save",
  doc = "an iterator over frames; v.height, v.width, v.fps, v.seconds (0: not known); nil and why if it cannot be "
    .. "opened",
  options = { { "size", none, "{height, width} to scale to" }, { "fps", 0, "asked of a camera; 0: its own" },
    { "live", false, "frames come at their own pace; those that nobody asked for in time are left out" },
    { "raw", false, "frames as they are stored, not turned as the file says they are to be shown" } },
  example = 'v = data.video.open("lavfi:testsrc=size=64x48:rate=5:duration=1")\nprint(v, v().shape[1])\nv:close()',
  example2 = 'print(data.video.open "nosuch.mp4")' }
function video.open(path, options)
  local o = lunette.checked("data.video", options, record.known(about_open.options))
  local h, w = size_of("data.video", o.size, 0)
  local source, height, width, fps, seconds = io.video(path,
    { height = h, width = w, fps = rate_of("data.video", o.fps, 0), live = o.live, raw = o.raw })
  if not source then return nil, height end
  return setmetatable({ source = source, height = height, width = width, fps = fps, seconds = seconds }, Video)
end
record.declare { name = "data.video", see = "data.video.save, viz.image, viz.record",
  sig = "for frame, seconds in data.video(path, {size=, fps=, live=false, raw=false}) do", options = about_open.options,
  doc = "the frames u8[h,w,3] of a video file, a camera (\"/dev/video0\") or a source of FFmpeg; short for "
    .. "data.video.open",
  example = 'for frame, t in data.video("lavfi:testsrc=size=64x48:rate=5:duration=1", {size = {24, 32}}) do '
    .. "print(frame.shape[1], t) end",
  example2 = 'print(data.video "nosuch.mp4")' }
setmetatable(video, { __call = function(_, ...) return video.open(...) end })

-- A frame [h,w], [h,w,1] or [h,w,3] as contiguous u8 [h,w,3].
local function frame_of(x)
  local d = lunette.is_tensor(x) and x:dim()
  if d ~= 2 and not (d == 3 and (x:size(3) == 3 or x:size(3) == 1)) then
    lunette.raise("data.video.save: frames [h,w], [h,w,1] or [h,w,3] expected, got " .. lunette.typename(x))
  end
  if x.dtype ~= "u8" then x = (x:detach():to "f32":clamp(0, 1) * 255 + 0.5):to "u8" end
  if x:dim() == 2 then x = x:unsqueeze(3) end
  return x:expand(x:size(1), x:size(2), 3):contiguous()
end

local about_save = record.declare { name = "data.video.save", sig = "data.video.save(path, frames, {fps=25})",
  see = "data.video, viz.record",
  doc = "writes frames [n,h,w,3], a list of them, or what a function gives until nil, as .gif or .mp4; true, or nil "
    .. "and why",
  options = { { "fps", 25, "frames a second" } },
  example = 'print(data.video.save("/tmp/lunette-help.gif", tensor.rand(3, 16, 16, 3)))',
  example2 = 'print(data.video.save("/dev/null/nosuch/x.mp4", tensor.rand(2, 16, 16, 3), {fps = 10}))' }
function video.save(path, frames, options)
  local opt = lunette.checked("data.video.save", options, record.known(about_save.options))
  local fps = rate_of("data.video.save", opt.fps, 0.1)
  local next_of, i = frames, 0
  if type(frames) ~= "function" then
    local n = lunette.is_tensor(frames) and (frames:dim() == 4 and frames:size(1) or 0) or #frames
    next_of = function()
      i = i + 1
      return i <= n and frames[i] or nil
    end
  end
  local first = next_of()
  if first == nil then lunette.raise "data.video.save: no frames" end
  local x = frame_of(first)
  local writer, why = io.video_create(path, x:size(1), x:size(2), fps)
  if not writer then return nil, why end
  local h, w = x:size(1), x:size(2)
  while x do
    if x:size(1) ~= h or x:size(2) ~= w then
      lunette.raise(("data.video.save: a frame of %d x %d after one of %d x %d"):format(x:size(1), x:size(2), h, w))
    end
    writer:put(x)
    local following = next_of()
    x = following ~= nil and frame_of(following) or nil
  end
  return writer:finish()
end
