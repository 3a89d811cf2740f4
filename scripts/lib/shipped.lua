--- shipped.lua: weights that lie in the program, or that the user names instead.

--- shipped(name, path, needed) -> the tensors by name of path, a .safetensors file, or, without one, of
-- scripts/lib/NAME.safetensors or scripts/pretrain/NAME.safetensors; each name of the list `needed` must be there.
return function(name, path, needed)
  local copy
  if not path then
    copy = os.tmpname()
    path = copy .. ".safetensors"
    local file = assert(io.open(path, "wb"))
    local inside = "scripts/%s/" .. name .. ".safetensors"
    file:write(lunette.file(inside:format "lib") or lunette.file(inside:format "pretrain"))
    file:close()
  end
  local tensors, why = tensor.load(path)
  if copy then
    os.remove(copy)
    os.remove(path)
  end
  if not tensors then lunette.raise("--weights: " .. why) end
  for _, key in ipairs(needed) do
    if lunette.is_tensor(tensors) or not tensors[key] then
      lunette.raise(("--weights: %s: no weights of %s: '%s' is missing"):format(path, name, key))
    end
  end
  return tensors
end
