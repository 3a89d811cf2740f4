--- name_file.lua: names(path): the lines of a text file, a class a line; none without a path.
return function(path)
  local names = {}
  for line in path and assert(io.open(path)):lines() or function() end do
    names[#names + 1] = line:gsub("%s+$", "")
  end
  return names
end
