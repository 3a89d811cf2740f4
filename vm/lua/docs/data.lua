--- data.lua: what help says of data.* and audio.*: files, pictures, sound, batches.
local doc = lunette.doc

-- --- files --------------------------------------------------------------------------------------------------------

doc { name = "data.csv", sig = 'local x, names, strings = data.csv(path, {header=, sep=",", strings=false})',
  doc = "numbers of a CSV file: [rows, columns], NaN where missing, and the columns' names; nil and a message when it "
    .. "fails",
  options = { { "header", "none", "does the first line hold names? If not told: when none of its cells is a number" },
    { "sep", '","', "what separates cells" }, { "quote", '"\\""', "what encloses a cell" },
    { "missing", '""', 'a text for missing values, beside "", NA, N/A, NaN and null' },
    { "strings", "false", "columns of other text come as lists by name in the third result" },
    { "dtype", '"f32"', "f32, f64, or i64: whole numbers only, each exact" },
    { "decimal", '"."', 'the decimal mark; with "," sep is ";"' },
    { "comment", '""', 'lines that begin with this character are left out: "#"' } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("a,b\\n1,2\\n3,\\n")\nf:close()\n'
    .. "print(data.csv(path))",
  see = "data.jsonl, data.idx",
  example2 = "print(data.csv \"nosuch.csv\")" }
doc { name = "data.glove", sig = "local words, vectors, index = data.glove(path, {rows=0})",
  doc = "word vectors of a GloVe or word2vec text: words[i], f32[n,d], index[word] = i; read by all threads",
  options = { { "rows", "0", "only so many lines; 0: all" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("the 1 2\\ncat 3 4\\n")\nf:close()\n'
    .. "local words, v, index = data.glove(path)\nprint(v[index.cat])",
  see = "data.word2vec, nn.Embedding",
  example2 = "print(data.glove \"nosuch.txt\")" }
doc { name = "data.word2vec", sig = "local words, vectors, index = data.word2vec(path, {rows=0})",
  doc = "word vectors of a word2vec file, binary (.bin) or text, or of fastText's .vec: as data.glove gives them",
  options = { { "rows", "0", "only so many words; 0: all" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\nf:write("2 1\\ncat ", string.pack("<f", 0.5), '
    .. '"\\ndog ", string.pack("<f", 2), "\\n")\nf:close()\nlocal words, v, index = data.word2vec(path)\n'
    .. "print(v[index.dog])",
  see = "data.glove",
  example2 = "print(data.word2vec \"nosuch.bin\")" }
doc { name = "data.idx", sig = "data.idx(path, {labels=false})",
  doc = "the tensor of an IDX file (MNIST), also packed by gzip (.gz): u8 i32 f32 or f64",
  options = { { "labels", "false", "i64 and 1 more: classes count from 1" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\nf:write("\\0\\0\\8\\1\\0\\0\\0\\2\\3\\4")\nf:close()\n'
    .. "print(data.idx(path, {labels = true}))",
  see = "data.cifar10",
  example2 = "print(data.idx(\"nosuch-labels-idx1-ubyte\", {labels = true}))" }
doc { name = "data.cifar10", sig = "local images, labels = data.cifar10(path, ...)",
  doc = "CIFAR-10's binary files in one: u8[n,32,32,3], labels i64[n] from 1 to 10",
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\nf:write(("\\7"):rep(3073))\nf:close()\n'
    .. "print(select(2, data.cifar10(path)))",
  see = "data.idx, data.loader",
  example2 = "print((data.cifar10 \"nosuch.bin\"))" }
doc { name = "data.json", sig = "data.json(path, {depth=64})",
  doc = "the value of a file of JSON; whole numbers are exact; null is left out of objects and data.null in lists",
  options = { { "depth", "64", "deeper nesting is refused" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("{\\n \\"a\\": [1,\\n 2]\\n}")\nf:close()\n'
    .. "print(data.json(path).a[2])",
  see = "data.jsonl, data.null",
  example2 = "print(data.json \"nosuch.json\")" }
doc { name = "data.jsonl", sig = "data.jsonl(path, {depth=64})",
  doc = "a list of values, one for each line of JSON; null is left out of objects and data.null in lists",
  options = { { "depth", "64", "deeper nesting is refused" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write([[{"a": [1, 2]}]])\nf:close()\n'
    .. "print(data.jsonl(path)[1].a[2])",
  see = "data.null",
  example2 = "print(data.jsonl \"nosuch.jsonl\")" }
doc { name = "data.tokenizer", sig = 'tok = data.tokenizer{kind="wordpiece", vocab="vocab.txt", lower=true}',
  doc = "text as ids and back: wordpiece (vocab.txt; Devlin et al. 2018, arXiv:1810.04805), bpe (vocab.json and merges.txt; "
    .. "Sennrich et al. 2015, arXiv:1508.07909), words, characters. Ids are the file's and one more; nil and a message when "
    .. "a file fails",
  options = { { "kind", '"wordpiece"', "wordpiece, bpe, words or characters" },
    { "vocab", "none", "a file, or a list of tokens (bpe: a table token = id from 0)" },
    { "merges", "none", "of bpe: merges.txt, or a list of lines" },
    { "lower", "none", "lower case without accents; absent: for wordpiece only" },
    { "texts", "none", "of words and characters: where the vocabulary is counted" },
    { "least", "1", "so often a word must stand there" }, { "unknown", '"[UNK]"', "what stands for all others" },
    { "most", "100", "characters of a word; longer ones are unknown" } },
  example = 'tok = data.tokenizer{vocab = {"[UNK]", "un", "##want", "##ed"}}\nids, first, last = tok:ids "Unwanted"\n'
    .. "print(table.concat(ids, \" \"), first[2], last[2])",
  see = "tok:encode, tok:batch, tok:decode, nn.Embedding",
  example2 = 'tok = data.tokenizer{kind = "characters", texts = {"hello"}}\nprint(#tok, tok:decode((tok:ids "hell")))' }
doc { name = "tok:ids", sig = "ids, first, last = tok:ids(text)",
  doc = "lists: ids of a text without special tokens, and the bytes of it where each begins and ends",
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:ids("b a")[1])', see = "data.tokenizer",
  example2 = 'tok = data.tokenizer{kind = "characters", texts = {"ab"}}\nprint(#tok:ids "abba")' }
doc { name = "tok:encode", sig = "e = tok:encode(text, pair, {length=, truncate=\"longest\", special=true})",
  doc = "[CLS] text [SEP] pair [SEP]: lists e.ids, e.tokens, e.segments (1, 2), e.first, e.last (bytes; 0: a special token)",
  options = { { "length", "none", "at most so many tokens" },
    { "truncate", '"longest"', "what gives when they are too many: longest, first or second" },
    { "special", "true", "[CLS] and [SEP], where the vocabulary has them" } },
  example = 'tok = data.tokenizer{vocab = {"[UNK]", "[CLS]", "[SEP]", "a"}}\nprint(table.concat(tok:encode("a", "a").tokens, " "))',
  see = "data.tokenizer, tok:batch",
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(#tok:encode("a b a b", {length = 3}).ids)' }
doc { name = "tok:batch", sig = "b = tok:batch({text, {text, pair}, ...}, {length=, truncate=, special=})",
  doc = "padded at the end: b.ids and b.segments i64[n,T], b.mask bool[n,T] (true: a token), b.list of tok:encode's results",
  options = { { "length", "none", "at most so many tokens" }, { "truncate", '"longest"', "longest, first or second" },
    { "special", "true", "[CLS] and [SEP]" } },
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:batch{"a b", "a"}.ids)', see = "tok:encode",
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:batch({"a b b", "a"}, {length = 2}).mask)' }
doc { name = "tok:decode", sig = "tok:decode(ids, {special=false})",
  doc = "the text of ids, a list or a tensor; of bpe and characters the very one",
  options = { { "special", "false", "with [CLS], [SEP] and [PAD]" } },
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:decode((tok:ids "b a")))', see = "tok:ids",
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:decode(tensor{3, 4, 3, dtype = "i64"}))' }
doc { name = "data.null", sig = "data.null", doc = "stands for null in lists that data.jsonl reads",
  example = "print(data.null)", see = "data.jsonl",
  example2 = "f = io.open(\"/tmp/lunette-help.jsonl\", \"w\")\nf:write('[null, 2]\\n')\nf:close()\nprint(data.jsonl(\"/tmp/lunette-help.jsonl\")[1][1] == data.null)" }
doc { name = "audio.load", sig = "local x, rate = audio.load(path)",
  doc = "WAV, FLAC or OGG: f32[frames, channels] from -1 to 1, and frames a second",
  example = 'local path = os.tmpname() .. ".wav"\naudio.save(path, tensor.zeros(8, 1), {rate = 8000})\n'
    .. "print(audio.load(path))",
  see = "audio.save",
  example2 = "print(audio.load \"nosuch.wav\")" }
doc { name = "audio.save", sig = "audio.save(path, x, {rate=44100, bits=16})",
  doc = "writes [frames] or [frames, channels] as .wav or .flac; beyond -1..1 is clamped",
  options = { { "rate", "44100", "frames a second" }, { "bits", "16", ".wav: 16, 24 or 32 (floats); .flac: 16 or 24" } },
  example = 'print(audio.save(os.tmpname() .. ".wav", (tensor.arange(100):to "f32" * 0.1):sin()))', see = "audio.load",
  example2 = "audio.save(\"/tmp/lunette-help.wav\", tensor.zeros(100, 2), {rate = 8000})" }

doc { name = "audio.speak", sig = 'local x, rate = audio.speak(text, {voice=, language="en-us", rate=175, pitch=50})',
  doc = "text as sound: f32 [samples] from -1 to 1 and how many there are a second; the same arguments give the same "
    .. "samples; between [[ and ]] are names of phonemes; nil and a message without espeak-ng",
  options = { { "voice", "none", "a name of audio.voices(): who speaks" },
    { "language", '"en-us"', "a name of its second list: how the text is read" },
    { "rate", "175", "words a minute, 80 to 450" }, { "pitch", "50", "0 to 99" },
    { "seed", "1", "of the noise in breath and hisses" } },
  example = 'print(audio.speak("hello", {voice = "f3", rate = 150}))', see = "audio.voices, audio.save, audio.resample",
  example2 = 'print(audio.speak("bonjour", {language = "fr"}))' }
doc { name = "audio.phonemes", sig = 'audio.phonemes(text, {language="en-us"})',
  doc = "the names of a text's phonemes as espeak-ng writes them, which audio.speak reads between [[ and ]]; nil and a "
    .. "message without espeak-ng",
  options = { { "language", '"en-us"', "a name of audio.voices()'s second list" } },
  example = 'print(audio.phonemes "hello")', see = "audio.speak, audio.voices",
  example2 = 'print(audio.speak("[[" .. (audio.phonemes("hello") or "") .. "]]"))' }
doc { name = "audio.voices", sig = "local voices, languages = audio.voices()",
  doc = 'what audio.speak knows: lists of {name =, title =, gender = "f", "m" or nil}; nil and a message without espeak-ng',
  example = "print(audio.voices())", see = "audio.speak",
  example2 = "for _, v in ipairs(audio.voices() or {}) do print(v.name, v.gender) end" }
doc { name = "audio.play", sig = "audio.play(x, rate, {wait=false, more=false, device=})",
  doc = "sound f32 [frames] or [frames, channels] through the speakers, at once or, with wait, until it has been heard; "
    .. "what played before ends; values beyond -1..1 are cut, which a line on stderr tells; true, or nil and a message "
    .. "without speakers",
  options = { { "wait", "false", "returns when it has been heard" },
    { "more", "false", "goes on after what plays, without a gap" }, { "device", "none", "a name of audio.devices()" } },
  example = "print(audio.play(tensor.zeros(100), 8000))", see = "audio.left, audio.stop, audio.devices, audio.listen",
  example2 = "audio.play((tensor.arange(800):to \"f32\" * 0.3):sin() * 0.2, 8000, {wait = true})" }
doc { name = "audio.stop", sig = "audio.stop()", doc = "ends what audio.play began", example = "audio.stop()",
  see = "audio.play", example2 = "audio.play(tensor.zeros(8000), 8000)\naudio.stop()" }
doc { name = "audio.left", sig = "audio.left()",
  doc = "seconds of what audio.play began that the speakers have not taken yet; 0.0 when nothing plays",
  example = "print(audio.left())", see = "audio.play, audio.stop",
  example2 = "audio.play(tensor.zeros(8000), 8000)\nprint(audio.left() <= 1)" }
doc { name = "audio.devices", sig = "local speakers, microphones = audio.devices()",
  doc = "lists of names; nil and a message without sound; what a desktop offers as its usual device may be in none",
  example = "print(audio.devices())", see = "audio.play, audio.listen",
  example2 = "for _, name in ipairs(audio.devices() or {}) do print(name) end" }
doc { name = "audio.listen", sig = "for x, lost in audio.listen{rate=16000, seconds=0.1, device=} do",
  doc = "blocks f32 [rate * seconds] from the microphone; lost: how many samples found no room in the ten seconds that "
    .. "wait for whoever is late; ends with a message when it is unplugged; nil and a message without one",
  options = { { "rate", "16000", "samples a second" }, { "seconds", "0.1", "of a block" },
    { "device", "none", "a name of audio.devices()'s second list" } },
  example = "local mic = audio.listen{seconds = 0.05}\nif mic then print(mic()) mic:close() end", see = "audio.running, net:stream",
  example2 = 'print(audio.listen{device = "nosuch"})' }
doc { name = "audio.midi", sig = "audio.midi.NAME(...)",
  doc = "Standard MIDI Files (.mid, RIFF .rmi) of format 0 or 1: notes as rows of numbers",
  example = 'print(audio.midi.load "nosuch.mid")', see = "audio.midi.load",
  example2 = 'print(audio.midi.save(os.tmpname() .. ".mid", {{0, 1, 60, 90, 1, 1}}))' }
doc { name = "audio.midi.load", sig = 'local notes, info = audio.midi.load(path, {unit="beats"})',
  doc = "notes of a MIDI file (format 0 or 1) as f64[n, 6], by start: start, duration, pitch 0..127 (60: middle C), "
    .. "velocity 1..127, channel 1..16, program 1..128. info: track i64[n], tempo f64[k, 2] (beat, beats a minute), "
    .. "meter f64[k, 3] (beat, beats in a bar, unit), format, division (ticks a beat; 0: SMPTE time, a beat is 0.5 s)",
  options = { { "unit", '"beats"', 'of times: "beats" (quarters) or "seconds"' } },
  example = 'local path = os.tmpname() .. ".mid"\naudio.midi.save(path, {{0, 1, 60, 90, 1, 1}, {1, 2, 64, 90, 1, 1}})\n'
    .. "print(audio.midi.load(path))",
  see = "audio.midi.save",
  example2 = "print(audio.midi.load \"nosuch.mid\")" }
doc { name = "audio.midi.save", sig = 'audio.midi.save(path, notes, {tempo=120, meter={4, 4}})',
  doc = "writes rows [n, 6] as audio.midi.load gives them, as format 1: a track for tempo and meter, then one a channel",
  options = { { "unit", '"beats"', 'of times: "beats" or "seconds"' },
    { "tempo", "120", "beats a minute, or rows {beat, beats a minute}" },
    { "meter", "{4, 4}", "beats in a bar and their unit, or rows {beat, beats, unit}" },
    { "division", "480", "ticks a beat" } },
  example = 'print(audio.midi.save(os.tmpname() .. ".mid", {{0, 1, 60, 90, 1, 1}}))', see = "audio.midi.load",
  example2 = 'audio.midi.save("/tmp/lunette-help.mid", {{0, 0.5, 72, 64, 10, 1}}, {unit = "seconds", tempo = 100})' }

-- --- pictures -----------------------------------------------------------------------------------------------------

doc { name = "data.image.load", sig = "data.image.load(path, {channels=0, raw=false, bits=8})",
  doc = "PNG, JPEG or WebP as u8[h,w,c]: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; 16 bits round to 8; upright, as EXIF says",
  options = { { "channels", "0", "1 to 4; 0: as the file has it" }, { "raw", "false", "as it lies in the file" },
    { "bits", "8", "16: a PNG of 16 bits a channel as it is, i32[h,w,c] from 0 to 65535" } },
  example = 'local path = os.tmpname() .. ".png"\ndata.image.save(path, tensor.rand(4, 4, 3))\n'
    .. "print(data.image.load(path, {channels = 1}).shape[3])",
  see = "data.image.save, data.image.info, data.image_folder",
  example2 = "print(data.image.load \"nosuch.png\")" }
doc { name = "data.image.save", sig = "data.image.save(path, x, {quality=90})",
  doc = "writes [h,w] or [h,w,c], u8 or f32 from 0 to 1, as .png (c 1 to 4) or .jpg (c 1 or 3)",
  options = { { "quality", "90", "of JPEG, 1 to 100" } },
  example = 'print(data.image.save(os.tmpname() .. ".png", tensor.rand(4, 4, 3)))', see = "data.image.load",
  example2 = "print(data.image.save(\"/dev/null/nosuch/x.png\", tensor.rand(4, 6, 3)))" }
doc { name = "data.image.info", sig = "local h, w, c, format = data.image.info(path)",
  doc = "what a picture's file says of itself; nothing is decoded",
  example = 'local path = os.tmpname() .. ".png"\ndata.image.save(path, tensor.rand(4, 5))\nprint(data.image.info(path))',
  see = "data.image.load",
  example2 = "print(data.image.info \"nosuch.png\")" }
doc { name = "data.image.resize", sig = "data.image.resize(x, h, w)",
  doc = "bilinear, without aliasing when shrinking; [h,w], [h,w,c] or [n,h,w,c], u8 or f32",
  example = "print(data.image.resize(tensor.rand(8, 8, 3), 4, 2).shape[2])", see = "data.image.crop",
  example2 = "x = tensor.rand(4, 6, 3)\nbig = data.image.resize(x, 8, 12)" }
doc { name = "data.image.crop", sig = "data.image.crop(x, top, left, h, w)",
  doc = "a view of the part whose first pixel is at (top, left)",
  example = "print(data.image.crop(tensor.rand(8, 8), 3, 3, 2, 2))", see = "data.image.resize",
  example2 = "x = tensor.rand(4, 6, 3)\ncorner = data.image.crop(x, 1, 1, 2, 2)" }
doc { name = "data.image.flip", sig = "data.image.flip(x, {vertical=false})", doc = "left and right change places",
  options = { { "vertical", "false", "up and down instead" } },
  example = "print(data.image.flip(tensor{{0, 1}}))", see = "data.image.rotate",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.flip(x, {vertical = true})" }
doc { name = "data.image.rotate", sig = "data.image.rotate(x, degrees, {fill=0})",
  doc = "counter-clockwise around the middle, bilinear, same size",
  options = { { "fill", "0", "what comes in at the corners" } },
  example = "print(data.image.rotate(tensor{{0, 1}, {0, 0}}, 90))", see = "data.image.flip",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.rotate(x, 90, {fill = 1})" }
doc { name = "data.image.colour", sig = "data.image.colour(x, {brightness=1, contrast=1, saturation=1, hue=0})",
  doc = "changes colours by factors, in this order; alpha stays",
  options = { { "brightness", "1", "factor" }, { "contrast", "1", "distance from the mean" },
    { "saturation", "1", "distance from grey" }, { "hue", "0", "turn, as a share of the circle: -0.5 to 0.5" } },
  example = "print(data.image.colour(tensor{{{1, 0, 0}}}, {hue = 1/3}))", see = "data.image.augment",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.colour(x, {hue = 0.5})" }
doc { name = "data.image.noise", sig = "data.image.noise(x, deviation, {rng=})",
  doc = "adds normal numbers to every channel; 1 is the step from black to white",
  options = { { "rng", "none", "a generator" } }, example = "print(data.image.noise(tensor.zeros(2, 2), 0.1))",
  see = "data.image.augment",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.noise(x, 0.1, {rng = tensor.rng(1)})" }
doc { name = "data.image.augment", sig = 'data.image.augment(x, {{"flip"}, {"crop", 28, 28, pad=4}, ...}, {rng=})',
  doc = "random changes in order, drawn anew for each picture of a batch; the same list goes to data.loader{augment=}. "
    .. "A number d stands for -d..d (of colours: 1-d..1+d), {lo, hi} for itself",
  options = { { "rng", "none", "a generator" }, { '"flip"', "", "p=0.5, vertical=false" },
    { '"rotate"', "", "degrees, fill=0" }, { '"crop"', "", "h, w, pad=0, centre=false, fill=0: anywhere, or in the middle" },
    { '"resize"', "", "h, w" }, { '"colour"', "", "brightness=0, contrast=0, saturation=0, hue=0" },
    { '"noise"', "", "deviation" } },
  example = 'print(data.image.augment(tensor.rand(4, 4), {{"flip"}, {"rotate", 10}, {"crop", 2, 2}}))',
  see = "data.loader",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.augment(x, {{\"colour\", brightness = 0.2}})" }

-- --- data sets and batches ----------------------------------------------------------------------------------------

doc { name = "data.video", sig = "for frame, seconds in data.video(path, {size=, fps=, live=false, raw=false}) do",
  doc = "the frames u8[h,w,3] of a video file, a camera or a source of FFmpeg; short for data.video.open",
  options = { { "size", "none", "{height, width} to scale to" }, { "fps", "0", "asked of a camera; 0: its own" },
    { "live", "false", "frames come at their own pace; those that nobody asked for in time are left out" },
    { "raw", "false", "frames as they are stored, not turned as the file says they are to be shown" } },
  example = "for frame, t in data.video(\"lavfi:testsrc=size=64x48:rate=5:duration=1\", {size = {24, 32}}) do print(frame.shape[1], t) end",
  see = "data.video.save, viz.image, viz.record",
  example2 = "print(data.video \"nosuch.mp4\")" }
doc { name = "data.video.open", sig = "local v = data.video.open(path, {size=, fps=, live=false, raw=false})",
  doc = "an iterator over frames; v.height, v.width, v.fps, v.seconds (0: not known); nil and why if it cannot be opened",
  options = { { "size", "none", "{height, width} to scale to" }, { "fps", "0", "asked of a camera; 0: its own" },
    { "live", "false", "frames come at their own pace; those that nobody asked for in time are left out" },
    { "raw", "false", "frames as they are stored, not turned as the file says they are to be shown" } },
  example = "v = data.video.open(\"lavfi:testsrc=size=64x48:rate=5:duration=1\")\nprint(v, v().shape[1])\nv:close()",
  see = "data.video, data.video.save",
  example2 = "print(data.video.open \"nosuch.mp4\")" }
doc { name = "data.video.save", sig = "data.video.save(path, frames, {fps=25})",
  doc = "writes frames [n,h,w,3], a list of them, or what a function gives until nil, as .gif or .mp4; true, or nil and why",
  options = { { "fps", "25", "frames a second" } },
  example = 'print(data.video.save("/tmp/lunette-help.gif", tensor.rand(3, 16, 16, 3)))', see = "data.video, viz.record",
  example2 = 'print(data.video.save("/dev/null/nosuch/x.mp4", tensor.rand(2, 16, 16, 3), {fps = 10}))' }
doc { name = "data.image_folder", sig = "local ds = data.image_folder(path, {channels=3})",
  doc = "pictures in path/CLASS/*.png|jpg|jpeg|webp: ds.paths, ds.labels (i64 from 1), ds.classes; read when wanted",
  options = { { "channels", "3", "1 to 4; 0: as each file has it" } },
  example = 'local root = os.tmpname() .. ".d"\nos.execute("mkdir -p " .. root .. "/cat")\n'
    .. 'data.image.save(root .. "/cat/1.png", tensor.rand(9, 9, 3))\nlocal ds = data.image_folder(root)\n'
    .. 'for x, y in data.loader{ds, augment = {{"resize", 4, 4}}} do print(x.shape[2], ds.classes[y[1]]) end',
  see = "data.loader, data.split",
  example2 = "print((data.image_folder(\"nosuch\", {channels = 1})))" }
doc { name = "data.loader", sig = "for x, y in data.loader{ds, batch=32, shuffle=true} do ... end",
  doc = "mini-batches of tensors {X, Y}, of an object with get(i) and #, or of pictures, which threads read and change: "
    .. "the same for a seed at any number of workers. loader.epoch counts rounds, loader:close() ends the workers",
  options = { { "batch", "32", "samples in one" }, { "shuffle", "false", "a new order each round" },
    { "drop_last", "false", "leave a short batch out" }, { "rng", "none", "a generator for the order" },
    { "weights", "none", "a tensor: how likely each sample is, drawn with replacement" },
    { "augment", "none", "changes to pictures: see data.image.augment" }, { "workers", "0", "threads for pictures" },
    { "prefetch", "2", "batches that workers are ahead" }, { "seed", "none", "of the changes; else drawn from rng" },
    { "dtype", "none", '"f32": pictures from 0 to 1; else as they are' },
    { "share", "none", "in many processes (dist): true: each gets its rows of every batch, false: all rows; none: its rows where gradients are "
      .. "recorded and the loader shuffles, weighs, or gives targets too" } },
  example = "for x in data.loader{{tensor.arange(4)}, batch = 2} do print(x) end",
  example2 = 'for x in data.loader{{tensor.rand(4, 8, 8, 3)}, workers = 2, augment = {{"flip"}}} do print(x.shape[1]) end',
  see = "data.image_folder, data.image.augment, net:fit" }
doc { name = "data.split", sig = "local rest, part = data.split(ds, share, {shuffle=true, rng=})",
  doc = "two data sets: `share` (below 1) or that many samples of it, and the rest",
  options = { { "shuffle", "true", "at random, not the last ones" }, { "rng", "none", "a generator" } },
  example = "local rest, part = data.split({tensor.arange(10)}, 0.2)\nprint(#rest[1], #part[1])", see = "data.loader",
  example2 = "a, b = data.split({tensor.arange(10)}, 3, {shuffle = false})\nprint(b[1])" }
doc { name = "data.labels", sig = "data.labels{y, base=0}", doc = "i64 labels counted from 1",
  options = { { "base", "0", "the lowest label in y" } }, example = "print(data.labels{tensor{0, 2}})",
  example2 = "print(data.labels{tensor{5, 6}, base = 5})",
  see = "nn.cross_entropy" }
doc { name = "data.size", sig = "data.size(ds)", doc = "the number of samples of a data set",
  example = "print(data.size{tensor.ones(5, 2)})",
  example2 = "print(data.size{tensor.ones(3), tensor.zeros(3)})",
  see = "data.take" }
doc { name = "data.take", sig = "data.take(ds, ids)", doc = "the tensors of the samples with these numbers",
  example = "print(data.take({tensor.arange(5)}, tensor{2, 3, dtype=\"i64\"})[1])",
  example2 = "print(#data.take({tensor.ones(4, 2)}, tensor.arange(2)))",
  see = "data.split" }
doc { name = "data.image", sig = "data.image.NAME(...)",
  doc = "pictures: files, and what is done to them before a network sees them",
  example = "print(data.image.flip(tensor.rand(4, 6, 3)).shape[2])",
  example2 = "print(data.image.resize(tensor.rand(4, 6, 3), 2, 3).shape[1])", see = "data.image.load, data.image.augment" }
