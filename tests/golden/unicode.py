"""unicode.py nn/lua/data/unicode.lua: writes the table of character classes from Python's unicodedata."""
import unicodedata as u, sys
N=0x110000
def ranges(f):
    out=[];start=None
    for c in range(N+1):
        v = c<N and f(c)
        if v and start is None: start=c
        if not v and start is not None: out.append((start,c-1)); start=None
    return out
cat=[u.category(chr(c)) for c in range(N)]
def fmt(r): return " ".join(("%X"%a if a==b else "%X-%X"%(a,b)) for a,b in r)
L=ranges(lambda c: cat[c][0]=='L'); Nn=ranges(lambda c: cat[c][0]=='N'); P=ranges(lambda c: cat[c][0]=='P')
Mn=ranges(lambda c: cat[c]=='Mn'); C=ranges(lambda c: cat[c] in('Cc','Cf')); Z=ranges(lambda c: cat[c]=='Zs')
S=ranges(lambda c: chr(c).isspace() and not 0x1c<=c<=0x1f)
m={}
for c in range(N):
    if 0xAC00<=c<=0xD7A3 or 0xD800<=c<=0xDFFF: continue
    if cat[c]=='Mn': continue
    t=u.normalize('NFD',chr(c).lower())
    t=''.join(x for x in t if u.category(x)!='Mn')
    if t!=chr(c): m[c]=t
single={c:ord(t) for c,t in m.items() if len(t)==1}
multi={c:t for c,t in m.items() if len(t)!=1}
def pairs(single):
    """A:B, and runs of them: A+n:B, A*n:B."""
    runs=[];cs=sorted(single);i=0
    while i<len(cs):
        best=None
        for stride in (1,2):
            j=i
            while j+1<len(cs) and (cs[i]+stride*(j-i+1)) in single and single[cs[i]+stride*(j-i+1)]-(cs[i]+stride*(j-i+1))==single[cs[i]]-cs[i]:
                j+=1
            if best is None or j-i+1>best[1]: best=(stride,j-i+1)
        stride,n=best
        taken=[cs[i]+stride*k for k in range(n)]
        runs.append((cs[i],n,stride,single[cs[i]]))
        ts=set(taken); cs=[c for c in cs if c not in ts]
        i=0
    return " ".join("%X%s:%X"%(a, "" if n==1 else ("+%d"%(n-1) if st==1 else "*%d"%(n-1)), to) for a,n,st,to in runs)
def case(f):
    """Characters that f turns into one other."""
    return pairs({c:ord(f(chr(c))) for c in range(N) if len(f(chr(c)))==1 and f(chr(c))!=chr(c)})
txt=pairs(single)
mt=" ".join("%X:%s"%(c,",".join("%X"%ord(x) for x in t)) for c,t in multi.items())
import textwrap
def block(name, text):
    lines=textwrap.wrap(text, 112)
    return "  %s = [[\n" % name + "\n".join("    "+l for l in lines) + "]],\n"
out='''--- unicode.lua: classes and lower-case base letters of Unicode %s.  Made by tests/golden/unicode.py; do not edit.
-- Numbers are hexadecimal.  letter, number, punctuation, mark (Mn), control (Cc Cf), blank (Zs), space: ranges A-B, A.
-- base: A:B, what is left of a character in lower case, decomposed (NFD) and without marks; A+n:B and A*n:B go on for n
-- more characters, one or two apart, with as many more in B.  several: A:B,C.  Hangul is decomposed by rule.
-- lower, upper: A:B as in base, where it is one character that another one becomes.
return {
''' % u.unidata_version
out+=block("letter",fmt(L))+block("number",fmt(Nn))+block("punctuation",fmt(P))+block("mark",fmt(Mn))+block("control",fmt(C))
out+=block("blank",fmt(Z))+block("space",fmt(S))+block("base",txt)+block("several",mt)
out+=block("lower",case(str.lower))+block("upper",case(str.upper))+"}\n"
open(sys.argv[1],"w").write(out)
