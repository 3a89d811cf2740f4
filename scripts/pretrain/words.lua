--- words.lua: makes words.safetensors and words.txt beside it, the word vectors of debias_words and emojify.
--   build/lunette scripts/pretrain/words.lua [FOLDER]      from the root of the repository; the same bits every time
-- Data: 40 000 sentences of scripts/lib/world.lua, seed 1.  Time: 7 s on one core.
-- Held out: of the questions a : b = c : ? whose pairs never meet in a sentence, 0.991 of 1092 are answered right.
local world, skipgram, vectors = require "lib.world", require "lib.skipgram", require "lib.vectors"

local folder = arg and arg[1] or "scripts/pretrain"
local started = os.clock()
local words, w, index = skipgram.words(world.text, { seed = 1, show = function(step, loss)
  print(("step %d  loss %.4f"):format(step, loss))
end })

local sum, count = 0, 0
for name, kind in pairs(world.relations) do
  local ask = vectors.questions(index, kind.held)
  local right = vectors.analogies(vectors.unit(w), ask)
  print(("%-12s %.3f of %d"):format(name, right, #ask))
  sum, count = sum + right * #ask, count + #ask
end
print(("%d words of %d numbers; held-out analogies %.4f of %d; %.1f s"):format(#words, w:size(2), sum / count, count,
  os.clock() - started))

assert(tensor.save(folder .. "/words.safetensors", { words = w }))
assert(require "lib.results".write(folder .. "/words.txt", table.concat(words, "\n") .. "\n"))
