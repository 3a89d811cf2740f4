--- video.lua: moving pictures, a frame at a time.
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

--- data.video.open(path, {size={h, w}, fps=, live=false, raw=false}), or data.video(...): an iterator over the
-- frames of a file (MP4, WebM, AVI, GIF ...), a camera ("/dev/video0") or a source of FFmpeg ("lavfi:testsrc").  size
-- scales them; fps asks a camera for a rate; live: frames come at the pace of their times, and those for which nobody
-- was ready in time are left out, as with a camera; raw: frames as stored, not turned as the file says.  The fields
-- height, width, fps and seconds (0: not known) say what comes.  nil and a message if it cannot be opened.
function video.open(path, options)
  local o = lunette.checked("data.video", options, { size = lunette.none, fps = 0, live = false, raw = false })
  local h, w = size_of("data.video", o.size, 0)
  local source, height, width, fps, seconds = io.video(path, h, w, rate_of("data.video", o.fps, 0), o.live, o.raw)
  if not source then return nil, height end
  return setmetatable({ source = source, height = height, width = width, fps = fps, seconds = seconds }, Video)
end
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

--- data.video.save(path, frames, {fps=25}): frames [n,h,w,3] (u8, or f32 from 0 to 1), a list of them, or a function
-- that gives one after another and then nil, as .gif or .mp4.  true, or nil and a message.
function video.save(path, frames, options)
  local fps = rate_of("data.video.save", lunette.checked("data.video.save", options, { fps = 25 }).fps, 0.1)
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
