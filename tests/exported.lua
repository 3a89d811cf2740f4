--- exported.lua: for tests/elsewhere/onnxruntime.sh: what tests of net:export write, what it was given and what it
-- should answer, as N.onnx, N.inK.npy and N.outK.npy in the folder LUNETTE_EXPORTS, where that is set.
local test = dofile "tests/check.lua"
local folder, kept = os.getenv "LUNETTE_EXPORTS", 0

--- keep(word, path, inputs, answers): word begins the names of a test's files; lists of tensors in the file's order.
return function(word, path, inputs, answers)
  if not folder then return end
  kept = kept + 1
  local base = ("%s/%s%03d"):format(folder, word, kept)
  test.write(base .. ".onnx", test.read(path))
  for i, x in ipairs(inputs) do assert(tensor.save(("%s.in%d.npy"):format(base, i), x:detach():contiguous())) end
  for i, y in ipairs(answers) do assert(tensor.save(("%s.out%d.npy"):format(base, i), y:detach():contiguous())) end
end
