--- speech.lua: text to sound, by espeak-ng in a process of its own.
local record = require "nn.record"
local none = lunette.none
audio = audio or {}
local io = lunette.io

local process, rate, languages, voices

-- Lines KIND TAB NAME TAB TITLE TAB GENDER, counted by kind: tables by place, and by name.
local function read_list(text)
  local lists = { l = {}, v = {} }
  for kind, name, title, gender in text:gmatch "(%a)\t([^\t\n]*)\t([^\t\n]*)\t(.)\n" do
    local list = lists[kind]
    list[#list + 1] = { name = name, title = title, gender = gender ~= "-" and gender or nil }
    list[name] = list[name] or #list
  end
  return lists.l, lists.v
end

-- True when the process runs; or nil and why not.
local function running()
  if process and process:open() then return true end
  local opened, list, samples = io.speech()
  if not opened then return nil, "audio.speak: " .. list end
  process, rate = opened, samples
  languages, voices = read_list(list)
  return true
end

-- A copy in order of names, each once.
local function sorted(list)
  local out = {}
  for i, entry in ipairs(list) do
    if list[entry.name] == i then
      out[#out + 1] = { name = entry.name, title = entry.title, gender = entry.gender }
    end
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

record.declare { name = "audio.voices", sig = "local voices, languages = audio.voices()", see = "audio.speak",
  doc = 'what audio.speak knows: lists of {name =, title =, gender = "f", "m" or nil}; nil and a message without '
    .. 'espeak-ng',
  example = "print(audio.voices())",
  example2 = "for _, v in ipairs(audio.voices() or {}) do print(v.name, v.gender) end" }
function audio.voices()
  local ok, why = running()
  if not ok then return nil, why end
  return sorted(voices), sorted(languages)
end

-- The place of a name in a list, from 0; call: who asks, for the message.
local function place(list, kind, name, call)
  local at = type(name) == "string" and list[name]
  if math.type(at) == "integer" then return at - 1 end
  local names = {}
  for _, entry in ipairs(list) do names[#names + 1] = entry.name end
  local near = type(name) == "string" and lunette.nearest(name, names)
  lunette.raise(("%s: %s '%s' is not among audio.voices()%s"):format(call or "audio.speak", kind, tostring(name),
    near and (".  Did you mean '" .. near .. "'?") or ""))
end

local function within(name, v, low, high)
  if type(v) ~= "number" or not (v >= low and v <= high) then
    lunette.raise(("audio.speak: %s must be a number from %d to %d, got %s"):format(name, low, high, tostring(v)))
  end
  return math.floor(v + 0.5)
end

-- A text that can be spoken; raises what is wrong with it.
local function check_text(name, text)
  local function wrong(why, ...) lunette.refuse("%s: " .. why, name, ...) end
  if type(text) ~= "string" then wrong("text expected first, got %s", lunette.typename(text)) end
  if not utf8.len(text) then wrong "the text is not UTF-8" end
  local control = text:find "[\0-\8\11\12\14-\31\127]"
  if control then wrong("the text has a control character (%d) at byte %d", text:byte(control), control) end
  if #text > 20000 then wrong("%d bytes of text; 20000 can be spoken at once", #text) end
end

local about_phonemes = record.declare { name = "audio.phonemes", sig = 'audio.phonemes(text, {language="en-us"})',
  see = "audio.speak, audio.voices",
  doc = "the names of a text's phonemes as espeak-ng writes them, which audio.speak reads between [[ and ]]; nil and "
    .. "a message without espeak-ng",
  options = { { "language", "en-us", "a name of audio.voices()'s second list" } },
  example = 'print(audio.phonemes "hello")',
  example2 = 'print(audio.speak("[[" .. (audio.phonemes("hello") or "") .. "]]"))' }
function audio.phonemes(text, options)
  local opt = lunette.checked("audio.phonemes", options, record.known(about_phonemes.options))
  check_text("audio.phonemes", text)
  local ok, why = running()
  if not ok then return nil, (why:gsub("^audio.speak", "audio.phonemes")) end
  local language = place(languages, "language", opt.language, "audio.phonemes")
  if not text:find "%S" then return "" end
  local x
  x, why = process:say(text, { language = language, voice = -1, rate = 175, pitch = 50, seed = 1, named = true })
  if not x then return nil, "audio.phonemes: " .. why end
  return string.char(table.unpack((x * 32768):to("i64"):totable())):match "^%s*(.-)%s*$"
end

local about_speak = record.declare { name = "audio.speak",
  sig = 'local x, rate = audio.speak(text, {voice=, language="en-us", rate=175, pitch=50})',
  see = "audio.voices, audio.save, audio.resample",
  doc = "text as sound: f32 [samples] from -1 to 1 and how many there are a second; the same arguments give the same "
    .. "samples; between [[ and ]] are names of phonemes; 20000 bytes of text at most; nil and a message without "
    .. "espeak-ng",
  options = { { "voice", none, "a name of audio.voices(): who speaks" },
    { "language", "en-us", "a name of its second list: how the text is read" },
    { "rate", 175, "words a minute, 80 to 450" }, { "pitch", 50, "0 to 99" },
    { "seed", 1, "of the noise in breath, which few voices have (f3, whisper)" } },
  example = 'print(audio.speak("hello", {voice = "f3", rate = 150}))',
  example2 = 'print(audio.speak("bonjour", {language = "fr"}))' }
function audio.speak(text, options)
  local opt = lunette.checked("audio.speak", options, record.known(about_speak.options))
  check_text("audio.speak", text)
  local speed, pitch = within("rate", opt.rate, 80, 450), within("pitch", opt.pitch, 0, 99)
  local seed = within("seed", opt.seed, 0, 2 ^ 31 - 1)
  local ok, why = running()
  if not ok then return nil, why end
  local language = place(languages, "language", opt.language)
  local voice = opt.voice and place(voices, "voice", opt.voice) or -1
  if not text:find "%S" then return tensor.zeros(0), rate end
  local x
  x, why = process:say(text, { language = language, voice = voice, rate = speed, pitch = pitch, seed = seed })
  if not x then return nil, "audio.speak: " .. why end
  return x, rate
end
