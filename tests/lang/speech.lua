--- Speech: the same question has the same answer, names are checked, and what goes wrong takes nothing with it.
local test = dofile "tests/check.lua"

local there, why = audio.speak "hello"
if not there then
  test("without espeak-ng the message says what to install", function()
    test.truth(why:find("apt install libespeak-ng-dev espeak-ng-data", 1, true)
      or why:find("install libespeak-ng1", 1, true) or why:find("install espeak-ng-data", 1, true), why)
    local voices, same = audio.voices()
    test.equal(voices, nil)
    test.equal(same, why)
  end)
  test.done()
  return
end

local function sum(x) return (x * tensor.arange(x:numel()):to "f32"):sum():item() end

test("samples: f32 [n] within -1..1, of a word's length and loudness", function()
  local x, rate = audio.speak("activate", { voice = "f3" })
  test.dtype(x, "f32")
  test.equal(x:dim(), 1)
  test.equal(rate, 22050)
  local seconds = x:numel() / rate
  test.truth(seconds > 0.3 and seconds < 1.2, ("%.2f s"):format(seconds))
  test.truth(x:abs():max():item() > 0.05 and x:abs():max():item() <= 1)
  test.truth(audio.speak("activate activate activate"):numel() > 2 * x:numel(), "more words last longer")
end)

