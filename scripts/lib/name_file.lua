--- name_file.lua: names(path, classes): the lines of a text file, a class a line, as many as classes where that is
-- given; none without a path.
return function(path, classes)
  local names = {}
  for line in path and assert(io.open(path)):lines() or function() end do
    names[#names + 1] = line:gsub("%s+$", "")
  end
  while names[1] and names[#names] == "" do names[#names] = nil end
  if path and classes and #names ~= classes then
    error(("%s: %d names for %d classes"):format(path, #names, classes), 0)
  end
  return names
end
