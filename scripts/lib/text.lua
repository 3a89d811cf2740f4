--- text.lua: texts that users bring: in UTF-8, with or without a byte order mark, and any line ends.
local text = {}

--- text.read(path, option) -> a file's text with plain line ends and without its mark, or an error that begins with
-- `option`, where the path comes from ("--data", which is what is meant by default).
function text.read(path, option)
  option = option or "--data"
  local file, why = io.open(path, "rb")
  local all
  if file then
    all, why = file:read "a"
    file:close()
  end
  if not all then lunette.raise(("%s: %s"):format(option, why or (path .. ": cannot be read"))) end
  if all:find "^\xff\xfe" or all:find "^\xfe\xff" then
    lunette.raise(("%s: %s: is UTF-16; save it as UTF-8"):format(option, path))
  end
  if all:find "^version https://git%-lfs" then
    why = "it is a pointer of Git LFS and not the file itself (git lfs pull fetches it)"
    lunette.raise(("%s: %s: %s"):format(option, path, why))
  end
  return (all:gsub("^\xef\xbb\xbf", ""):gsub("\r+\n", "\n"):gsub("\r", "\n"))
end

--- text.readable(value) -> it, or nil and why it cannot be read: for lunette.option("text", ...).
function text.readable(value)
  if not utf8.len(value) then return nil, "UTF-8 text expected" end
  return value
end

return text