test("rate, pitch, voice and language change what is heard as they say", function()
  local function length(options) return audio.speak("one two three four", options):numel() end
  test.truth(length { rate = 90 } > 1.5 * length { rate = 250 })
  -- pitch: the lag at which a long vowel is most like itself
  local function hertz(pitch)
    local x, rate = audio.speak("aaaaaaah", { voice = "m3", pitch = pitch })
    local middle = x:narrow(1, x:numel() // 2 - 1500, 3000)
    local best, at = -math.huge, 0
    for lag = rate // 400, rate // 50 do
      local like = (middle:narrow(1, 1, 2500) * middle:narrow(1, 1 + lag, 2500)):sum():item()
      if like > best then best, at = like, lag end
    end
    return rate / at
  end
  test.truth(hertz(90) > 1.3 * hertz(10), ("%.0f and %.0f Hz"):format(hertz(90), hertz(10)))
  test.truth(sum(audio.speak("lait", { language = "fr" })) ~= sum(audio.speak("lait", { language = "en" })))
  test.truth(sum(audio.speak("milk", { voice = "f2" })) ~= sum(audio.speak("milk", { voice = "m2" })))
end)

test("the same arguments give the same samples in any order, and in another process", function()
  local words = { { "activate", "whisper" }, { "hello world", "f3" },
    { "seven", "croak" }, { "activate", "Mr serious" } }
  local first = {}
  for i, w in ipairs(words) do first[i] = audio.speak(w[1], { voice = w[2] }) end
  for i = #words, 1, -1 do test.same(audio.speak(words[i][1], { voice = words[i][2] }), first[i]) end
  local pipe = assert(io.popen(("%s -e 'local x = audio.speak(\"activate\", {voice = \"whisper\"}) "
    .. "print((x * tensor.arange(x:numel()):to \"f32\"):sum():item())'"):format(
    os.getenv "LUNETTE" or "build/lunette")))
  test.equal(tonumber(pipe:read "l"), sum(first[1]))
  pipe:close()
  test.truth(sum(audio.speak("activate", { voice = "whisper", seed = 2 })) ~= sum(first[1]), "another breath")
end)

test("names are those of the list, never a path", function()
  local voices, languages = audio.voices()
  test.truth(#voices > 20 and #languages > 20)
  local genders = {}
  for _, v in ipairs(voices) do genders[v.gender or "-"] = true end
  test.truth(genders.f and genders.m)
  for i = 2, #voices do test.truth(voices[i - 1].name < voices[i].name, "in order") end
  for _, name in ipairs { "../../etc/passwd", "f3/../f3", "", "f3+f2", "gmw/en-US", "nobody", 3, true } do
    for _, kind in ipairs { "voice", "language" } do
      test.fails_with({ ("audio.speak: %s '%s' is not among audio.voices()"):format(kind, name) }, audio.speak, "x",
        { [kind] = name })
    end
  end
  test.fails("audio.speak: voice 'f33' is not among audio.voices().  Did you mean 'f3'?", audio.speak, "x",
    { voice = "f33" })
end)

test("text: none, blank, of other scripts, controls, not UTF-8, too long", function()
  test.shape(audio.speak "", { 0 })
  test.shape(audio.speak " \n\t ", { 0 })
  test.truth(audio.speak("Straße, naïve; [[h@l'oU]] <b>x</b> 3.14"):numel() > 1000)
  test.truth(audio.speak "日本 \u{10ffff}!?" ~= nil)
  test.fails("audio.speak: the text is not UTF-8", audio.speak, "caf\xe9")
  test.fails("audio.speak: the text has a control character (1) at byte 3", audio.speak, "ab\1")
  test.fails("audio.speak: 20001 bytes of text; 20000 can be spoken at once", audio.speak, ("x"):rep(20001))
  test.fails("audio.speak: text expected first, got number", audio.speak, 3)
  test.fails("audio.speak: rate must be a number from 80 to 450, got 500", audio.speak, "x", { rate = 500 })
  test.fails("audio.speak: pitch must be a number from 0 to 99, got -1", audio.speak, "x", { pitch = -1 })
  test.fails_with({ "audio.speak: pitch must be a number from 0 to 99", "nan" }, audio.speak, "x", { pitch = 0 / 0 })
  test.fails("audio.speak: unknown option 'speed'. Did you mean 'seed'?", audio.speak, "x", { speed = 1 })
end)

test("the names of phonemes, and words spoken by them", function()
  test.equal(audio.phonemes "hello", "h@l'oU")
  test.equal(audio.phonemes " ", "")
  test.truth(audio.phonemes("one. two. three"):find "^w'%S+ t'u: T%S+$" ~= nil, audio.phonemes "one. two. three")
  test.truth(audio.phonemes("chat", { language = "fr" }) ~= audio.phonemes "chat", "another language")
  local read, named = audio.speak "hello", audio.speak "[[h@l'oU]]"
  test.truth(math.abs(read:numel() / named:numel() - 1) < 0.2, "as long")
  test.truth(audio.speak("[[h@l'i:]]"):numel() ~= named:numel(), "another sound")
  test.truth(#audio.phonemes(("word "):rep(4000)) > 12000, "all of a long text")
  test.fails("audio.phonemes: text expected first, got nil", audio.phonemes)
  test.fails("audio.phonemes: the text is not UTF-8", audio.phonemes, "caf\xe9")
  test.fails_with({ "audio.phonemes: language 'nowhere' is not among audio.voices()" }, audio.phonemes, "x",
    { language = "nowhere" })
end)

test("a thousand utterances: memory and descriptors stay", function()
  local function descriptors()
    local pipe = assert(io.popen("sleep 0.2; ls /proc/$PPID/fd | wc -l"))    -- popen has shut its other end by then
    local n = pipe:read "n"
    pipe:close()
    return n
  end
  local function resident()
    for line in io.lines "/proc/self/status" do
      local kb = line:match "^VmRSS:%s+(%d+)"
      if kb then return tonumber(kb) end
    end
  end
  local voices = audio.voices()
  for i = 1, 100 do audio.speak("word", { voice = voices[i % #voices + 1].name }) end
  collectgarbage()
  local before, open = resident(), descriptors()
  for i = 1, test.sanitized and 50 or 900 do audio.speak("word", { voice = voices[i % #voices + 1].name }) end
  collectgarbage()
  test.truth(descriptors() <= open, ("%d descriptors, then %d"):format(open, descriptors()))
  if not test.sanitized then test.truth(resident() - before < 4000, ("%d kB more"):format(resident() - before)) end
end)

test("a process that is killed is an error message, and the next call speaks again", function()
  local x = audio.speak "hello"
  local pipe = assert(io.popen [[
    for p in $(ps -o pid= --ppid $PPID); do grep -qz '^speech$' /proc/$p/cmdline && echo $p; done]])
  local pid = pipe:read "n"
  pipe:close()
  test.truth(pid, "its process is a child of this one")
  os.execute("kill -9 " .. pid)
  local none, message = audio.speak "hello"
  test.equal(none, nil)
  test.truth(message:find("^audio.speak: "), message)
  test.same(audio.speak "hello", x)
end)

test("voices that are not installed are one clear line", function()
  local folder = os.tmpname() .. ".d"
  assert(os.execute("mkdir -p " .. folder .. "/espeak-ng-data"))
  local pipe = assert(io.popen(("ESPEAK_DATA_PATH=" .. folder .. " %s -e 'print(audio.speak \"hello\")' 2>&1"):format(
    os.getenv "LUNETTE" or "build/lunette")))
  test.equal(pipe:read "a", "nil\taudio.speak: espeak-ng's voices are not there: install espeak-ng-data\n")
  pipe:close()
end)

test.done()
