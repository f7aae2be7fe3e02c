#!/usr/bin/env python3
"""A second reading of the table of access types, for tests: reads access.toml and plans, and prints who gains or loses access.

Knows no resource type. What the language of the table means is in src/access/access.md.
usage: access.py [--all] [--notes] [--json] PLAN.json ...      (--all: also what was not reviewed, on standard error)"""
import json, re, sys, os, tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
UNK = '(known after apply)'
SENS = '(sensitive)'

def canon(v): return json.dumps(v, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
def text(v):
    if v is True: return 'true'
    if v is False: return 'false'
    if isinstance(v, str): return v
    if isinstance(v, float) and v == int(v): return str(int(v))
    return canon(v) if not isinstance(v, (int, float)) else str(v)
def empty(v): return v is None or v == '' or v == [] or v == {}

# ------------------------------------------------------------------ the configuration: names and known elements
MOD = re.compile(r'module\.([^.\[]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?\.?')
def parse_module(addr):
    out, i = [], 0
    while addr:
        m = MOD.match(addr, i)
        if not m: break
        out.append((m.group(1), json.loads(m.group(2)) if m.group(2) else None)); i = m.end()
    return tuple(out)
STEP = re.compile(r'\.?([A-Za-z_][\w-]*)|\[("(?:[^"\\]|\\.)*"|\d+|\*)\]|\.(\*|\d+)')
def steps(ref):
    out, i = [], 0
    while i < len(ref):
        m = STEP.match(ref, i)
        if not m: break
        if m.group(1): out.append(m.group(1))
        else:
            k = m.group(2) or m.group(3)
            out.append(('*',) if k == '*' else (json.loads(k),))
        i = m.end()
    return out

class Scope:            # where an expression stands: module instance, key of the block, its for_each
    def __init__(s, mod, key, foreach): s.mod, s.key, s.foreach = mod, key, foreach

class Config:
    def __init__(s, plan):
        s.root = (plan.get('configuration') or {}).get('root_module')
        s.have = s.root is not None
        s.index = {}
        s.vars = plan.get('variables') or {}
        s.inst = {}      # (module path, mode, type, name) -> {key: (address, values)}
        s.mods = {}      # module path without last key, name -> keys
        for r in plan.get('resource_changes') or []:
            ch = r.get('change') or {}
            vals = ch.get('after') if isinstance(ch.get('after'), dict) else ch.get('before')
            sens = ch.get('after_sensitive') if isinstance(ch.get('after'), dict) else ch.get('before_sensitive')
            if r.get('deposed'): continue
            p = parse_module(r.get('module_address') or '')
            s.inst.setdefault((p, r.get('mode', 'managed'), r.get('type'), r.get('name')), {})[r.get('index')] = (r['address'], vals, sens)
            for i in range(len(p)): s.mods.setdefault((p[:i], p[i][0]), set()).add(p[i][1])
        s.names = []
    def module(s, path):
        m = s.root
        for name, _ in path:
            m = ((m or {}).get('module_calls') or {}).get(name, {}).get('module')
        return m
    def call(s, path):
        m = s.module(path[:-1])
        return ((m or {}).get('module_calls') or {}).get(path[-1][0])
    def resource(s, r):
        if not s.have: return None
        m = s.module(parse_module(r.get('module_address') or ''))
        if m is None: return None
        if id(m) not in s.index: s.index[id(m)] = {(c.get('mode', 'managed'), c.get('type'), c.get('name')): c for c in m.get('resources') or []}
        return s.index[id(m)].get((r.get('mode', 'managed'), r.get('type'), r.get('name')))
    def scope(s, r, c): return Scope(parse_module(r.get('module_address') or ''), r.get('index'), (c or {}).get('for_each_expression'))
    def modscope(s, path):
        call = s.call(path) or {}
        return Scope(path[:-1], path[-1][1], call.get('for_each_expression'))
    # -> list of ('inst', address, attr, values, sens) | ('value', v) | ('?', ref)
    def resolve(s, expr, sc, depth=0, rest=()):
        if depth > 12 or not isinstance(expr, dict): return []
        if 'constant_value' in expr:
            v = dig(expr['constant_value'], rest)
            return [] if v is None else [('value', v)]
        refs = expr.get('references') or []
        own = [x for x in refs if x in ('count.index', 'each.key')]
        refs = [x for x in refs if x not in own]
        refs = [x for x in refs if not any(y != x and y.startswith((x + '.', x + '[')) for y in refs)]
        out = []
        for ref in refs: out += s.one(ref, sc, bool(own), depth + 1, rest)
        seen, res = set(), []
        for o in out:
            k = canon([o[0], o[1], o[2] if len(o) > 2 else ''])
            if k not in seen: seen.add(k); res.append(o)
        return res
    def one(s, ref, sc, own, depth, rest):
        st = steps(ref)
        if not st: return [('?', ref)]
        if st[0] == 'each' and len(st) > 1 and st[1] == 'value':
            fe = sc.foreach or {}
            if 'constant_value' in fe:
                v = fe['constant_value']
                v = v.get(sc.key) if isinstance(v, dict) else sc.key
                v = dig(v, st[2:])
                return [] if v is None else [('value', v)]
            got = s.resolve(fe, sc, depth, st[2:])
            hit = [g for g in got if g[0] == 'inst' and g[5] == sc.key]
            return hit or got
        if st[0] == 'var' and len(st) > 1:
            if not sc.mod:
                d = ((s.root or {}).get('variables') or {}).get(st[1], {})
                if d.get('sensitive'): return [('?', ref)]
                v = (s.vars.get(st[1]) or {}).get('value', d.get('default'))
                v = dig(v, st[2:])
                return [] if v is None else [('value', v)]
            call = s.call(sc.mod) or {}
            e = (call.get('expressions') or {}).get(st[1])
            if e is None:
                d = ((s.module(sc.mod) or {}).get('variables') or {}).get(st[1], {})
                return [] if d.get('default') is None or d.get('sensitive') else [('value', d['default'])]
            return s.resolve(e, s.modscope(sc.mod), depth, st[2:])
        if st[0] == 'module' and len(st) > 1:
            name, i, key = st[1], 2, Ellipsis
            if len(st) > 2 and isinstance(st[2], tuple): key, i = st[2][0], 3
            keys = s.mods.get((sc.mod, name), {None})
            if key is not Ellipsis and key != '*': keys = {key}
            elif own and sc.key in keys: keys = {sc.key}
            out = []
            if len(st) > i:
                for k in sorted(keys, key=str):
                    p = sc.mod + ((name, k),)
                    o = ((s.module(p) or {}).get('outputs') or {}).get(st[i])
                    if o: out += s.resolve(o.get('expression'), Scope(p, None, None), depth, st[i+1:])
            return out or [('?', ref)]
        if st[0] in ('local', 'path', 'terraform', 'self', 'each', 'count'): return [('?', ref)]
        mode = 'managed'
        if st[0] == 'data': mode, st = 'data', st[1:]
        if len(st) < 2: return [('?', ref)]
        inst = s.inst.get((sc.mod, mode, st[0], st[1]))
        if not inst: return [('?', ref)]
        tail, key = st[2:], Ellipsis
        if tail and isinstance(tail[0], tuple): key, tail = tail[0][0], tail[1:]
        keys = list(inst)
        if key is not Ellipsis and key != '*': keys = [k for k in keys if k == key]
        elif own and sc.key in inst: keys = [sc.key]
        attr = next((t for t in tail if isinstance(t, str)), '')
        if not attr and rest: attr = next((t for t in rest if isinstance(t, str)), '')
        return [('inst', inst[k][0], attr or 'id', inst[k][1], inst[k][2], k) for k in keys] or [('?', ref)]
    def label(s, o):
        if o[0] != 'inst' or not isinstance(o[3], dict): return None
        for n in s.names:
            v = o[3].get(n)
            if isinstance(v, str) and v and not (isinstance(o[4], dict) and o[4].get(n)): return v
        return None
def dig(v, path):
    for p in path:
        if isinstance(p, tuple): p = p[0]
        if isinstance(v, dict): v = v.get(p)
        elif isinstance(v, list) and isinstance(p, int) and p < len(v): v = v[p]
        elif isinstance(v, list) and p == '*': pass
        else: return None
    return v

# ------------------------------------------------------------------ values with their marks
ANY = object()          # configuration unknown: assume the attribute is written there
class N:
    __slots__ = ('v', 'u', 's', 'cfg', 'at', 'who')
    def __init__(n, v, u=False, s=False, cfg=None, at='', who=None): n.v, n.u, n.s, n.cfg, n.at, n.who = v, u, s, cfg, at, who
    def get(n, k):
        v = n.v.get(k) if isinstance(n.v, dict) else None
        u = True if n.u is True else (n.u.get(k, False) if isinstance(n.u, dict) else False)
        s = True if n.s is True else (n.s.get(k, False) if isinstance(n.s, dict) else False)
        c = n.cfg
        if c is not ANY:
            if isinstance(c, list): c = next((b.get(k) for b in c if isinstance(b, dict) and k in b), None)
            elif isinstance(c, dict):
                if 'references' in c or 'constant_value' in c: c = c if 'references' in c else ({'constant_value': c['constant_value'].get(k)} if isinstance(c['constant_value'], dict) and k in c['constant_value'] else None)
                else: c = c.get(k)
        return N(v, u, s, c, n.at + '.' + k, n.who)
    def items(n):
        out = []
        for i, v in enumerate(n.v if isinstance(n.v, list) else []):
            u = True if n.u is True else (n.u[i] if isinstance(n.u, list) and i < len(n.u) else False)
            s = True if n.s is True else (n.s[i] if isinstance(n.s, list) and i < len(n.s) else False)
            c = n.cfg
            if isinstance(c, list): c = c[i] if len(c) == len(n.v) else (c[0] if c else ANY)
            elif isinstance(c, dict) and isinstance(c.get('constant_value'), list):
                cv = c['constant_value']; c = {'constant_value': cv[i]} if i < len(cv) else ANY
            elif c is None: c = ANY
            out.append(N(v, u, s, c, f'{n.at}[{i}]'))
        return out
    @property
    def unknown(n): return n.u is True
    @property
    def left(n): return n.u is True and n.cfg is None      # unknown, and the configuration does not write it
    @property
    def unset(n): return not n.unknown and not (n.s is True) and empty(n.v)

class T:        # a rendered text: shown, and compared (ident)
    __slots__ = ('d', 'i', 'set', 'unk', 'many', 'a', 'z', 'names', 'vague')
    def __init__(t, d='', i='', set_=True, unk=False, many=False, a=None, z=None, names=(), vague=False):
        t.d, t.i, t.set, t.unk, t.many, t.a, t.z, t.names, t.vague = d, i, set_, unk, many, a, z, tuple(names), vague
    def parts(t):       # {kind, id, name} of a report: the id reaches from the first hole to the end of the last
        if t.a is None: return dict(kind=t.d, id=None, name=None)
        kind = (t.d[:t.a] + t.d[t.z:]).replace('()', '').strip(' ,:')
        if SENS in t.d: return dict(kind=kind, id=None, name=None, sensitive=True)
        if t.unk: return dict(kind=kind, id=None, name=', '.join(t.names) or None, unknown=True)
        return dict(kind=kind, id=t.d[t.a:t.z], name=None)

class Fact:
    def __init__(f, **k): f.__dict__.update(k)

TOK = re.compile(r'\{([^{}]*)\}|\[([^\[\]]*)\]')

class Side:     # one object (before or after) of one resource under one declaration
    def __init__(s, ev, decl, addr, val, unk, sens, cfg, scope):
        s.ev, s.d, s.addr, s.scope = ev, decl, addr, scope
        s.neutral = False
        s.secret = set()
        collect_secret(val, sens, s.secret)
        for a in decl.get('secret', []):
            sens = dict(sens) if isinstance(sens, dict) else ({} if sens is not True else True)
            if isinstance(sens, dict): sens[a] = True
        if decl.get('json'):
            val = dict(val)
            for a in decl['json']:
                if isinstance(val.get(a), str):
                    try: val[a] = json.loads(val[a])
                    except ValueError: ev.opaque(addr, f'{a} is no JSON')
        s.root = N(val, unk, sens, cfg, '')
        s.problems = []
    # -------- lookup
    def lookup(s, env, path):
        segs = path.split('.')
        n, rest = s.root, segs
        for k in range(len(segs), 0, -1):
            b = env.get('.'.join(segs[:k]))
            if b is not None: n, rest = b, segs[k:]; break
        cur = [n]
        for seg in rest:
            nxt = []
            for c in cur:
                if c.unknown or c.s is True or not isinstance(c.v, list): nxt.append(c.get(seg))
                else: nxt += [e.get(seg) for e in c.items()]
            cur = nxt
        out = []
        for c in cur:
            if isinstance(c.v, list) and not c.unknown and c.s is not True: out += c.items()
            else: out.append(c)
        return out
    def configured(s, path):
        c = s.root.cfg
        if c is ANY or c is None and not s.ev.conf.have: return True
        for seg in path.split('.'):
            if c is ANY: return True
            if isinstance(c, list): c = next((b[seg] for b in c if isinstance(b, dict) and seg in b), None)
            elif isinstance(c, dict) and 'constant_value' in c: c = {'constant_value': c['constant_value'][seg]} if isinstance(c['constant_value'], dict) and seg in c['constant_value'] else None
            elif isinstance(c, dict): c = c if 'references' in c else c.get(seg)
            else: return False
        if isinstance(c, dict) and c.get('constant_value', 0) is None: return False
        return c is not None
    def value(s, n):     # one scalar -> T
        if n.s is True or (isinstance(n.v, str) and n.v in s.secret):
            return T(SENS, 'S:' + canon(n.v) if not n.unknown else 'S?' + s.addr + n.at, a=0, z=len(SENS))
        if n.unknown:
            if n.left: return T('', '?', False)
            res = [n.who] if n.who else (s.ev.conf.resolve(n.cfg, s.scope) if n.cfg is not ANY else [])
            res = res[0] if res and isinstance(res[0], list) else res
            names = [x for x in (s.ev.conf.label(o) for o in res) if x]
            inst = [o for o in res if o[0] == 'inst']
            ident = 'U:' + '|'.join(sorted(f'{o[1]}.{o[2]}' for o in inst)) if inst and len(inst) == len(res) else 'U:' + s.addr + n.at
            d = (', '.join(sorted(names)) + ' ' if names else '') + UNK
            return T(d, ident, True, True, len(names) > 1, 0, len(d), sorted(names), not inst)
        if empty(n.v): return T('', '', False)
        t = text(n.v)
        i = f'\x01{t}\x02' if n.at in s.ev.selfs else t       # the object's own name: not what identifies it in an update
        return T(t, i, a=0, z=len(t))
    def words(s, name): return (s.d.get('words') or {}).get(name) or s.ev.table['words'].get(name) or {}
    def say(s, t, name):
        w = s.words(name)
        if not t.set:
            k = '?' if t.i == '?' and '?' in w else '-'
            return T(w[k], w[k], w[k] != '', False) if k in w else t
        if t.unk or t.d == SENS: pat = w.get('*', '{}')
        else:
            pat = w.get('=' + t.d) or w.get(t.d if t.d not in ('-', '?', '*') else None)
            if pat is None:
                g = [k for k in w if k.endswith('*') and len(k) > 1 and k[0] != '=' and t.d.startswith(k[:-1])]
                pat = w[max(g, key=len)] if g else w.get('*', '{}')
        if name == 'kind' or '{}' not in pat: return T(pat.replace('{}', t.d), pat.replace('{}', t.i), True, t.unk, t.many, names=t.names, vague=t.vague)
        at = pat.index('{}')
        return T(pat.replace('{}', t.d), pat.replace('{}', t.i), True, t.unk, t.many, at, at + len(t.d), t.names, t.vague)
    def hole(s, body, env):
        best = None
        alts = body.split('|')
        if len(alts) > 1:       # several attributes for one thing: the one that the configuration writes
            conf = [a for a in alts if s.root.cfg is not ANY and s.configured(a.split('~')[0].split('?')[0])]
            if conf and s.root.cfg is not None: alts = conf + [a for a in alts if a not in conf]
        for alt in alts:
            if '?' in alt:
                p, word = alt.split('?', 1)
                ns = s.lookup(env, p)
                if any(x.s is True for x in ns): return T(SENS, 'S:' + canon([x.v for x in ns]), a=0, z=len(SENS))
                if any(x.unknown and not x.left for x in ns): return T(f'{word} {UNK}', 'U:' + s.addr + p, True, True)
                on = any(not x.unknown and text(x.v).lower() in ('true', '1', 'yes') for x in s.lookup(env, p) if x.v is not None)
                r = T(word, word) if on else T('', '', False)
            else:
                p, _, w = alt.partition('~')
                if p == 'principal': r = env.get('principal', T('', '', False))
                else:
                    ts = [s.value(n) for n in s.lookup(env, p)]
                    if w: ts = [s.say(t, w) for t in ts] if ts else [s.say(T('', '', False), w)]
                    left = any(t.i == '?' for t in ts)
                    ts = sorted({t.i: t for t in ts if t.set}.values(), key=lambda t: t.d)
                    r = T(', '.join(t.d for t in ts), ', '.join(t.i for t in ts), bool(ts), any(t.unk for t in ts), any(t.many for t in ts), names=[x for t in ts for x in t.names], vague=any(t.vague for t in ts))
                    if len(ts) == 1: r.a, r.z = ts[0].a, ts[0].z
                    elif any(t.a is not None for t in ts): r.a, r.z = 0, len(r.d)
                    if not ts and left: r.i = '?'
            if r.set: return r
            best = best or r
        return best
    def one(s, tpl, env, inner=False):
        d = i = ''; ok = True; unk = many = vague = False; pos = 0; a = z = None; names = []
        for m in TOK.finditer(tpl):
            lit = tpl[pos:m.start()]; d += lit; i += lit; pos = m.end()
            if m.group(1) is not None:
                t = s.hole(m.group(1), env)
                if not t.set: ok = False
                elif t.many and d.endswith(' ') : d = d[:-1] + 's '
            else:
                t = s.one(m.group(2), env, True)
                if not (t.set and t.d): continue
            if t.a is not None: a, z = (len(d) + t.a if a is None else a), len(d) + t.z
            d += t.d; i += t.i; unk |= t.unk; many |= t.many; vague |= t.vague; names += t.names
        d += tpl[pos:]; i += tpl[pos:]
        if not inner:
            lead = len(d) - len(d.lstrip(', ')); d, i = d.strip(', '), i.strip(', ')
            if a is not None: a, z = max(0, a - lead), min(z - lead, len(d))
        return T(d, i, ok, unk, many, a, z, names, vague)
    def render(s, tpl, env):
        if tpl is None: return T('', '', True)
        alts = tpl if isinstance(tpl, list) else [tpl]
        r = None
        for a in alts:
            r = s.one(a, env)
            if r.set: return r
        first = s.one(alts[0], env)
        return T(first.d, first.i, False, first.unk, False, first.a, first.z, first.names, first.vague)
    # -------- conditions: 'path=v|v', 'path!=v', 'path', '!path'  -> True False None(unknown)
    def holds(s, cond, env):
        neg = False
        m = re.match(r'^(!?)([\w.]+)(?:(!?=)(.*))?$', cond)
        bang, path, op, want = m.groups()
        ns = s.lookup(env, path)
        if any(n.unknown and not n.left for n in ns): return None
        if any(n.s is True for n in ns): return None
        vals = [text(n.v) for n in ns if not n.unknown and not empty(n.v)]
        if op is None: return (not vals) if bang else bool(vals)
        want = want.split('|')
        hit = any(v in want or v.lower() in want for v in vals) or (not vals and '-' in want)
        return hit if op == '=' else not hit
    # -------- iteration
    def each(s, env, flags, path):
        opt = path.endswith('?'); path = path.rstrip('?')
        segs = path.split('.')
        envs = [(env, flags)]
        for k in range(1, len(segs) + 1):
            p = '.'.join(segs[:k]); nxt = []
            for e, f in envs:
                if p in e: nxt.append((e, f)); continue
                up = e.get('.'.join(segs[:k-1])) if k > 1 else s.root
                for n, fl in s.elements(up.get(segs[k-1]), p, opt and k == len(segs)):
                    ne = dict(e); ne[p] = n
                    nxt.append((ne, f | fl))
            envs = nxt
        return envs
    def elements(s, n, path, opt):
        if n.s is True:
            if isinstance(n.v, list): return [(N(x, False, True, n.cfg, n.at), frozenset()) for x in n.v]
            if isinstance(n.v, str) and path in s.d.get('split', []): return [(N(x.strip(), False, True, n.cfg, n.at), frozenset()) for x in n.v.split(',') if x.strip()]
            return [] if empty(n.v) and not n.unknown else [(N(n.v, n.u, True, n.cfg, n.at), frozenset())]
        if n.unknown:
            if n.left: return [(N(None, cfg=None, at=n.at), frozenset())] if opt else []
            return s.guess(n)
        v = n.v
        if isinstance(v, str) and path in s.d.get('split', []):
            parts = [x.strip() for x in v.split(',') if x.strip()]
            return [(N(x, False, False, n.cfg, n.at), frozenset()) for x in parts]
        if isinstance(v, list) and v:
            its = n.items()
            open_ = [x for x in its if x.unknown]
            if open_ and isinstance(n.cfg, dict) and 'references' in n.cfg:
                res = s.ev.conf.resolve(n.cfg, s.scope)
                inst = [o for o in res if o[0] == 'inst']
                if len(inst) == len(open_):
                    for x, o in zip(open_, inst): x.who = o
            return [(x, frozenset()) for x in its if not x.unset]
        if isinstance(v, dict) and v: return [(n, frozenset())]
        if not empty(v) and not isinstance(v, (list, dict)): return [(n, frozenset())]
        return [(N(None, cfg=n.cfg, at=n.at), frozenset())] if opt else []
    def guess(s, n):    # a collection that is unknown as a whole: what the configuration says about its elements
        c = n.cfg
        if isinstance(c, list):     # blocks, each written out
            out = []
            for i, b in enumerate(c):
                v, u = {}, {}
                for a, e in b.items() if isinstance(b, dict) else []:
                    if isinstance(e, dict) and 'constant_value' in e: v[a] = e['constant_value']
                    elif isinstance(e, dict) and 'references' in e: u[a] = True
                    elif isinstance(e, list): v[a], u[a] = blocks(e)
                out.append((N(v, u, False, b, f'{n.at}[{i}]'), frozenset(['config'])))
            return out
        out = []
        res = s.ev.conf.resolve(c, s.scope) if isinstance(c, dict) else []
        inst = [o for o in res if o[0] == 'inst']
        if inst: out.append((N(None, True, False, c, n.at, inst), frozenset(['config', 'open'])))
        for o in res:
            if o[0] == 'value' and isinstance(o[1], list):
                out += [(N(x, False, False, {'constant_value': x}, n.at), frozenset(['config'])) for x in o[1] if isinstance(x, (str, dict))]
        if not out: out.append((N(None, True, False, ANY, n.at), frozenset(['someone'])))
        return out
    # -------- facts
    def facts(s):
        out = []
        for idx, r in enumerate(s.d.get('rule', [])):
            if 'configured' in r and s.root.cfg is not None and not s.configured(r['configured']): continue
            if 'configured' in r and s.root.cfg is None and s.ev.conf.have and s.in_config: continue
            envs = [({}, frozenset())]
            for p in r.get('each', []):
                envs = [x for e, f in envs for x in s.each(e, f, p)]
            if 'principals' in r: envs = [({**e, 'principal': p}, f) for e, f in envs for p in s.principals(r['principals'])]
            for env, fl in envs:
                hold = [s.holds(c, env) for c in r.get('when', [])]
                if any(h is False for h in hold): continue
                if any(h is None for h in hold): fl = fl | {'maybe'}
                rev = bool(r.get('reversed'))
                g, res = s.render(r['grantee'], env), s.render(r['resource'], env)
                until = s.render(r.get('until'), env)
                if 'policy' in r: out += s.policy(r, idx, env, fl, g, res); continue
                lv = s.render(r.get('level'), env)
                if r.get('level') and not lv.d: continue      # no right at all
                part = ''
                if r.get('apart') is True: part = lv.i
                elif r.get('apart'): part = s.render(r['apart'], env).i
                out.append(Fact(rule=idx, r=r, g=g, res=res, lv={lv.i: lv.d}, until=until, part=part, rev=rev, flags=fl, acts=None))
        merged = {}
        for f in out:
            f.full = (f.rev,) + tuple(re.sub('[\x01\x02]', '', x) for x in (f.g.i, f.res.i, f.part))
            f.key = (f.rev,) + tuple(re.sub('\x01[^\x02]*\x02', '\x01', x) for x in (f.g.i, f.res.i, f.part)) if s.neutral else f.full
            if f.key in merged:
                m = merged[f.key]
                m.lv.update(f.lv); m.flags |= f.flags
                if m.acts is not None and f.acts is not None: m.acts |= f.acts
            else: merged[f.key] = f
        for f in merged.values(): finish(f, s.neutral)
        return merged
    def doc(s, attr):
        n = s.root.get(attr)
        if n.s is True: return 'sensitive', n
        if n.unknown: return ('left' if n.left else 'unknown'), n
        if empty(n.v): return 'unset', n
        v = n.v
        if isinstance(v, str):
            try: v = json.loads(v)
            except ValueError: s.ev.opaque(s.addr, f'{attr} is no JSON'); return 'bad', n
        return 'doc', v
    def principals(s, attr):
        st, v = s.doc(attr)
        if st == 'sensitive': return [T(SENS, 'S:' + canon(v.v))]
        if st in ('unknown', 'bad'): return [T(UNK, 'U:' + s.addr + '.' + attr, True, True, vague=True)]
        if st != 'doc': return []
        out = {}
        for x in statements(v):
            if x['effect'] == 'Deny': s.ev.opaque(s.addr, f'{attr}: Deny'); continue
            for p in x['who'] or ['(no principal)']: out[p] = whom(p)
        return list(out.values())
    def policy(s, r, idx, env, fl, g, res):
        st, v = s.doc(r['policy'])
        if st in ('unset', 'left'): return []
        if st == 'bad': st = 'unknown'
        nobody = r['grantee'] == '(no principal)'
        if st in ('sensitive', 'unknown'):
            w = SENS if st == 'sensitive' else UNK
            ident = 'S:' + canon(v.v) if st == 'sensitive' else 'U:' + s.addr
            if st == 'unknown': fl = fl | {'someone'}
            return [Fact(rule=idx, r=r, g=T(w, w) if nobody else g, res=res, lv={ident: w}, until=T(), part='', rev=False, flags=fl, acts=None)]
        out = []
        for x in statements(v):
            deny = x['effect'] == 'Deny'
            rs = (': ' + ', '.join(x['res'])) if x['res'] and r.get('resources', True) else ''
            cond = f" if {x['cond']}" if x['cond'] else ''
            for p in (x['who'] or [None]):
                gg = whom(p) if p else g
                out.append(Fact(rule=idx, r=r, g=gg, res=T(res.d + rs, res.i + rs, res.set, res.unk, False, res.a, res.z, res.names), lv={}, until=T(), part='deny' if deny else '', rev=deny, flags=fl,
                                acts={(a, cond) for a in x['acts']}))
        return out

def finish(f, neutral=False):
    if f.acts is not None: f.level, f.lvi = acts_text(f.acts, f.rev), canon(sorted(map(list, f.acts)))
    else:
        f.level = ', '.join(sorted(f.lv.values())); f.lvi = ', '.join(sorted(f.lv))
        f.lvi = re.sub('\x01[^\x02]*\x02', '\x01', f.lvi) if neutral else re.sub('[\x01\x02]', '', f.lvi)
def acts_text(acts, rev):
    by = {}
    for a, c in acts: by.setdefault(c, set()).add(a)
    return '; '.join(('denied: ' if rev else 'Allow ') + ', '.join(sorted(v)) + c for c, v in sorted(by.items()))
def whom(p):
    if p.startswith('everyone (') and p.endswith(')'): return T(p, p, a=10, z=len(p) - 1)
    k = p.find(' ') + 1
    return T(p, p, a=k, z=len(p))
def aslist(v): return [] if v is None else ([text(x) for x in v] if isinstance(v, list) else [text(v)])
def statements(doc):
    ci = lambda d, k: next((d[x] for x in d if x.lower() == k), None)
    st = ci(doc, 'statement') if isinstance(doc, dict) else doc
    for x in (st if isinstance(st, list) else [st]):
        if not isinstance(x, dict): continue
        who = []
        for key, pre in (('principal', ''), ('notprincipal', 'everyone but ')):
            p = ci(x, key)
            if p is None: continue
            if isinstance(p, dict):
                for k in sorted(p):
                    for v in aslist(p[k]): who.append(pre + ('everyone (*)' if v == '*' and not pre else f'{k} {v}'))
            else:
                for v in aslist(p): who.append(pre + ('everyone (*)' if v == '*' and not pre else v))
        acts = aslist(ci(x, 'action')) + ['all but ' + ', '.join(sorted(aslist(ci(x, 'notaction'))))] * (ci(x, 'notaction') is not None)
        res = sorted(set(aslist(ci(x, 'resource')))) + ['all but ' + ', '.join(sorted(aslist(ci(x, 'notresource'))))] * (ci(x, 'notresource') is not None)
        cond = ci(x, 'condition')
        yield dict(effect=text(ci(x, 'effect') or 'Allow').capitalize(), who=sorted(set(who)), acts=set(acts), res=res, cond='' if empty(cond) else normal(cond))
def normal(c):
    def n(v):
        if isinstance(v, dict): return {k: n(x) for k, x in v.items()}
        return sorted(aslist(v))
    return canon(n(c))
def blocks(e):
    vs, us = [], []
    for b in e:
        v, u = {}, {}
        for a, x in b.items() if isinstance(b, dict) else []:
            if isinstance(x, dict) and 'constant_value' in x: v[a] = x['constant_value']
            elif isinstance(x, dict) and 'references' in x: u[a] = True
            elif isinstance(x, list): v[a], u[a] = blocks(x)
        vs.append(v); us.append(u)
    return vs, us
def collect_secret(v, s, out):
    if s is True:
        if isinstance(v, str) and len(v) >= 8: out.add(v)
        elif isinstance(v, list):
            for x in v: collect_secret(x, True, out)
        elif isinstance(v, dict):
            for x in v.values(): collect_secret(x, True, out)
    elif isinstance(s, dict) and isinstance(v, dict):
        for k in s: collect_secret(v.get(k), s[k], out)
    elif isinstance(s, list) and isinstance(v, list):
        for a, b in zip(v, s): collect_secret(a, b, out)

# ------------------------------------------------------------------ the plan
class Row:
    def __init__(r, change, addr, typ, fact, level=None, until=None, note='', grantee=None):
        r.change, r.addr, r.typ, r.g, r.res, r.fact = change, re.sub(r' \(deposed [^)]*\)', '', addr), typ, grantee or fact.g.d, fact.res.d, fact
        r.level, r.until, r.note = level, until, note
    def cells(r): return [r.addr, r.typ, r.change, r.g, r.res, r.level, r.until]

class Evaluator:
    def __init__(ev, table):
        ev.table = table
        ev.selfs = {'.' + x for x in table.get('self', [])}
        ev.by = {n: (i, t) for i, t in enumerate(table['type']) for n in t['names']}
    def opaque(ev, addr, why): ev.unread.append((addr, why))
    def side(ev, decl, r, val, unk, sens, is_before=False, neutral=None):
        c = ev.conf.resource(r)
        cfg = ANY if not ev.conf.have else (c.get('expressions') or {} if c else (ANY if not is_before else None))
        sd = Side(ev, decl, r['address'], val, unk, sens, cfg, ev.conf.scope(r, c))
        sd.in_config = c is not None
        sd.neutral = (r.get('change') or {}).get('actions') in (['update'], ['no-op'])
        return sd
    def run(ev, plan):
        ev.conf = Config(plan); ev.conf.names = ev.table['names']
        ev.unread, ev.rows, ev.events, ev.others = [], [], [], {}
        ev.held = {}
        drift = {}
        for d in plan.get('resource_drift') or []:
            if d.get('type') in ev.by and not d.get('deposed'): drift[d['address']] = d
        for r in plan.get('resource_changes') or []:
            if r.get('mode') == 'data': continue
            if r.get('type') not in ev.by:
                if (r.get('change') or {}).get('actions') not in (['no-op'], ['read']): ev.others[r.get('type')] = ev.others.get(r.get('type'), 0) + 1
                continue
            ev.resource(r, drift.pop(r['address'], None) if not r.get('deposed') else None)
        for d in plan.get('deferred_changes') or []:
            rc = d.get('resource_change') or {}
            if rc.get('type') in ev.by: ev.opaque(rc.get('address'), f"deferred: {d.get('reason')}")
        for k in ('errored',):
            if plan.get(k): ev.opaque('(plan)', 'the plan is not complete: ' + k)
        if plan.get('complete') is False: ev.opaque('(plan)', 'the plan is not complete')
        for d in drift.values(): ev.drift(d, set())
        ev.net()
        seen, out = set(), []
        fam = lambda x: ev.by[x.typ][1].get('family')
        for x in sorted(ev.rows, key=lambda x: 'configured' in x.fact.r):     # what another type declares comes first
            k = tuple([fam(x)] + x.cells()[2:]) if fam(x) else tuple(x.cells())
            if k not in seen: seen.add(k); out.append(x)
        pos = {id(x): i for i, x in enumerate(ev.rows)}; out.sort(key=lambda x: pos[id(x)])
        return out
    def family(ev, typ):
        i, t = ev.by[typ]
        return t.get('family') or i
    def resource(ev, r, drift):
        i, decl = ev.by[r['type']]
        ch = r.get('change') or {}
        acts = ch.get('actions') or []
        addr = r['address'] + (f" (deposed {r['deposed']})" if r.get('deposed') else '')
        if decl.get('role') == 'opaque':
            if acts not in (['no-op'], ['read']): ev.opaque(addr, 'may change access, read the block')
            return
        b, a = ch.get('before'), ch.get('after')
        known = ('no-op', 'create', 'read', 'update', 'delete', 'forget')
        want_b = any(x in acts for x in ('delete', 'update', 'no-op', 'forget')); want_a = any(x in acts for x in ('create', 'update', 'no-op'))
        if not acts or any(x not in known for x in acts) or (want_b and not isinstance(b, dict)) or (want_a and not isinstance(a, dict)):
            ev.opaque(addr, f'{"/".join(acts) or "no action"}: the plan does not show the object'); return
        if not (want_a or want_b):
            if drift: ev.drift(drift, set())
            return
        if want_b and want_a:
            for p in decl.get('inert', []) if acts == ['update'] else []:
                a = {**a, p: b.get(p)}
        au = ch.get('after_unknown') or {}
        if acts == ['update'] and isinstance(au, dict):
            c = ev.conf.resource(r)
            ex = (c or {}).get('expressions') or {}
            stay = [p for p in au if au[p] is True and c is not None and p not in ex]
            if stay: a = {**a, **{p: b.get(p) for p in stay}}; au = {p: v for p, v in au.items() if p not in stay}
        sb = ev.side(decl, r, b, False, ch.get('before_sensitive') or False, True) if want_b else None
        sa = ev.side(decl, r, a, au, ch.get('after_sensitive') or False) if want_a else None
        if sa and sb: sa.secret = sb.secret = sa.secret | sb.secret
        ev.secrets = (sa or sb).secret
        B = sb.facts() if sb else {}
        A = sa.facts() if sa else {}
        if 'forget' not in acts: ev.allowlists(decl, B, A, sb, sa)
        E = ev.diff(decl, r, addr, acts, B, A, ch, b, a, sb, sa)
        keys = {f.key for _, f, _ in E}
        if drift: ev.drift(drift, keys)
        ev.events += [(k, addr, r['type'], f, g, note) for k, f, g, note in [(e[0], e[1], e[2], e[3] if len(e) > 3 else '') for e in map(tuple, ev.last)]]
        for k in set(B) & set(A):
            if k not in keys: ev.held.setdefault(ev.netkey(r['type'], addr, B[k]), []).append((addr, B[k]))
        if not keys or not [e for e in ev.last if e[0] != 'none']: ev.quiet(decl, r, addr, acts, ch, B, A, b, a, sb, sa, drift)
        ev.verify(decl, r, addr, acts, A, a, ch)
    def netkey(ev, typ, addr, f):
        i, t = ev.by[typ]
        return (ev.family(typ),) + f.full + ((addr,) if t.get('unique') else ())
    def allowlists(ev, decl, B, A, sb, sa):
        """a list of allowed networks: when there is none, every network is allowed"""
        rules = [r for r in decl.get('rule', []) if 'allowlist' in r]
        if not rules: return
        is_al = lambda f: 'allowlist' in f.r
        for mine, other in ((B, A), (A, B)):
            fs = [f for f in mine.values() if is_al(f)]
            if fs and not any(is_al(f) for f in other.values()):
                f = fs[0]; every = f.r['allowlist']
                rev = mine is A     # the list appears: everybody but those lose
                if rev: txt = f'{every} but ' + ' and '.join(x.g.d for x in sorted(fs, key=lambda x: (x.rule, x.g.d)))
                else: txt = every
                for x in fs: del mine[x.key]
                n = Fact(rule=f.rule, r={**f.r, 'plain': True}, g=T(txt, every), res=f.res, lv=f.lv, until=f.until, part='allowlist', rev=True, flags=f.flags, acts=None)
                n.full = n.key = (True, every, f.res.i, 'allowlist'); finish(n); mine[n.key] = n
                return
    def diff(ev, decl, r, addr, acts, B, A, ch, b, a, sb, sa):
        E = []
        replace = 'create' in acts and ('delete' in acts or 'forget' in acts)
        keeps = decl.get('destroy') == 'keeps'
        forget = 'forget' in acts
        definition = decl.get('role') == 'definition'
        someone = [f for f in A.values() if f.flags & {'someone', 'open', 'config'}]
        unsure = bool(someone) and bool(B)
        complete = unsure and all(f.flags & {'config'} and not f.flags & {'open', 'someone'} for f in someone)
        refs = complete and any(f.g.unk or f.res.unk for f in someone)
        origin = ev.origin(decl, b, acts)
        vague = {f.rule for k, f in A.items() if k not in B and f.r.get('each') and (f.g.vague or f.res.vague)} if acts == ['update'] else set()
        for k, f in B.items():
            g = A.get(k)
            if g is None:
                if f.rev and keeps: continue      # what it took away stays away
                elif forget: E.append(('kept', f, None, 'forgotten by Terraform, stays in force'))
                elif (acts == ['delete'] or replace) and keeps:
                    E.append(('kept', f, None, 'its destroy revokes nothing'))
                elif acts == ['update'] and decl.get('removal') == 'keeps':
                    E.append(('kept', f, None, 'a removed entry keeps its access'))
                elif origin is not None and not origin(f, sb):
                    E.append(('kept' if acts != ['update'] else 'none', f, None, 'given by others: this block does not take it away'))
                elif unsure and (not complete or refs) and ev.same_list(f, someone): E.append(('unclear', f, None, 'may lose: the list is known after apply'))
                elif f.rule in vague: E.append(('unclear', f, None, 'may lose: an element of the list is known after apply'))
                elif 'maybe' in f.flags: E.append(('unclear', f, None, 'may lose'))
                else: E.append(('lost', f, None))
            elif f.lvi != g.lvi or ends(f) != ends(g): E.append(('changed', f, g, 'replaced: briefly interrupted' if replace and not keeps else ''))
            elif 'maybe' in g.flags and 'maybe' not in f.flags: E.append(('unclear', f, None, 'may lose'))
            elif replace and not keeps: E.append(('interrupted', f, g, 'replaced on the same terms'))
        for k, g in A.items():
            if k in B: continue
            if definition and acts == ['create']:
                if 'was' in decl: E.append(('was', g, None))
                continue
            if 'maybe' in g.flags or ('someone' in g.flags and unsure) or (g.rule in vague and (g.g.vague or g.res.vague) and any(f.rule == g.rule for k2, f in B.items() if k2 not in A)): E.append(('unclear', g, None, 'may gain'))
            else: E.append(('gained', g, None, 'and possibly others: the list as a whole is known after apply' if g.flags & {'open', 'someone'} else ''))
        ev.last = [e if len(e) == 4 else e + ('',) for e in E]
        return [(e[0], e[1], e[2]) for e in ev.last]
    def same_list(ev, f, someone): return any(x.rule == f.rule for x in someone)
    def origin(ev, decl, b, acts):
        o = decl.get('origin')
        if not o or not isinstance(b, dict): return None
        if acts == ['update'] and o['update'] != 'origin': return None
        lst = b.get(o['list'])
        if empty(lst): return None
        field = o.get('field')
        mine = {text(x.get(field) if isinstance(x, dict) else x) for x in lst}
        names = [text(x.get(field) if isinstance(x, dict) else x) for x in (b.get(o['of']) or [])]
        others = set(names) - mine
        return lambda f, sd: not any(f.g.i.endswith(' ' + x) or f.res.i.endswith(' ' + x) or f.g.i == 'S:' + canon(x) or f.g.i.endswith('S:' + canon(x)) for x in others)
    def drift(ev, d, keys):
        i, decl = ev.by[d['type']]
        if decl.get('role') in ('opaque', 'definition'): return
        ch = d['change']
        sb = ev.side(decl, d, ch['before'], False, ch.get('before_sensitive') or False, True) if isinstance(ch.get('before'), dict) else None
        sa = ev.side(decl, d, ch['after'], False, ch.get('after_sensitive') or False, True) if isinstance(ch.get('after'), dict) else None
        if sa and sb: sa.secret = sb.secret = sa.secret | sb.secret
        B = sb.facts() if sb else {}
        A = sa.facts() if sa else {}
        for k in list(B) + [k for k in A if k not in B]:
            if k in keys or (k in B and k in A and B[k].lvi == A[k].lvi and ends(B[k]) == ends(A[k])): continue
            f = A.get(k) or B[k]
            ev.rows.append(Row('none', d['address'], d['type'], f, f.level, f.until.d, 'drift: changed outside and left alone'))
    def quiet(ev, decl, r, addr, acts, ch, B, A, b, a, sb, sa, drift):
        if decl.get('role') == 'definition' and 'importing' in ch: return
        if ch.get('importing') and acts == ['no-op']:
            for f in A.values(): ev.rows.append(Row('none', addr, r['type'], f, f.level, f.until.d, 'import, no change: it exists already'))
            return
        if acts == ['update'] and B and A and isinstance(b, dict) and any(canon(b.get(p)) != canon((ch.get('after') or {}).get(p)) and not (isinstance(ch.get('after_unknown'), dict) and any_mark(ch['after_unknown'].get(p))) for p in used(decl)):
            for f in A.values(): ev.rows.append(Row('none', addr, r['type'], f, f.level, f.until.d, 'written differently, the same access'))
    def verify(ev, decl, r, addr, acts, A, a, ch):
        c = ev.conf.resource(r)
        if not c or not isinstance(a, dict) or r.get('deposed') or acts not in (['no-op'], ['update']): return
        ex = c.get('expressions') or {}
        for p in decl.get('sticky', []):
            e = ex.get(p)
            gone = e is None or (isinstance(e, dict) and 'constant_value' in e and empty(e['constant_value']))
            if gone and not empty(a.get(p)) and not ev.last:
                sd = ev.side(decl, r, a, {}, ch.get('after_sensitive') or False)
                for f in A.values():
                    if f.until.d and f.until.d != 'never': ev.rows.append(Row('none', addr, r['type'], f, f.level, f.until.d, 'the end is removed in the configuration; the provider keeps the old one'))
        for p in decl.get('verify', []):
            e, new = ex.get(p), None
            if isinstance(e, dict) and isinstance(e.get('constant_value'), list): new = e['constant_value']
            elif isinstance(e, list) and all(isinstance(x, dict) and 'constant_value' in x for blk in e for x in blk.values()):
                old = a.get(p) or []
                new = [{**(old[i] if i < len(old) and len(old) == len(e) else {}), **{k: x['constant_value'] for k, x in blk.items()}} for i, blk in enumerate(e)]
            if new is None or (isinstance(ch.get('after_unknown'), dict) and ch['after_unknown'].get(p) is True): continue
            sc = ev.side(decl, r, {**a, p: new}, ch.get('after_unknown') or {}, ch.get('after_sensitive') or False)
            sc.secret = ev.secrets
            C = sc.facts()
            for k, f in C.items():
                g = A.get(k)
                if g is None: ev.rows.append(Row('none', addr, r['type'], f, f.level, f.until.d, 'the configuration asks for it, the plan does not do it'))
                elif g.lvi != f.lvi: ev.rows.append(Row('none', addr, r['type'], g, g.level, g.until.d, f'the configuration says {f.level}, the plan does not change it'))
    def net(ev):
        lost, gained = {}, {}
        for n, (k, addr, typ, f, g, note) in enumerate(ev.events):
            if k == 'lost': lost.setdefault(ev.netkey(typ, addr, f), []).append(n)
            if k == 'gained': gained.setdefault(ev.netkey(typ, addr, f), []).append(n)
            if k == 'kept': ev.held.setdefault(ev.netkey(typ, addr, f), []).append((addr, f))
        done = {}
        for key, ls in lost.items():
            for l, g in zip(ls, gained.get(key, [])): done[l] = g; done[g] = l
        for n, (k, addr, typ, f, g, note) in enumerate(ev.events):
            def put(word, fact, level=None, until=None, address=addr, nt=note): ev.rows.append(Row(word, address, typ, fact, fact.level if level is None else level, fact.until.d if until is None else until, nt))
            if n in done:
                if k == 'lost': continue
                o = ev.events[done[n]]; old = o[3]
                if old.lvi == f.lvi and ends(old) == ends(f): put('moved', f, address=f'{o[1]} => {addr}', nt='the same access under another address')
                else: change(put, old, f, address=f'{o[1]} => {addr}')
                continue
            held = [h for h in ev.held.get(ev.netkey(typ, addr, f), []) if h[0] != addr]
            if held and k in ('gained', 'lost') and not f.rev:
                same = [h for h in held if h[1].lvi == f.lvi and ends(h[1]) == ends(f)]
                if same and k == 'gained': put('none', f, nt=f'already given by {same[0][0]}'); continue
                if same and k == 'lost' and ev.by[typ][1].get('own'): put('none', f, nt=f'still given by {same[0][0]}'); continue
                if k == 'lost': put('lost', f, nt=f'also declared by {held[0][0]}, which does not keep it'); continue
            if k == 'was': put('changed', f, f"{ev.by[typ][1]['was']} -> {f.level}"); continue
            if k == 'changed': change(put, f, g); continue
            if f.rev and k in ('gained', 'lost'):
                if k == 'gained': put('lost', f)
                else: put('gained', f, f.level if f.r.get('plain') else 'no longer ' + f.level)
                continue
            put(k, f)
def change(put, f, g, **kw):
    if f.rev and f.acts is not None:       # a Deny: what is no longer denied, what is denied now
        less, more = f.acts - g.acts, g.acts - f.acts
        if less: put('gained', f, 'no longer ' + acts_text(less, True), **kw)
        if more: put('lost', g, acts_text(more, True), **kw)
        return
    lv = f.level if f.lvi == g.lvi or f.level == g.level else f'{f.level} -> {g.level}'
    un = f.until.d if ends(f) == ends(g) else f'{f.until.d} -> {g.until.d}'
    put('changed', g, lv, un, **kw)
def ends(f):
    if f.r.get('ends') == 'rfc3339':
        from datetime import datetime, timezone
        try: return datetime.fromisoformat(f.until.i.replace('Z', '+00:00')).astimezone(timezone.utc).isoformat()
        except ValueError: pass
    return f.until.i
def any_mark(m): return any(any_mark(x) for x in (m.values() if isinstance(m, dict) else m)) if isinstance(m, (dict, list)) else bool(m)
def used(decl):
    out = set()
    for r in decl.get('rule', []):
        for k in ('policy', 'principals'):
            if k in r: out.add(r[k])
        for t in [r.get('grantee'), r.get('resource'), r.get('level'), r.get('until')]:
            for x in t if isinstance(t, list) else [t or '']:
                for h in re.findall(r'\{([^{}]*)\}', x):
                    for alt in h.split('|'): alt != 'principal' and out.add(re.split(r'[.~?]', alt)[0])
        for e in r.get('each', []): out.add(e.rstrip('?').split('.')[0])
    return out

def load(path=os.path.join(HERE, '../../src/access/access.toml')): return tomllib.load(open(path, 'rb'))
def main():
    args = [a for a in sys.argv[1:] if not a.startswith('--')]
    ev = Evaluator(load())
    for f in args:
        rows = ev.run(json.load(open(f)))
        if '--json' in sys.argv:
            for r in rows: print(json.dumps(dict(change=r.change, grantee=r.fact.g.parts(), resource=r.fact.res.parts(), level=r.level, until=r.until, addresses=r.addr.split(' => '), type=r.typ, note=r.note), ensure_ascii=False))
            continue
        for r in rows: print('\t'.join([os.path.basename(f)] + r.cells() + ([r.note] if '--notes' in sys.argv else [])))
        if '--all' in sys.argv:
            for a, w in ev.unread: print(f'# may change access: {a}: {w}', file=sys.stderr)
            if ev.others: print(f'# not reviewed: {sum(ev.others.values())} resources of {len(ev.others)} types', file=sys.stderr)
if __name__ == '__main__': main()
