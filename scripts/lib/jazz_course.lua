--- jazz_course.lua: jazz_solo as in the course: 60 windows of 30 notes of one solo, 78 values (later 90), an LSTM of
-- 64, Adam at 0.01 that decays by 0.01, 100 epochs of batches of 32; the first input and the last target are all zero,
-- and what is played is the likeliest note fed back 50 times.
local jazz, tokens = require "lib.jazz", require "lib.jazz_tokens"

local WINDOWS, STEPS, UNITS, EPOCHS, BATCH, PLAYED, LONG = 60, 30, 64, 100, 32, 50, 192

-- The solo whose length is nearest to that of the course's, of those with no more than `most` different tokens: its
-- tokens as places in `list` of those that occur.
local function one_solo(songs, most)
  local best, ids, list
  for _, song in ipairs(songs) do
    local places, known, here = {}, {}, {}
    for k, id in ipairs(tokens.all(song)) do
      if not known[id] then
        here[#here + 1] = id
        known[id] = #here
      end
      places[k] = known[id]
    end
    if #places > STEPS and #here <= most and (not ids or math.abs(#places - LONG) < math.abs(#ids - LONG)) then
      best, ids, list = song, places, here
    end
  end
  if not ids then
    error(("--values: no solo of more than %d notes has so few as %d different ones"):format(STEPS, most), 0)
  end
  return best, ids, list
end

--- course(songs, opt) -> a claim: the loss of the course's 60 windows, summed over their steps.
return function(songs, opt)
  local V = opt.values
  local song, ids, list = one_solo(songs, V)
  local wanted = {}                                                      -- [60][30]: places
  for k = 1, WINDOWS do
    local at = tensor.randint(1, #ids - STEPS + 1, 1)[1]
    wanted[k] = table.move(ids, at, at + STEPS - 1, 1, {})
  end
  local notes = tensor(wanted, { dtype = "i64" })                        -- [60, 30]
  local x = notes:one_hot(V):to "f32"
  x["..., 1, 1:-1"] = 0                                                  -- the first input is nothing
  local target = tensor.cat({ notes[":, 2:"], tensor.zeros { WINDOWS, 1, dtype = "i64" } }, 2)  -- 0: not counted

  local memory, out = nn.LSTM(V, UNITS), nn.Linear(UNITS, V)
  local net = nn.Sequential { memory, out }
  local counted = net:parameter_count() - 4 * UNITS                      -- the course's LSTM has one bias, not two
  assert(counted == 4 * UNITS * (V + UNITS + 1) + UNITS * V + V, "the course's numbers")
  print(("course: %d numbers, %d windows of %d out of %d notes, %d values of which %d occur"):format(counted,
    WINDOWS, STEPS, #ids, V, #list))
  local adam, first, loss = optim.Adam { net, lr = 0.01 }, nil, 0
  local iterations = 0
  for epoch = 1, EPOCHS do
    local sum = 0
    for xs, ys in data.loader { { x, target }, batch = BATCH, shuffle = true } do
      adam.lr = 0.01 / (1 + 0.01 * iterations)
      iterations = iterations + 1
      local l = nn.cross_entropy(out((memory(xs))):reshape(-1, V), ys:reshape(-1), { ignore = 0, reduction = "sum" })
      adam:step(l / xs:size(1))
      sum = sum + l:item()
      viz.gate()
    end
    loss = sum / WINDOWS
    first = first or loss
    viz.plot("loss of 30 steps/training", loss, { step = epoch })
    if epoch % 10 == 0 then print(("epoch %3d   loss %.1f"):format(epoch, loss)) end
  end
  print(("loss of a window, summed over its steps: %.1f at first, %.1f at last"):format(first, loss))

  local _ <close> = tensor.no_grad()
  local chords, solo, beat, state = song.chords, {}, 0, nil
  local input = tensor.zeros(1, 1, V)
  for k = 1, PLAYED do
    local y, h, c = memory(input, state)
    local best = out(y):reshape(-1):argmax():item()
    state, input = { h = h, c = c }, tensor({ { best } }, { dtype = "i64" }):one_hot(V):to "f32"
    solo[k] = tokens.note(list[best] or list[1], (jazz.chord_at(chords, beat)))
    beat = tokens.after(beat, solo[k])
  end
  viz.roll("solo", tensor(tokens.rows(solo)))
  if opt.out then require "lib.jazz_live".save(opt.out, solo, chords, opt) end
  return { measure = "loss", loss = loss, below = 15, first = first }
end
