/* test_recurrent.c: whole-sequence nets against PyTorch 1.13 (torch_recurrent.py prints the constants),
 * central differences, sequences cut at their lengths, and the same bytes at every thread count. */
#include "nn_test.h"

static const struct {
  const char *name;
  double y[18], dx[12], dwh[36], dbh[12];
} golden[] = {
    {"rnn",
     {-0.8433829874, 0.105582491, 0.8589889415, -0.9713393012, -0.6157387674, 0.9392072884, -0.9922862599,
      -0.2513360595, 0.9898588645, -0.8468191597, -0.8695151073, 0.4874203451, -0.9929185685, -0.6049583828,
      0.9850677721, -0.9677841673, -0.55993245, 0.9375723078},
     {0.290313826, -0.1405875755, -0.08623136916, 0.04309610075, 0.0978276402, -0.4724210707, 0.2266603501,
      -0.0571278312, 0.00710272442, -0.1330230917, 0.1350126065, -0.2453940687},
     {-0.1584110395, 1.175391358, 0.05869934713, -0.03152226289, 0.7635645244, 0.02256968087, 0.1514800707,
      -1.095907601, -0.08090238083},
     {0.4668001353, -1.12414897, -0.2380693798}},
    {"lstm",
     {0.1060491819, 0.1184117227, 0.2359807714, 0.05174076208, 0.1138118062, 0.2201602664, 0.01465833334,
      0.0597833963, 0.3450774187, -0.3926126304, -0.03265201789, 0.1719979756, -0.1164254604, 0.05094086261,
      0.3799774175, -0.2713672238, 0.08570801733, 0.2259010363},
     {0.1282613219, -0.1304774132, -0.03385620023, 0.0281113142, 0.012251803, -0.005939540698, -0.1382912121,
      0.1311390001, -0.008251953913, 0.01048478107, -0.0150526605, 0.01615401538},
     {0.01741073886,  0.001891186129,   0.009607546434, 0.01303208643,   0.002988728206,  -0.000892993078,
      -0.02498807758, -0.01414121644,   0.007650048667, 0.004754136748,  0.01009473902,   0.01006994226,
      0.02715835289,  -0.0007608868517, -0.02031877343, 0.025966041,     0.01470820268,   0.006989822406,
      -0.02628613141, -0.03115262344,   -0.07335018529, 0.1087430271,    0.02049377648,   -0.04200538328,
      -0.00145921975, -0.003352847328,  -0.02521272911, -0.007371321992, 0.003010037715,  -0.0006733130057,
      0.005933615804, -0.003728598672,  -0.06233863784, 0.01550167418,   -0.002184269467, -0.06179346876},
     {-0.03290802285, -0.01832096961, -0.03212294862, -0.06604375195, -0.01050763977, 0.002861364374,
      0.03830603714, 0.03950501562, -0.05538804069, -0.07014170237, -0.03884083689, -0.07304052251}},
    {"gru",
     {-0.292211402, 0.2420644646, 0.4156347727, -0.3508257637, 0.6452787825, 0.7725420307, -0.173677971,
      0.2986239211, 0.4295285706, -0.421021848, 0.2930558285, 0.701868816, -0.3250429958, 0.640705557,
      0.4953701416, -0.3851016138, 0.2448427746, 0.414986151},
     {-0.08036987322, 0.183044416, -0.04527461351, -0.1669141177, 0.2173325323, 0.2672889324, -0.2952375744,
      -0.01756020821, 0.1819456525, -0.2114992822, 0.00131125119, 0.3426892799},
     {0.00507739412,   -0.02770866329,  -0.007831596714, -0.02765053262, 0.1228026693,   0.04292610531,
      -0.02765738391,  0.0929053707,    0.002890665515,  0.004135294079, -0.06217489071, 0.03264855698,
      0.01627528197,   0.03679250002,   -0.1342087459,   0.1105025283,   -0.2549055978,  -0.07568205283,
      -0.009606955656, -0.005530449443, 0.02059307208,   0.03948738491,  -0.08986531101, -0.1110690309,
      0.05733523305,   -0.2448011391,   -0.004895136436},
     {-0.004454256965, 0.07739292311, 0.03390636892, 0.07032650775, -0.3514444483, -0.1632602056,
      0.1368335279, -0.2516003463, -0.06853347055}},
};
static const double lstm_cells[] = {0.05902681157, 0.4724046751, 0.7793827114,
                                    -0.6656978325, 0.3670466011, 0.6734349084};

