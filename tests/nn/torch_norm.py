# Prints the constants of test_norm.c: python3 torch_norm.py (PyTorch 1.13)
import torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
x=torch.tensor([[1.,-2,.5,3],[0,.25,-1,2],[2,1,-.5,-3]],requires_grad=True)
g=torch.tensor([1.,2,.5,-1],requires_grad=True); b=torch.tensor([0.,.1,.2,.3],requires_grad=True)
dy=torch.tensor([[1.,2,-1,.5],[0,1,.3,-1],[.7,-.2,1,2]])
def s(t): return '{'+', '.join('%.10g'%v for v in t.detach().flatten().tolist())+'}'
def show(n,y,d=None):
    for t in (x,g,b): t.grad=None
    y.backward(dy if d is None else d); print(n); print(s(y)); print(s(x.grad)); print(s(g.grad) if g.grad is not None else None, s(b.grad)if b.grad is not None else None)
m=torch.zeros(4);v=torch.ones(4)
show('bn',F.batch_norm(x,m,v,g,b,True,0.1,1e-5)); print(s(m),s(v))
show('bn eval',F.batch_norm(x,torch.tensor([.1,.2,.3,.4]),torch.tensor([1.,2,3,4]),g,b,False,0.1,1e-5))
show('ln',F.layer_norm(x,(4,),g,b,1e-5))
# group norm: x as [1, 3 rows, 4 ch] -> NCL
show('gn2',F.group_norm(x.t().unsqueeze(0),2,g,b,1e-5).squeeze(0).t())
show('in',F.instance_norm(x.t().unsqueeze(0),weight=g,bias=b).squeeze(0).t())
show('norm2',F.normalize(x)); show('norm1 dim0',F.normalize(x,p=3,dim=0))
