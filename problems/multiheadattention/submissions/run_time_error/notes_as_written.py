# 实现attention

class attention(self):
  def __init__(self,num_heads,hidden):
    self.hidden = hidden
    self.wq = nn.Linear(hidden,hidden)
    self.wk = nn.Linear(hidden,hidden)
    self.wv = nn.Linear(hidden,hidden)
    self.num_heads = num_heads
    self.wo = nn.Linear(hidden,hidden)
  def forward(x):
    q,k,v = einop(self.wq(x),'b,s,h->b,self.num_heads,s,new_h'),
    einop(self.wk(x),'b,s,h->b,self.num_heads,s,new_h'),
    einop(self.wv(x),'b,s,h->b,self.num_heads,s,new_h'),
    attention = softmax(matmul(q,k)/sqrt(self.hidden/self.num_heads))
    return self.wo(einop(matmul(attention,v),'b,head,s,h->b,s,(head,h)'))