static const int gates[] = {1, 4, 3};

/* 0.8 sin(1.3 i + seed), as in torch_recurrent.py */
static Tensor *wave(Dtype d, double seed, int nd, const int64_t *shape) {
  Tensor *t = t_new(d, nd, shape);
  for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, 0.8 * sin(1.3 * (double)i + seed));
  return t;
}

/* x, wx, wh, bx, bh, h0, (c0): the count; `lengths` goes last */
static int make_inputs(Tensor **x, int kind, Dtype d, int64_t N, int64_t T, int64_t F, int64_t H,
                       Tensor *lengths) {
  int64_t G = gates[kind] * H;
  int n = 0;
  x[n++] = wave(d, 1, SHAPE(N, T, F));
  x[n++] = wave(d, 2, SHAPE(F, G));
  x[n++] = wave(d, 3, SHAPE(H, G));
  x[n++] = wave(d, 4, SHAPE(G));
  x[n++] = wave(d, 5, SHAPE(G));
  x[n++] = wave(d, 6, SHAPE(N, H));
  if (kind == 1) x[n++] = wave(d, 7, SHAPE(N, H));
  if (lengths) x[n++] = lengths;
  return n;
}

static void check_golden(int kind, Dtype d, double tolerance) {
  Tensor *x[8] = {NULL};
  int n = make_inputs(x, kind, d, 2, 3, 2, 3, NULL);
  OpCall c;
  t_run(&c, golden[kind].name, x, n, NULL);
  t_close(c.y[0], golden[kind].y, tolerance);
  if (kind == 1) t_close(c.y[2], lstm_cells, tolerance);
  for (int64_t i = 0; i < 6; i++)
    assert_true(tensor_get(c.y[1], i) == tensor_get(c.y[0], i / 3 * 9 + 6 + i % 3));
  Tensor *dy[3] = {wave(d, 8, SHAPE(2, 3, 3)), wave(d, 0, SHAPE(2, 3)), wave(d, 0, SHAPE(2, 3))};
  tensor_fill(dy[1], 0);
  tensor_fill(dy[2], 0);
  Tensor *dx = t_backward(&c, dy, 0, false), *dwh = t_backward(&c, dy, 2, false),
         *dbh = t_backward(&c, dy, 4, false);
  t_close(dx, golden[kind].dx, tolerance);
  t_close(dwh, golden[kind].dwh, tolerance);
  t_close(dbh, golden[kind].dbh, tolerance);
  RELEASE(dx, dwh, dbh);
  t_free(dy, 3);
  op_drop_outputs(&c);
  t_free(x, n);
}

static void test_pytorch_numbers(void **state) {
  (void)state;
  for (int kind = 0; kind < 3; kind++) {
    check_golden(kind, F64, 1e-9);
    check_golden(kind, F32, 3e-6);
  }
}

static void test_differences(void **state) {
  (void)state;
  for (int kind = 0; kind < 3; kind++)
    for (int reverse = 0; reverse < 2; reverse++)
      for (int cut = 0; cut < 2; cut++) {
        Tensor *x[8], *lengths = cut ? t_of(I32, SHAPE(3), (double[]){2, 4, 0}) : NULL;
        int n = make_inputs(x, kind, F64, 3, 4, 2, 3, lengths);
        t_gradcheck(golden[kind].name, x, n, (Named[]){{"reverse", reverse}, {0}},
                    cut ? (1u << (n - 1)) - 1 : ~0u);
        t_free(x, n);
      }
  Tensor *x[8];
  int n = make_inputs(x, 0, F64, 2, 3, 2, 19, NULL);
  t_gradcheck("rnn", x, n, (Named[]){{"act", 1}, {0}}, ~0u);
  t_gradcheck("rnn", x, 3, NULL, ~0u);
  t_free(x, n);
}

