--- data.lua: data sets: files of every kind (data/files.lua), pictures (data/image.lua), moving ones (data/video.lua),
-- sound (data/audio.lua, data/midi.lua, speech.lua, sound.lua), batches (data/loader.lua).
data = data or {}
require "nn.data.files"
require "nn.data.weights"
require "nn.data.audio"
require "nn.data.midi"
require "nn.data.speech"
require "nn.data.sound"
require "nn.data.image"
require "nn.data.prepare"
require "nn.data.video"
require "nn.data.folder"
require "nn.data.loader"

--- data.tokenizer{...}: its tables are large, so that they are loaded when it is first called.
function data.tokenizer(arg)
  require "nn.data.tokenizer"
  return data.tokenizer(arg)
end
