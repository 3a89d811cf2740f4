--- events.lua: moments at which a probability says "now", and how well they meet the moments that were meant.
local events = {}

--- events.find(p, threshold, {step=, first=0, hold=0.75, steps=2}) -> seconds at which p [T] has been above the
-- threshold for `steps` steps; step: seconds of one, first: when the first one is known; for `hold` seconds after an
-- event there is no other.
function events.find(p, threshold, options)
  local list, above, last = {}, 0, -math.huge
  local steps, hold = options.steps or 2, options.hold or 0.75
  for k, v in ipairs(lunette.is_tensor(p) and p:totable() or p) do
    above = v > threshold and above + 1 or 0
    local now = (options.first or 0) + (k - 1) * options.step
    if above >= steps and now - last >= hold then
      list[#list + 1] = now
      last, above = now, 0
    end
  end
  return list
end

--- events.match(found, meant, early, late) -> hits, false alarms, misses, and how late each hit was: an event meets a
-- moment from `early` seconds before to `late` after it; each moment is met once.
function events.match(found, meant, early, late)
  local met, hits, lags = {}, 0, {}
  for _, f in ipairs(found) do
    for k, m in ipairs(meant) do
      if not met[k] and f >= m - early and f <= m + late then
        met[k], hits = true, hits + 1
        lags[hits] = f - m
        break
      end
    end
  end
  return hits, #found - hits, #meant - hits, lags
end

--- events.count(p, ends, threshold, {step=, first=, seconds=}) -> f1, hits, wrong, missed, late (sorted) and per_ten:
-- false alarms in ten minutes, of rows p [n][T] of scenes of `seconds` each, whose words end at ends[n] seconds.
function events.count(p, ends, threshold, how)
  local hits, wrong, missed, late = 0, 0, 0, {}
  for k, row in ipairs(p) do
    local h, w, m, lags = events.match(events.find(row, threshold, how), ends[k], 0.15, 0.7)
    hits, wrong, missed = hits + h, wrong + w, missed + m
    table.move(lags, 1, #lags, #late + 1, late)
  end
  table.sort(late)
  return { f1 = events.f1(hits, wrong, missed), hits = hits, wrong = wrong, missed = missed, late = late,
    per_ten = wrong * 600 / (how.seconds * #p) }
end

--- events.choose(p, ends, q, how) -> a threshold; the F1 and the false alarms in ten minutes that go with it.  The
-- value of one is the F1 on rows p, less a tenth for each false alarm in ten minutes above how.allowed (0.5) on rows q
-- without words.  Chosen is one among those within 0.03 of the best, at three quarters of their way up: the best one
-- itself stands at an edge, beyond which what is not among these rows is an alarm, or is not heard; and of words like
-- the one that is meant there are more kinds than voices.
function events.choose(p, ends, q, how)
  local none, tried, best = {}, {}, -math.huge
  for k = 1, #q do none[k] = {} end
  for k = -8, 28 do
    local t = 1 / (1 + math.exp(-k / 4))
    local c, alarms = events.count(p, ends, t, how), events.count(q, none, t, how).per_ten
    local value = c.f1 - 0.1 * math.max(0, alarms - (how.allowed or 0.5))
    tried[#tried + 1] = { t = t, value = value, f1 = c.f1, alarms = alarms }
    best = math.max(best, value)
  end
  local good = {}
  for _, one in ipairs(tried) do
    if one.value >= best - 0.03 then good[#good + 1] = one end
  end
  local chosen = good[(3 * #good + 1) // 4]
  return chosen.t, chosen.f1, chosen.alarms
end

--- events.f1(hits, false alarms, misses) -> harmonic mean of precision and recall
function events.f1(hits, wrong, missed) return hits == 0 and 0 or 2 * hits / (2 * hits + wrong + missed) end

return events
