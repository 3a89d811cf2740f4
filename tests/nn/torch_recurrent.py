# Prints the constants of test_recurrent.c: python3 torch_recurrent.py (PyTorch 1.13)
import torch
torch.set_default_dtype(torch.float64)
N, T, F, H = 2, 3, 2, 3
def wave(seed, *shape): # the inputs, which the test makes in the same way
    n = 1
    for s in shape: n *= s
    return (0.8 * torch.sin(1.3 * torch.arange(n) + seed)).reshape(shape)
def text(t): return '{' + ', '.join('%.10g' % v for v in t.detach().flatten().tolist()) + '}'
for name, G, net in (('rnn', 1, torch.nn.RNN), ('lstm', 4, torch.nn.LSTM), ('gru', 3, torch.nn.GRU)):
    m = net(F, H, batch_first=True)
    m.weight_ih_l0.data = wave(2, F, G * H).t().contiguous(); m.weight_hh_l0.data = wave(3, H, G * H).t().contiguous()
    m.bias_ih_l0.data = wave(4, G * H); m.bias_hh_l0.data = wave(5, G * H)
    x = wave(1, N, T, F).requires_grad_()
    h0 = wave(6, 1, N, H); c0 = wave(7, 1, N, H)
    y, last = m(x, (h0, c0) if name == 'lstm' else h0)
    (y * wave(8, N, T, H)).sum().backward()
    print(name, 'y', text(y)); print('dx', text(x.grad)); print('dwh', text(m.weight_hh_l0.grad.t())); print('dbh', text(m.bias_hh_l0.grad))
    if name == 'lstm': print('c', text(last[1]))
