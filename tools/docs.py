"""README.md and the docs site from the notebooks: nbdev processes, nbconvert and Sphinx render.

    python tools/docs.py         all of it
    python tools/docs.py readme  README.md and its pictures
    python tools/docs.py pages   what Sphinx reads, in _docs/src
    python tools/docs.py site    from that the site, in _docs/html
    python tools/docs.py serve   the site on http://127.0.0.1:8000, to this machine alone (PORT names another port)
"""
import ast, json, os, posixpath, re, shutil, subprocess, sys
os.environ['IN_TEST'] = '1'   # cells that export do nothing
from pathlib import Path
import nbformat
from execnb.nbio import nb2str, read_nb
from nbconvert import MarkdownExporter
from nbdev.config import get_config
from nbdev.processors import FilterDefaults, exec_show_docs
from traitlets.config import Config

root = Path(__file__).resolve().parent.parent
os.chdir(root)
cfg = get_config()
nbs = Path(cfg.nbs_path)
images = 'docs/images'   # README's pictures
site = cfg.doc_host + cfg.doc_baseurl.rstrip('/') + '/'
blob = f'{cfg.git_url}/blob/{cfg.branch}/'

# -- notebooks and their pages --

def page(nb):
    "Page of notebook `nb`, both relative to nbs/: 50_runs_notebooks.ipynb -> runs_notebooks, as nbdev links"
    head,tail = posixpath.split(nb)
    return posixpath.join(head, re.sub(r'^\d+[a-z]?_', '', tail).removesuffix('.ipynb'))

def sources():
    "Notebooks of the site in reading order, as {page: notebook}"
    fns = [p.relative_to(nbs) for p in nbs.rglob('*.ipynb')]
    fns = [p for p in fns if p.parts[0]!='apps' and not any(o=='runs' or o.startswith(('.', '_')) for o in p.parts)]
    fns.sort(key=lambda p: (p.parts[:-1], p.name!='index.ipynb', p.name))
    return {page(p.as_posix()): p.as_posix() for p in fns}

floors = ('An energy', 'What is learned', 'How it is learned', 'Is it true',
    'Experiments with a record', 'Runs', 'To look at', 'Training in the page', 'Commands')

folders = dict(course='Course', howto='How to', experiments='Experiments')
how_to = 'own_network', 'own_experiment', 'long_training'     # they lie in the course, and tell how something is done

def caption(nb):
    "Under which heading of the navigation notebook `nb` stands: its folder, or its floor, the decade of its number"
    head,tail = posixpath.split(nb)
    if tail.removesuffix('.ipynb') in how_to: return 'How to'
    if head: return folders[head]
    return floors[int(tail[0])] if tail[0].isdigit() else '' if nb==cfg.readme_nb else 'What came out'

# pages without a number, in their order
order = ('results', 'own_network', 'own_data', 'own_experiment', 'long_training', 'cluster', 'serving',
    'capstone', 'tour', 'explorer', 'noise_to_digit', 'strangers', 'composed_shapes', 'notation')

def rank(p):
    "Where page `p` stands under its heading: chapters, then what is in `order`, then the rest"
    name,head = posixpath.basename(p),posixpath.dirname(p)
    return 1+order.index(name) if name in order else 0 if head else len(order)+1

def navigation():
    "Pages by heading, in reading order: front page, course, how to do it, results, floors of the library, experiments"
    groups = {o: [] for o in ('', 'Course', 'How to', 'What came out', *floors, 'Experiments')}
    for p,nb in sources().items(): groups[caption(nb)].append(p)
    for k in ('Course', 'How to', 'What came out'): groups[k].sort(key=rank)
    return {k: v for k,v in groups.items() if v}

def is_mixed(c):
    "Does cell `c`, not exported, import and do more? nbdev would run it for its imports"
    imports = [isinstance(o, (ast.Import, ast.ImportFrom)) for o in c.parsed_() or []]
    return any(imports) and not all(imports) and not {'export', 'exports', 'exporti'} & c.directives_.keys()

class ShowDocs(exec_show_docs):
    "Runs what documenting needs: exported cells, cells of imports, calls of `show_doc`"
    def __call__(self, cell):
        if cell.cell_type=='code' and not is_mixed(cell): super().__call__(cell)

class Procs(FilterDefaults):
    "nbdev's processing for docs, but the title cell stays as it was written"
    skip = 'FrontmatterProc', 'insert_warning'
    def base_procs(self):
        procs = [p for p in super().base_procs() if p.__name__ not in self.skip]
        return [ShowDocs if p is exec_show_docs else p for p in procs]