/* A batch with lengths equals its samples run one by one, each cut at its length. */
static void test_lengths(void **state) {
  (void)state;
  static const double given[] = {5, 1, 3};
  for (int kind = 0; kind < 3; kind++)
    for (int reverse = 0; reverse < 2; reverse++) {
      Tensor *x[8];
      int n = make_inputs(x, kind, F64, 3, 5, 4, 6, t_of(I64, SHAPE(3), given));
      Named p[] = {{"reverse", reverse}, {0}};
      OpCall c, one;
      t_run(&c, golden[kind].name, x, n, p);
      for (int64_t s = 0; s < 3; s++) {
        Err e;
        int64_t len = (int64_t)given[s];
        Tensor *part[8];
        memcpy(part, x, sizeof part);
        part[0] = tensor_view(x[0], SHAPE(1, len, 4), x[0]->stride, s * 20, &e);
        for (int i = 5; i < n - 1; i++) part[i] = tensor_view(x[i], SHAPE(1, 6), x[i]->stride, s * 6, &e);
        t_run(&one, golden[kind].name, part, n - 1, p);
        for (int64_t i = 0; i < 30; i++)
          assert_true(fabs(tensor_get(c.y[0], s * 30 + i) - (i < len * 6 ? tensor_get(one.y[0], i) : 0)) <
                      1e-12);
        for (int k = 1; k < 3 && c.y[k]; k++)
          for (int64_t i = 0; i < 6; i++)
            assert_true(fabs(tensor_get(c.y[k], s * 6 + i) - tensor_get(one.y[k], i)) < 1e-12);
        op_drop_outputs(&one);
        tensor_release(part[0]);
        for (int i = 5; i < n - 1; i++) tensor_release(part[i]);
      }
      op_drop_outputs(&c);
      t_free(x, n);
    }
}

static void test_threads(void **state) {
  (void)state;
  for (int kind = 0; kind < 3; kind++) {
    Tensor *x[8];
    int n = make_inputs(x, kind, F32, 37, 6, 20, 33, NULL);
    t_same_at_any_thread_count(golden[kind].name, x, n, NULL, (1u << n) - 1);
    t_free(x, n);
  }
}

static void test_sizes(void **state) {
  (void)state;
  static const int64_t sizes[][4] = {{0, 3, 2, 4}, {2, 0, 2, 4},  {1, 1, 1, 1},
                                     {2, 3, 0, 4}, {1, 2, 3, 65}, {2, 2, 3, 0}};
  for (int kind = 0; kind < 3; kind++)
    for (int i = 0; i < 6; i++) {
      Tensor *x[8];
      int n = make_inputs(x, kind, F64, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3], NULL);
      if (i != 4) t_gradcheck(golden[kind].name, x, n, NULL, ~0u);
      OpCall c;
      t_run(&c, golden[kind].name, x, n, NULL);
      if (sizes[i][1] == 0) t_same(c.y[1], x[5], 0);
      op_drop_outputs(&c);
      t_free(x, n);
    }
}

static void test_refusals(void **state) {
  (void)state;
  Tensor *x[8];
  int n = make_inputs(x, 1, F32, 2, 3, 4, 5, t_of(I64, SHAPE(2), (double[]){1, 4}));
  t_refuse("lstm", x, n, NULL, "lstm: length 4 outside 0..3");
  Tensor *y[4] = {x[0], x[1], x[2], x[0]}, *z[3] = {x[0], x[2], x[2]};
  t_refuse("lstm", y, 4, NULL, "lstm: bx must be f32[20] for x f32[2,3,4], got f32[2,3,4]");
  t_refuse("lstm", z, 3, NULL, "lstm: wx must be f32[4,20] for x f32[2,3,4], got f32[5,20]");
  t_free(x, n);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch_numbers), cmocka_unit_test(test_differences),
      cmocka_unit_test(test_lengths),         cmocka_unit_test(test_threads),
      cmocka_unit_test(test_sizes),           cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
