--- gamma.lua: lgamma, digamma, its derivative and erfinv against exact values (50 digits), over their whole range.
local test = dofile "tests/check.lua"
local inf, nan = math.huge, 0 / 0

local exact = {
  lgamma = {
    { 5e-324, 744.4400719213812623 },
    { 1e-300, 690.7755278982137052 },
    { 1e-10, 23.02585092988273524 },
    { 0.125, 2.019418357553796345 },
    { 0.5, 0.5723649429247000871 },
    { 0.75, 0.2032809514312953715 },
    { 0.9999999999, 5.77215712742817838e-11 },
    { 1.0000000001, -5.772157125783244041e-11 },
    { 1.25, -0.09827183642181316146 },
    { 1.4616321449683622, -0.1214862905358496081 },
    { 1.5, -0.1207822376352452223 },
    { 1.9999999, -4.227843030986129819e-8 },
    { 2.0000001, 4.227843666532497923e-8 },
    { 2.5, 0.2846828704729191596 },
    { 2.75, 0.4752146669149371303 },
    { 3.5, 1.200973602347074225 },
    { 7.25, 7.052185450738539445 },
    { 8.5, 9.549267257300997712 },
    { 8.4999, 9.549059248843433443 },
    { 9.75, 12.24220494005076256 },
    { 10.0, 12.80182748008146961 },
    { 33.3, 82.60372358165494301 },
    { 171.5, 709.1431630309282423 },
    { 100000.0, 1051287.708973656895 },
    { 1e+17, 3.814394658089877644e18 },
    { 1e+300, 6.897755278982137415e302 },
    { -1e-300, 690.7755278982137052 },
    { -1e-10, 23.02585092999817837 },
    { -0.25, 1.58957531255118599 },
    { -0.5, 1.265512123484645396 },
    { -1.75, 1.016088809214435699 },
    { -2.5, -0.05624371649767405067 },
    { -10.125, -13.29384514038953848 },
    { -33.3, -84.75261573729159254 },
    { -1000.25, -5912.363970042725149 },
  },
  digamma = {
    { 1e-300, -9.999999999999999749e299 },
    { 1e-10, -10000000000.5772153 },
    { 0.125, -8.388492663295854868 },
    { 0.5, -1.963510026021423479 },
    { 0.75, -1.08586087978647217 },
    { 0.9999999999, -0.5772156650660262809 },
    { 1.0000000001, -0.5772156647370394403 },
    { 1.25, -0.2274535333762654081 },
    { 1.4616321449683622, -9.241265521729427517e-17 },
    { 1.5, 0.03648997397857652056 },
    { 1.9999999, 0.4227842706050583963 },
    { 2.0000001, 0.4227843995918716981 },
    { 2.5, 0.7031566406452431872 },
    { 2.75, 0.8189010249754325923 },
    { 3.5, 1.103156640645243187 },
    { 7.25, 1.910453526883736028 },
    { 8.5, 2.080090817579420121 },
    { 8.4999, 2.080078333689705053 },
    { 9.75, 2.225109535044576012 },
    { 10.0, 2.251752589066721108 },
    { 33.3, 3.490467238520242777 },
    { 171.5, 5.141664981433999629 },
    { 100000.0, 11.51292046496189509 },
    { 1e+17, 39.14394658089877662 },
    { 1e+300, 690.7755278982137053 },
    { -1e-300, 9.999999999999999749e299 },
    { -1e-10, 9999999999.422783971 },
    { -0.25, 2.91413912021352783 },
    { -0.5, 0.03648997397857652056 },
    { -1.75, -2.322691628614360646 },
    { -2.5, 1.103156640645243187 },
    { -10.125, 9.948053825866076129 },
    { -33.3, 5.802997937052514042 },
    { -1000.25, 10.05009769306670588 },
  },
  trigamma = {
    { 1e-10, 9.999999999999999272e19 },
    { 0.125, 65.38813344498803447 },
    { 0.5, 4.934802200544679309 },
    { 0.75, 2.541879647671606498 },
    { 0.9999999999, 1.644934067088637837 },
    { 1.0000000001, 1.644934066607815036 },
    { 1.25, 1.197329154507110739 },
    { 1.4616321449683622, 0.967672245447621255 },
    { 1.5, 0.9348022005446793094 },
    { 1.9999999, 0.6449341072596095617 },
    { 2.0000001, 0.6449340264368483404 },
    { 2.5, 0.490357756100234865 },
    { 2.75, 0.4375712576489307614 },
    { 3.5, 0.330357756100234865 },
    { 7.25, 0.1478792331589321697 },
    { 8.5, 0.124838118918926022 },
    { 8.4999, 0.1248396753894865516 },
    { 9.75, 0.1080032433366318546 },
    { 10.0, 0.1051663356816857461 },
    { 33.3, 0.03048544409533888779 },
    { 171.5, 0.005847936550610383762 },
    { 100000.0, 1.000005000016666667e-5 },
    { 1e+17, 1.000000000000000005e-17 },
    { 1e+300, 9.999999999999999475e-301 },
    { -1e-10, 9.999999999999999272e19 },
    { -0.25, 18.5418796476716065 },
    { -0.5, 8.934802200544679309 },
    { -1.75, 19.30163754452978648 },
    { -2.5, 9.539246644989123754 },
    { -10.125, 67.29982601748710305 },
    { -33.3, 15.04983006141080236 },
    { -1000.25, 19.73820955169978488 },
  },
  erfinv = {
    { 1e-300, 8.862269254527580359e-301 },
    { 1e-09, 8.862269254527580691e-10 },
    { 0.125, 0.1112354518409499591 },
    { 0.5, 0.4769362762044698734 },
    { 0.84999, 1.017877489144306098 },
    { 0.85001, 1.01792744178971846 },
    { 0.99, 1.821386367718449456 },
    { 0.9999, 2.751063905712079692 },
    { 0.99999999999, 4.812924058944832545 },
    { 0.9999999999999999, 5.863584748755167927 },
    { -0.3, -0.272462714726754345 },
    { -0.875, -1.084787040069283141 },
  },
}