class PlainProcs(Procs):
    "For notebooks that export nothing, so that nothing need run"
    skip = *Procs.skip, exec_show_docs.__name__

def processed(fn, leave_out=''):
    """Notebook `fn` as plain Jupyter: hidden cells out, exported symbols documented and linked, directives obeyed;
    without cells that have the tag `leave_out`"""
    nb = read_nb(nbs/fn)
    nb.cells = [c for c in nb.cells if leave_out not in c.metadata.get('tags', [])]
    exports = any(re.match(r'#\| *export\b', c.source) for c in nb.cells)
    for c in nb.cells: c.source = re.sub(r'^#\| *export\b', '#| exports', c.source)   # the code is part of the page
    try: (Procs if exports else PlainProcs)()(nb)
    except Exception as e:
        e.add_note(f'in {fn}')
        raise
    nb = nbformat.reads(nb2str(nb), 4)
    nb.metadata = nbformat.from_dict(dict(language_info=dict(name='python')))
    for i,c in enumerate(nb.cells): c.id = f'c{i}'
    nb.cells = [render(c) for c in nb.cells]
    return nb

def render(c):
    "A code cell without its directives: `echo: false` hides the source, `fig-alt: words` describes the picture"
    if c.cell_type!='code': return c
    opts = dict(re.findall(r'^#\| *([\w-]+): *(.*?) *$', c.source, re.M))
    if opts.get('output')=='asis': return shown_doc(c)
    c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
    if opts.get('echo')=='false': c.metadata.tags = [*c.metadata.get('tags', []), 'remove-input']
    if 'fig-alt' in opts: c.metadata.mystnb = dict(image=dict(alt=opts['fig-alt']))
    return c

def shown_doc(c):
    "The markdown that `show_doc` wrote, without Quarto's rule and outside link; where the source follows, no signature"
    s = '\n'.join(''.join(o.get('data', {}).get('text/markdown', '')) for o in c.outputs)
    s = re.sub(r'^(---\n+)?\[source\]\(.*\n*', '', s)
    if c.get('has_sd'): s = re.sub(r'^```.*?^```\n*', '', s, flags=re.M|re.S)
    return nbformat.v4.new_markdown_cell(s, id=c.id)

# -- links --

def relink(nb, here, target):
    "Put links of ours in `nb` (nbdev's, those relative to folder `here`) through `target(path, anchor, is_image)`"
    pages = sources()
    def sub(m):
        lead,url,anchor = m[1],m[2],m[3] or ''
        if url.startswith(site): path = pages.get(url.removeprefix(site).removesuffix('.html'))
        else: path = url and not re.match(r'\w+:', url) and posixpath.normpath(posixpath.join(here, url))
        return f'{lead}({target(path, anchor, lead[0]=="!")})' if path else m[0]
    def relinked(text): return re.sub(r'(!?\[[^\]]*\])\(([^)\s#]*)(#[^)\s]*)?\)', sub, text)
    for c in nb.cells:
        if c.cell_type=='markdown': c.source = relinked(c.source)
        for o in c.get('outputs', ()):
            if 'text/markdown' in o.get('data', {}): o.data['text/markdown'] = relinked(o.data['text/markdown'])
    return nb

def slugs(nb):
    "Anchors of the headings of `nb`"
    heads = re.findall(r'^#+ +(.+?) *$', '\n'.join(c.source for c in nb.cells if c.cell_type=='markdown'), re.M)
    return {re.sub(r'[^\w\- ]', '', h.lower()).replace(' ', '-') for h in heads}

# -- README --

def still(nb):
    "Views as pictures: a page in a frame is for browsers"
    for c in nb.cells:
        for o in c.get('outputs', ()):
            if 'image/png' in o.get('data', {}) and '<iframe ' in o.data.get('text/html', ''): del o.data['text/html']
    return nb

def readme():
    "README and its pictures, as {path: bytes}"
    def target(path, anchor, is_image):
        return posixpath.normpath(f'nbs/{path}') + ('' if path.endswith('.ipynb') else anchor)
    nb = still(relink(processed(cfg.readme_nb, 'site'), '', target))
    without_hidden = dict(enabled=True, remove_input_tags={'remove-input'})
    export = MarkdownExporter(config=Config(TagRemovePreprocessor=without_hidden))
    text,res = export.from_notebook_node(nb, dict(unique_key='index', output_files_dir=images))
    def alt(m): return f"![{nb.cells[int(m[2])].metadata.get('mystnb', {}).get('image', {}).get('alt', '')}]({m[1]})"
    text = re.sub(r'!\[\w+\]\((\S+?_(\d+)_\d+\.\w+)\)', alt, text)
    text = re.sub(r'\n{3,}', '\n\n', re.sub(r'^ +$', '', text, flags=re.M)).strip() + '\n'
    return {'README.md': text.encode(), **res['outputs']}

