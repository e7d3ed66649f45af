"""What the docstrings of a library leave unsaid: names, parameters, shapes, refusals.

A parameter is explained by a comment beside it, by words of the docstring that name it in backticks, or by another name
in backticks that explains a parameter of the same name. What a base class documents need not be said again.
"""
import ast, io, re, tokenize

def public_names(tree):
    "What a module's `__all__` lists"
    lists = [n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0])=='__all__']
    return ast.literal_eval(lists[0]) if lists else []

def comments(text):
    "Comments of a source by the line that they are about: their own, or the next where they stand alone"
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {t.start[0]+t.line.lstrip().startswith('#'): t.string for t in tokens if t.type==tokenize.COMMENT}

def arguments(f):
    a = f.args
    every = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]
    return [o for o in every if o.arg not in ('self','cls','_')]

def is_record(c):
    "Is class `c` a dataclass or a named tuple, whose fields are its parameters?"
    return 'dataclass' in ' '.join(map(ast.unparse, c.decorator_list)) or 'NamedTuple' in map(ast.unparse, c.bases)

class Named:
    "A public function, method or class: its documentation, its parameters, what its source does"
    def __init__(self, name, node, said, owner=None):
        self.name,self.node,self.owner = name,node,owner
        self.doc = ast.get_docstring(node) or ''
        if owner is not None and node.name in DUNDER: self.doc += ast.get_docstring(owner) or ''
        self.parameters = fields(node) if self.is_class else [(a.arg, a.annotation, a.lineno) for a in arguments(node)]
        self.comments = {k: self.beside(i, said) for k,_,i in self.parameters}
        self.header = ' '.join(said.get(i, '') for i in range(node.lineno, node.body[0].lineno+1))

    @property
    def is_class(self): return isinstance(self.node, ast.ClassDef)

    def beside(self, line, said):
        "The comment about the parameter in `line`; in the first line of a function it is about what comes back"
        return said.get(line, '') if self.is_class or line>self.node.lineno else ''

    @property
    def words(self): return ' '.join([self.doc, self.header, *self.comments.values()])

    @property
    def has_tensors(self):
        kinds = [a for _,a,_ in self.parameters] + [getattr(self.node, 'returns', None)]
        return any(a is not None and re.search(r'\bTensor\b', ast.unparse(a)) for a in kinds)

    @property
    def refuses(self):
        "Has it an error of its own? That what the words beside an argument rule out is refused goes without saying"
        return not self.is_class and any(isinstance(n, ast.Raise) and n.exc for n in ast.walk(self.node))

def fields(c):
    "The parameters of a record"
    annotated = [n for n in c.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    return [(n.target.id, n.annotation, n.lineno) for n in annotated] if is_record(c) else []

# methods that many classes have and one place explains: PyTorch, the rooms of energies and samplers, callbacks
CONTRACTS = {'forward','extra_repr','reset_parameters','state_dict','load_state_dict','scales','step','value_and_slope',
    'move','setup','before_fit','before_step','after_loss','after_step','after_fit','rewound'}

DUNDER = ('__init__','__call__','__post_init__')

def is_public(f): return f.name in DUNDER or not f.name.startswith('_') and f.name not in CONTRACTS

def documented(modules):
    "Every public name of `modules` {name: source}, methods too"
    out = []
    for m,text in modules.items():
        tree,said = ast.parse(text),comments(text)
        names = public_names(tree)
        for n in tree.body:
            if not isinstance(n, (ast.FunctionDef, ast.ClassDef)) or n.name not in names: continue
            out.append(Named(f'{m}.{n.name}', n, said))
            if isinstance(n, ast.FunctionDef): continue
            methods = [f for f in n.body if isinstance(f, ast.FunctionDef) and is_public(f)]
            out += [Named(f'{m}.{n.name}.{f.name}', f, said, n) for f in methods]
    return out

def by_another(n, k, known):
    "Is parameter `k` explained in words, by a name that these words mention, or by what a method overrides?"
    quoted = re.findall(r'`([\w.]+)', n.words)
    if k in quoted: return True
    bases = [ast.unparse(b) for b in n.owner.bases] if n.owner is not None else []
    others = [*quoted, *(f'{b}.{n.node.name}' for b in bases)]
    return any(k in known.get(o, ()) for o in others)

def overrides(n, known):
    "Is `n` a method that a base class documents?"
    return n.owner is not None and any(f'{ast.unparse(b)}.{n.node.name}' in known for b in n.owner.bases)

def silences(modules):
    "What `modules` {name: source} do not say: {kind: names}"
    every = documented(modules)
    known = {}     # what has a docstring, by its name alone and with its class or module: parameters with a comment
    for n in every:
        for k in (n.node.name, '.'.join(n.name.split('.')[-2:])):
            if n.doc: known.setdefault(k, set()).update(p for p,c in n.comments.items() if c)
    bare = [n for n in every if not n.doc and n.node.name not in DUNDER and not overrides(n, known)]
    return {
        'public names without a docstring': [n.name for n in bare],
        'parameters without a word': [f'{n.name}({k})' for n in every for k,*_ in n.parameters
            if not n.comments.get(k) and not by_another(n, k, known)],
        'tensors without a shape': [n.name for n in every if n.has_tensors and '[' not in n.words],
        'refusals that no docstring tells': [n.name for n in every
            if n.refuses and not re.search(r'[Rr]aise|[Rr]efuse|[Ee]rror', n.words)]}
