"""Learns `api/names/weights.tsv` and `common.txt`."""
import random, sys, math, time
from collections import Counter, defaultdict
import numpy as np
from pathlib import Path
from api.names.reading import read
from api.names.sound import light
from api.names.compare import compare
from api.names.score import features, FEATURES, promising
from api.names.fold import fold
from bench.names.people import load
from bench.names.queries import sample, MIX
from bench.names.store import Store

TABLES = Path(__file__).resolve().parents[2] / "api" / "names"


def common(people):
    counts = Counter()
    for person in people:
        words = {light(word.latin) for name in person.names for reading in read(name.value)[:1] for word in reading.words if not word.initial and not word.particle}
        counts.update(words)
    lines = [f"{w} {round(1e6*c/len(people))}" for w, c in sorted(counts.items()) if c >= 12]
    (TABLES / "common.txt").write_text("\n".join(lines) + "\n")
    print("common", len(lines))


def rows(store, query, most=60):
    """(candidate number, features of its best name under current weights) for a query."""
    out = []
    exact = " ".join(sorted(fold(query.name.value).split()))
    qs = read(query.name.value)
    found = {c.id: c for c in store.candidates(query.name.value)}
    ids = promising(query.name.value, [(c.id, [n.value for n in c.names]) for c in found.values()])
    for cand in map(found.get, ids):
        for n in cand.names:
            f = " ".join(sorted(fold(n.value).split()))
            for q in qs:
                for c in read(n.value):
                    cmp_ = compare(q, c)
                    if not cmp_.matches: continue
                    out.append((cand.id, features(q, c, cmp_, exact=f == exact)))
    return out


def collect(people, train, size, seed):
    qs = sample(train, size, seed)
    store = Store(people, qs)
    data = []
    t = time.time()
    for q in qs:
        data.append((q, rows(store, q)))
    print("collect", len(qs), f"{1000*(time.time()-t)/len(qs):.1f} ms/query", flush=True)
    return data


def fit(data, l2=1e-4, steps=400, lr=0.1):
    X, qi, ci, y = [], [], [], []
    truth = []
    for n, (q, rs) in enumerate(data):
        ids = {}
        truth.append(-1)
        for cid, f in rs:
            k = ids.setdefault(cid, len(ids))
            X.append(f); qi.append(n); ci.append((n, cid))
    X = np.array(X); mu = np.where(X.std(0) > 1e-6, X.std(0), 1.0)
    qi = np.array(qi)
    cand = {}
    cidx = np.array([cand.setdefault(c, len(cand)) for c in ci])
    cq = np.zeros(len(cand), int); ct = np.zeros(len(cand), bool)
    for (n, cid), k in cand.items():
        cq[k] = n
        q = data[n][0]
        ct[k] = q.stored is not None and cid == q.person.id
    known = np.zeros(len(data), bool)
    known[cq[ct]] = True
    kq = np.array([q.stored is not None for q, _ in data])
    w = np.zeros(X.shape[1])
    m = np.zeros_like(w); v = np.zeros_like(w)
    Xs = X / mu
    use = ~(kq & ~known)  # known but not retrieved: skip
    weight = np.where(use, 1.0, 0.0)
    for step in range(steps):
        s = Xs @ w
        # best name per candidate
        best = np.full(len(cand), -np.inf); np.maximum.at(best, cidx, s)
        pick = np.full(len(cand), -1); 
        hit = np.nonzero(s >= best[cidx])[0]; pick[cidx[hit]] = hit
        sc = best
        mx = np.zeros(len(data)); np.maximum.at(mx, cq, sc)
        e = np.exp(sc - mx[cq]); z = np.exp(-mx); np.add.at(z, cq, e)
        p = e / z[cq]
        g = (p - ct) * weight[cq]
        grad = Xs[pick].T @ g / len(data) + l2 * w
        m = 0.9*m + 0.1*grad; v = 0.99*v + 0.01*grad**2
        w -= lr * (m/(1-0.9**(step+1))) / (np.sqrt(v/(1-0.99**(step+1))) + 1e-8)
        if step == steps*2//3: lr /= 5
    loss = -np.log(np.where(known, 0, 1)*np.exp(-mx)/z + 1e-12)[use & ~known].sum() - np.log(p[ct]+1e-12).sum()
    print("loss", loss/len(data))
    return w / mu


def judge(data, w):
    res = []
    for q, rs in data:
        best = {}
        for cid, f in rs:
            s = float(np.dot(w, f))
            if s > best.get(cid, -99): best[cid] = s
        top = sorted(best.items(), key=lambda t: -t[1])[:5]
        mx = max([0]+[s for s in best.values()])
        z = math.exp(-mx) + sum(math.exp(s-mx) for s in best.values())
        post = math.exp(top[0][1]-mx)/z if top else 0
        res.append((q, [c for c, _ in top], post, top[0][1] if top else -9))
    return res


def report(res, limit=0.005):
    mixw = {}
    kn = Counter(q.stratum for q, *_ in res if q.stored)
    un = Counter(q.stratum for q, *_ in res if not q.stored)
    tot = sum(MIX.values())
    W = {}
    for s in MIX:
        if kn[s]: W[s, True] = MIX[s]/tot*914/kn[s]
        if un[s]: W[s, False] = MIX[s]/tot*330/un[s]
    r1, r5 = Counter(), Counter()
    for q, top, post, _ in res:
        if q.stored:
            r1[q.stratum] += top[:1] == [q.person.id]; r5[q.stratum] += q.person.id in top
    R1 = sum(MIX[s]*r1[s]/max(kn[s],1) for s in MIX)/tot; R5 = sum(MIX[s]*r5[s]/max(kn[s],1) for s in MIX)/tot
    order = sorted(((post, q, top) for q, top, post, _ in res if q.stratum in MIX), key=lambda t: -t[0])
    good = bad = 0; best = (0, 1, 0); lin = Counter()
    allw = 914+330
    for post, q, top in order:
        ok = q.stored and top[:1] == [q.person.id]
        wt = W[q.stratum, q.stored is not None]
        if ok: good += wt
        else: bad += wt
        if bad/allw <= limit: best = (good/914, post, bad/(good+bad))
    print(f"R@1 {100*R1:.1f} R@5 {100*R5:.1f}  linked {100*best[0]:.1f} at p>={best[1]:.3f}  wrong of links {100*best[2]:.2f}")
    print("   ", "  ".join(f"{s} {100*r1[s]/kn[s]:.0f}/{100*r5[s]/kn[s]:.0f}({kn[s]})" for s in kn))
    return best[1]