local function trigamma(x)
  x = x:detach():requires_grad(true)
  x:digamma():sum():backward()
  return x.grad
end
local f = {
  lgamma = function(x) return x:lgamma() end,
  digamma = function(x) return x:digamma() end,
  trigamma = trigamma,
  erfinv = function(x) return x:erfinv() end,
}
local function vector(list, dtype) return (tensor(list, { dtype = dtype })) end
local function columns(rows)
  local x, y = {}, {}
  for i, row in ipairs(rows) do x[i], y[i] = row[1], row[2] end
  return x, y
end
local function same_number(u, v) return u == v and 1 / u == 1 / v or u ~= u and v ~= v end

--- What rounding may take: ulps of the value, and below 0 or beside digamma's zero of what it is a difference of.
local function allowed(name, x, y)
  local summand = name == "erfinv" and 0 or name == "digamma" and math.abs(y) < 1 and 1 or 0
  if name ~= "erfinv" and x < 0 then summand = math.abs(y) + math.abs(x * math.log(1 - x)) + 4 end
  return 12 * 0x1p-53 * math.abs(y) + 1e-15 * summand
end

test("gamma's and erf's relatives have the digits of exact values", function()
  for name, rows in pairs(exact) do
    local x, want = columns(rows)
    local got = f[name](vector(x, "f64")):totable()
    for i, v in ipairs(got) do
      local most = allowed(name, x[i], want[i])
      test.truth(math.abs(v - want[i]) <= most, ("%s(%.17g) = %.17g, not %.17g"):format(name, x[i], v, want[i]))
    end
  end
end)

test("in f32 they are those of f64, rounded", function()
  for name, rows in pairs(exact) do
    local x = vector(columns(rows), "f64"):to "f32"
    test.alike(f[name](x), f[name](x:to "f64"):to "f32", name)
  end
  for name, g in pairs(f) do
    local x = tensor.randn(1003) * (name == "erfinv" and 0.3 or 4)
    if name == "erfinv" then x = x:clamp(-1, 1) end
    test.alike(g(x), g(x:to "f64"):to "f32", name .. " of random numbers")
  end
end)

test("a number's value does not depend on those beside it, nor on where it lies", function()
  for name, rows in pairs(exact) do
    for _, dtype in ipairs { "f32", "f64" } do
      local x = vector(columns(rows), dtype)
      local together, back = f[name](x), f[name](x:flip(1)):flip(1)
      local sparse = tensor.zeros { x:size(1), 3, dtype = dtype }
      sparse[{ {}, 2 }] = x
      test.alike(f[name](sparse[{ {}, 2 }]), together, name .. " of a stepped " .. dtype)
      test.alike(back, together, name .. " backwards in " .. dtype)
      for i = 1, x:size(1) do
        test.truth(same_number(f[name](x[{ { i, i } }]):item(), together[i]), name .. " alone, " .. dtype)
      end
    end
  end
end)

test("poles, infinities and NaN give what C and PyTorch give", function()
  local at = { 0.0, -0.0, inf, -inf, nan, -1, -2, -171, -1e18 }
  local want = {
    lgamma = { inf, inf, inf, inf, nan, inf, inf, inf, inf },
    digamma = { -inf, inf, inf, nan, nan, nan, nan, nan, nan },
    trigamma = { inf, inf, 0.0, nan, nan, inf, inf, inf, inf },
    erfinv = { 0.0, -0.0, nan, nan, nan, -inf, nan, nan, nan },
  }
  for name, values in pairs(want) do
    for _, dtype in ipairs { "f32", "f64" } do
      local got = f[name](vector(at, dtype)):totable()
      for i, v in ipairs(values) do
        test.truth(same_number(got[i], v), ("%s(%s) in %s = %s, not %s"):format(name, at[i], dtype, got[i], v))
      end
    end
  end
  test.equal(tensor { 1.0 }:erfinv():item(), inf)
  test.equal(tensor { 2.0 }:lgamma():item(), 0.0)
  test.equal(tensor { 1.0 }:lgamma():item(), 0.0)
end)
test("lgamma of the smallest numbers below 0", function()
  local x = tensor({ -5e-324, -1e-310, -1e-300, -1e-18, 5e-324 }, { dtype = "f64" })
  local y = x:lgamma()
  for i, v in ipairs(x:totable()) do test.close(y[{ { i, i } }], { -math.log(math.abs(v)) }, 1e-12) end
end)

test.done()
