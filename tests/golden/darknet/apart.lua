-- apart.lua: apart(found, line): how far the nearest of the boxes that net:detect found is from one that Darknet
-- printed, `box CLASS SCORE X1 Y1 X2 Y2`, in score or a corner; nil for a line that is no box.
return function(found, line)
  local want, least = { line:match "^box (%d+) (%S+) (%S+) (%S+) (%S+) (%S+)$" }, math.huge
  if not want[1] then return nil end
  for k = 1, found.boxes:size(1) do
    if found.labels[k] == tonumber(want[1]) then
      local off = math.abs(found.scores[k] - want[2])
      for j = 1, 4 do off = math.max(off, math.abs(found.boxes[{ k, j }] - want[j + 2])) end
      least = math.min(least, off)
    end
  end
  return least
end
