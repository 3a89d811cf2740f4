-- darknet.lua FOLDER make: pictures with labels, and what darknet trains by; FOLDER: what it found against nn.darknet's
-- (darknet.sh beside).
local test, apart = dofile "tests/check.lua", dofile "tests/golden/darknet/apart.lua"
local folder, make = arg and arg[1], arg and arg[2]
if not folder then
  print "ok darknet: left out, darknet.sh runs it"
  return
end
local SIDE, COUNT = 64, 48

local function write(name, text) test.write(folder .. "/" .. name, text) end

-- A bright or a red square on grey; its class from 0, centre and size as shares of the picture.
local function drawn(path)
  local x = tensor.rand(SIDE, SIDE, 3) * 0.1 + 0.35
  local size, class = tensor.randint(14, 24, 1):item(), tensor.randint(0, 1, 1):item()
  local left, top = tensor.randint(1, SIDE - size, 1):item(), tensor.randint(1, SIDE - size, 1):item()
  local place = x:narrow(1, top, size):narrow(2, left, size)
  place:copy_(tensor { 0.9, class == 0 and 0.9 or 0.1, class == 0 and 0.9 or 0.1 }:expand(size, size, 3))
  assert(data.image.save(path, x))
  return ("%d %.6f %.6f %.6f %.6f\n"):format(class, (left - 1 + size / 2) / SIDE, (top - 1 + size / 2) / SIDE,
    size / SIDE, size / SIDE)
end

if make then
  tensor.seed(4)
  local list = {}
  for k = 1, COUNT do
    list[k] = ("%s/square%d.png"):format(folder, k)
    write(("square%d.txt"):format(k), drawn(list[k]))
  end
  for k = 1, 4 do drawn(("%s/seen%d.png"):format(folder, k)) end
  write("train.txt", table.concat(list, "\n") .. "\n")
  write("shapes.names", "bright\nred\n")
  write("shapes.data", "classes=2\ntrain=train.txt\nvalid=train.txt\nnames=shapes.names\nbackup=.\n")
  local layers = { ("[net]\nbatch=8\nsubdivisions=1\nwidth=%d\nheight=%d\nchannels=3\nmomentum=0.9\ndecay=0.0005\n"
    .. "learning_rate=0.005\nburn_in=10\nmax_batches=150\npolicy=constant\n"):format(SIDE, SIDE) }
  for _, filters in ipairs { 8, 16, 32 } do
    layers[#layers + 1] = ("[convolutional]\nbatch_normalize=1\nfilters=%d\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
      .. "[maxpool]\nsize=2\nstride=2\n"):format(filters)
  end
  layers[#layers + 1] = "[convolutional]\nfilters=7\nsize=1\nstride=1\npad=1\nactivation=linear\n"
    .. "[yolo]\nmask=0\nanchors=19,19\nclasses=2\nnum=1\njitter=0\nignore_thresh=0.7\ntruth_thresh=1\nrandom=0\n"
  write("shapes.cfg", table.concat(layers))
  return
end

test("a detector that darknet trained finds what darknet finds", function()
  local net, seen = assert(nn.darknet(folder .. "/shapes.cfg", folder .. "/shapes_final.weights")), 0
  for k = 1, 4 do
    local picture = assert(data.image.load(("%s/seen%d.png"):format(folder, k)))
    local found, count = net:detect(picture, { score = 0.3, iou = 0.4, clip = false }), 0
    for line in io.lines(("%s/seen%d.boxes"):format(folder, k)) do
      local least = apart(found, line)
      test.truth(least and least < 1e-3, ("a box within %s of darknet's"):format(least))
      count = count + 1
    end
    test.equal(found.boxes:size(1), count, "boxes in picture " .. k)
    seen = seen + count
  end
  test.truth(seen > 0, "that it finds something")
end)
test.done()
