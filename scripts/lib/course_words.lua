--- course_words.lua: the figures of the original assignment on GloVe's 6B vectors of 50 numbers, checked one by one.
-- They are of the vectors as they stand in the file, not of length 1, and of g = woman - man.
local course_words = {}

-- cos(word, woman - man), as the assignment prints them.
local along = { john = -0.2316, marie = 0.3156, sophie = 0.3187, ronaldo = -0.3124, priya = 0.1763, rahul = -0.1692,
  danielle = 0.2439, reza = -0.0793, katy = 0.2831, yasmin = 0.2331, lipstick = 0.2769, guns = -0.1888,
  science = -0.0608, arts = 0.0082, literature = 0.0647, warrior = -0.2092, doctor = 0.1190, tree = -0.0709,
  receptionist = 0.330779, technology = -0.1319, fashion = 0.0356, teacher = 0.1792, engineer = -0.0804,
  pilot = 0.0011, computer = -0.1033, singer = 0.1850 }

--- Is it glove.6B.50d.txt?
function course_words.is(words, w)
  return w:size(1) == 400000 and w:size(2) == 50 and words[1] == "the" and words[400000] == "sandberger"
end

local function cosine(a, b) return (a:dot(b) / (a:norm() * b:norm())):item() end

--- Its equalisation: raw vectors, and |a - m| below, which are not the paper's (unit vectors, |a_B - m_B|).
--   a := sqrt(| 1 - |n|^2 |) (a_B - m_B) / |a - m| + n
function course_words.equalise(a, b, g)
  local function on_g(v) return g * (v:dot(g) / g:dot(g)) end
  local m = (a + b) / 2
  local n = m - on_g(m)
  local function moved(w) return (on_g(w) - on_g(m)) * ((1 - n:dot(n)):abs():sqrt() / (w - m):norm()) + n end
  return moved(a), moved(b)
end

--- d of a : b = c : d by the largest cos(b - a, d - c), a, b and c left out.
function course_words.analogy(w, index, a, b, c)
  local way, from = w[index[b]] - w[index[a]], w - w[index[c]]
  local score = from:mm(way) / (from:norm { p = 2, dim = 2 } + 1e-12)
  for _, word in ipairs { a, b, c } do score[index[word]] = -math.huge end
  return score:argmax():item()
end

--- course_words.check(words, w, index) -> how many of the figures are met to the last digit given, and how many there
-- are; those that are not are printed.
function course_words.check(words, w, index)
  local function v(word) return w[index[word]]:to "f64" end
  local met, count = 0, 0
  local function figure(what, got, want, digits)
    local ok = type(want) == "string" and got == want or type(want) == "number"
      and math.abs(got - want) <= 0.51 * 10.0 ^ -digits
    met, count = met + (ok and 1 or 0), count + 1
    if not ok then print(("  %s: %s where the course has %s"):format(what, got, want)) end
  end
  figure("cosine(father, mother)", cosine(v "father", v "mother"), 0.890904, 6)
  figure("cosine(ball, crocodile)", cosine(v "ball", v "crocodile"), 0.274392, 6)
  figure("cosine(france - paris, rome - italy)", cosine(v "france" - v "paris", v "rome" - v "italy"), -0.675148, 6)
  for _, q in ipairs { { "italy", "italian", "spain", "spanish" }, { "india", "delhi", "japan", "tokyo" },
    { "man", "woman", "boy", "girl" }, { "small", "smaller", "large", "larger" } } do
    figure(table.concat(q, " ", 1, 3), words[course_words.analogy(w, index, q[1], q[2], q[3])], q[4])
  end
  local g = v "woman" - v "man"
  for word, want in pairs(along) do
    figure("cosine(" .. word .. ", g)", cosine(v(word), g), want, word == "receptionist" and 6 or 4)
  end
  local r = v "receptionist"
  figure("receptionist, neutralised", cosine(r - g * (r:dot(g) / g:dot(g)), g), 0, 6)
  figure("cosine(man, g)", cosine(v "man", g), -0.117111, 6)
  figure("cosine(woman, g)", cosine(v "woman", g), 0.356666, 6)
  local a, b = course_words.equalise(v "man", v "woman", g)
  figure("man, equalised", cosine(a, g), -0.700436, 6)
  figure("woman, equalised", cosine(b, g), 0.700436, 6)
  return met, count
end

return course_words