def write_readme():
    shutil.rmtree(images, ignore_errors=True)
    for path,data in readme().items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)

# -- site --

def toctree(pages, heading=''):
    caption = [f':caption: {heading}'] if heading else []
    return '\n'.join(['```{toctree}', ':hidden:', *caption, '', *pages, '```', ''])

def told(fn):
    "Title and subtitle of notebook `fn`"
    text = next(c.source for c in read_nb(nbs/fn).cells if c.cell_type=='markdown')
    return re.search('^# (.+)$', text, re.M)[1],(re.findall('^> (.+)$', text, re.M) or [''])[0]

def overview(heading, pages):
    "A page that lists others, each with what it is about"
    rows = [f'- [{title}]({p}.ipynb)' + (f': {about}' if about else '')
        for p in pages for title,about in [told(sources()[p])]]
    return '\n'.join([f'# {heading}', '', *rows, '', toctree(pages)])

def stage_navigation(src):
    "Pages that list floors and experiments, to folder `src`; what the front page has in its navigation"
    groups = navigation()
    listed = {f'library_{i}': k for i,k in enumerate((*floors, 'Experiments')) if k in groups}
    for p,k in listed.items(): (src/f'{p}.md').write_text(overview(k, groups[k]))
    first = [toctree(groups[k], k) for k in ('Course', 'How to', 'What came out')]
    return '\n'.join([*first, toctree(listed, 'Reference')])

def stage(src):
    "Write the processed notebooks to folder `src` for Sphinx"
    pages = sources()
    done = {p: processed(fn, 'readme') for p,fn in pages.items()}
    anchors = {fn: slugs(done[p]) for p,fn in pages.items()}
    done['index'].cells.append(nbformat.v4.new_markdown_cell(stage_navigation(src), id='navigation'))
    for p,nb in done.items():
        here = posixpath.dirname(p)
        def target(path, anchor, is_image, here=here):
            known = anchor if path in anchors and anchor[1:] in anchors[path] else ''
            if path in anchors: return posixpath.relpath(page(path), here or '.') + '.ipynb' + known
            if is_image: return os.path.relpath(nbs/path, src/here)
            return blob + posixpath.normpath(f'nbs/{path}') + anchor
        out = src/f'{p}.ipynb'
        out.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(relink(nb, here, target), out)

def write_pages():
    "What Sphinx reads, in _docs/src"
    shutil.rmtree(cfg.doc_path, ignore_errors=True)
    src = Path(cfg.doc_path)/'src'
    src.mkdir(parents=True)
    stage(src)

def render_site():
    "The site, in _docs/html, from what `write_pages` wrote; a warning is an error"
    src,html = (Path(cfg.doc_path)/o for o in ('src','html'))
    options = '-q -W --keep-going -b html -c docs'.split()
    subprocess.run([sys.executable, '-m', 'sphinx', *options, src, html], check=True)
    for p,fn in sources().items(): (html/'_sources'/f'{p}.ipynb').write_text(clean(nbs/fn))
    print(html/'index.html')

def clean(path):
    "The notebook in a file as it can be run: all of its cells, no outputs"
    nb = json.loads(path.read_text('utf-8'))
    for c in nb['cells']:
        if c['cell_type']=='code': c.update(outputs=[], execution_count=None)
    return json.dumps(nb, indent=1, ensure_ascii=False)

def serve():
    "The site to this machine's loopback; made first where there is none"
    html = Path(cfg.doc_path)/'html'
    if not (html/'index.html').exists():
        write_pages()
        render_site()
    server = [sys.executable, '-m', 'http.server', os.environ.get('PORT', '8000'), '--bind', '127.0.0.1', '-d', html]
    try: subprocess.run(server, check=True)
    except KeyboardInterrupt: pass

if __name__=='__main__':
    parts = dict(readme=write_readme, pages=write_pages, site=render_site, serve=serve)
    for o in sys.argv[1:] or ('readme', 'pages', 'site'): parts[o]()
