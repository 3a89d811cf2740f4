--- op_errors.lua: what ops refuse, naming themselves and the shapes.
local test = dofile "tests/check.lua"

test("pad", function()
  local x = tensor.ones(2, 3)
  test.fails("pad: 1 sizes for f32[2,3]; two for each padded dimension (before, after)", function() x:pad { 1 } end)
  test.fails("pad: 4 sizes for 1 dims; two for each (before, after)", function() x:pad { 1, 1, 1, 1, dims = { 1 } } end)
  test.fails("pad: 3 before and 0 after do not fit dim 2 of f32[2,3]", function() x:pad { 3, 0, mode = "reflect" } end)
  test.fails("pad: -4 before and 2 after do not fit dim 2 of f32[2,3]", function() x:pad { -4, 2 } end)
  test.fails("pad: mode is 'mirror'; it must be one of constant|reflect|replicate",
    function() x:pad { 1, 1, mode = "mirror" } end)
  test.fails("pad: dim 3 outside 1..2 for f32[2,3]", function() x:pad { 1, 1, dims = { 3 } } end)
end)

test("unfold, take, diag, bincount, median", function()
  test.fails("unfold: size 4, step 1 do not fit dim 1 of f32[3]", function() tensor.ones(3):unfold(1, 4) end)
  test.fails("take: index 5 outside 1..4", function() tensor.ones(2, 2):take(tensor { 5, dtype = "i64" }) end)
  test.fails("diag: f32[1,1,1] is neither a vector nor a matrix", function() tensor.ones(1, 1, 1):diag() end)
  test.fails("diag: f32[2,3] has no diagonal 4", function() tensor.ones(2, 3):diag(4) end)
  test.fails("bincount: 0 in i64[2]; numbers count from 1",
    function() tensor({ 1, 0 }, { dtype = "i64" }):bincount() end)
  test.fails("median: f32[0] has no element to choose from", function() tensor.zeros(0):median() end)
end)

test("upsample and adaptive pooling", function()
  local x = tensor.ones(1, 2, 2, 1)
  test.fails("upsample: give either scale or size", function() nn.upsample { x } end)
  test.fails("upsample: give either scale or size", function() nn.upsample { x, scale = 2, size = 3 } end)
  test.fails("upsample: align_corners is for mode=\"bilinear\"",
    function() nn.upsample { x, scale = 2, align_corners = true } end)
  test.fails("upsample: x must be a float [N,H,W,C], got f32[2]",
    function() nn.upsample { tensor.ones(2), scale = 2 } end)
  test.fails("upsample: no size of 0 for dim 2 of f32[1,2,2,1]", function() nn.upsample { x, scale = 0.1 } end)
  test.fails("adaptive_avg_pool2d: size must be one or two whole numbers from 1 on",
    function() nn.adaptive_avg_pool2d { x, size = 0 } end)
end)

test("numbers that no parameter holds", function()
  local x = tensor.ones(2, 3)
  test.fails("roll: shift = 1e+300 is beyond 2^53, where it would not be exact", function() x:roll(1e300) end)
  test.fails("roll: shift = inf is beyond 2^53, where it would not be exact", function() x:roll(math.huge) end)
  test.fails("reshape: shape = 9007199254740993 is beyond 2^53, where it would not be exact",
    function() x:reshape(9007199254740993) end)
  test.fails("sum: dim = -1e+300 is beyond 2^53, where it would not be exact", function() x:sum { -1e300 } end)
  test.fails("softmax: dim 2147483647 outside 1..2 for f32[2,3]", function() x:softmax(2^40) end)
end)

test("linear algebra", function()
  test.fails("inverse: f32[2,3] is no square matrix", function() tensor.ones(2, 3):inverse() end)
  test.fails("inverse: matrix 2 of f32[2,2,2] is singular (pivot 2 is 0)",
    function() tensor { { { 1, 0 }, { 0, 1 } }, { { 1, 2 }, { 2, 4 } } }:inverse() end)
  test.fails("solve: matrix 1 of f32[2,2] is singular (pivot 1 is 0)",
    function() tensor.zeros(2, 2):solve(tensor.ones(2)) end)
  test.fails_with({ "solve: f32[2,2] and f32[3] do not fit; a [..., n, n] and b [..., n] or [..., n, k]" },
    function() tensor.eye(2):solve(tensor.ones(3)) end)
  test.fails("svd: f32[2,2] has elements that are not finite", function() tensor { { 1, 0 / 0 }, { 0, 1 } }:svd() end)
  test.fails("eigh: f32[1,1] has elements that are not finite", function() tensor { { 1 / 0 } }:eigh() end)
  test.fails("eigh: f32[3] is no square matrix", function() tensor.ones(3):eigh() end)
  test.fails("inverse: x is i64[2,2]; it must be f32 or f64 (x:to\"f32\" converts)",
    function() tensor.ones { 2, 2, dtype = "i64" }:inverse() end)
end)

test("ctc", function()
  local x, t = tensor.zeros(1, 4, 3), tensor({ { 2, 3 } }, { dtype = "i64" })
  test.fails("ctc: target 4 outside 1..3 (labels are 1-based; data.labels{base=0} converts)",
    function() nn.ctc { x, t + 1 } end)
  test.fails("ctc: log probabilities [N,T,C] and targets [N,S] wanted, got f32[4,3] and i64[1,2]",
    function() nn.ctc { x[1], t } end)
  test.fails("ctc: length 5 of sample 1 outside 1..4", function() nn.ctc { x, t, tensor { 5, dtype = "i64" } } end)
  test.fails("ctc: blank 4 outside 1..3", function() nn.ctc { x, t, blank = 4 } end)
  test.equal(nn.ctc { x["..., 1:1, :"], t }:item(), math.huge)
end)

test("svd of a large matrix gives it back", function()
  local a = tensor.randn { 60, 90, dtype = "f64" }
  local u, s, v = a:svd()
  test.close((u * s):mm(v:t()), a, 1e-12)
  test.close(u:t():mm(u), tensor.eye(60), 1e-12)
end)
test.done()
