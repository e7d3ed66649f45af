"README is what the index notebook shows, and says where everything is; the site itself is in test_site.py"
import json, re
import pytest, yaml
from helpers import root, tool

@pytest.fixture
def docs(monkeypatch):
    "tools/docs.py, which works in the root of the repository"
    monkeypatch.setenv('IN_TEST', '1')   # the tool sets it too; this puts it back
    monkeypatch.chdir(root)
    return tool('tools/docs.py')

def test_readme(docs):
    files = docs.readme()
    assert [o for o in files if not (root/o).exists() or (root/o).read_bytes()!=files[o]]==[], 'run `make readme`'
    pictures = {p.relative_to(root).as_posix() for p in (root/docs.images).glob('*')}
    assert pictures==files.keys()-{'README.md'}, 'run `make readme`'

def test_front_page_is_short(docs):
    "One page: few words, a moving picture, each chapter with its question and its minutes"
    text = (root/'README.md').read_text('utf-8')
    assert len(text.split()) < 700 and 'figures/hero.gif' in text
    assert (root/'figures'/'hero.gif').stat().st_size < 1_500_000
    table = tool('tools/chapters.py').table()
    assert table.replace('](course/', '](nbs/course/') in text, 'run `make fill NB=nbs/index.ipynb readme`'
    rows = table.splitlines()[2:]
    assert len(rows)>8 and all(re.fullmatch(r'\|\[.+\]\(course/\w+\.ipynb\)\|[^|]+\|[^|]+\|', r) for r in rows), rows

def test_links_of_the_front_page_lead_somewhere():
    links = re.findall(r'\]\((?!https?:)([^)#]+)', (root/'README.md').read_text('utf-8'))
    assert len(links)>15 and [o for o in links if not (root/o).exists()]==[]

def test_results_show_every_table(docs):
    "Each table of figures/ is on the page of results; what no section speaks of, at its end"
    cells = json.loads((root/'nbs'/'results.ipynb').read_text('utf-8'))['cells']
    shown = ''.join(''.join(o.get('data', {}).get('text/markdown', '')) for c in cells for o in c.get('outputs', ()))
    absent = [p.name for p in (root/'figures').glob('*.md') if p.stem not in ('house', 'inputs')
        and p.read_text('utf-8').strip().splitlines()[-1] not in shown]
    assert absent==[], 'run `make fill NB=nbs/results.ipynb`'

def test_citation():
    "A file that GitHub reads: the fields that the format asks for, and the version of the package"
    cff = yaml.safe_load((root/'CITATION.cff').read_text('utf-8'))
    assert {'cff-version','message','title','authors'} <= cff.keys() and cff['cff-version']=='1.2.0'
    settings = (root/'settings.ini').read_text('utf-8')
    assert f"version = {cff['version']}\n" in settings and cff['license']=='Apache-2.0'
    paper, = cff['references']
    assert paper['year']==2021 and [a['family-names'] for a in paper['authors']]==['Du','Li','Tenenbaum','Mordatch']
    assert all({'name'} <= a.keys() or {'family-names','given-names'} <= a.keys() for a in cff['authors'])

def test_navigation(docs):
    "Every page once: the front page, the course before how to do it, that before the library, floor by floor"
    tree = docs.navigation()
    assert [*tree][:5]==['', 'Course', 'How to', 'What came out', 'An energy'] and [*tree][-1]=='Experiments'
    assert tree['']==['index'] and tree['Course'][0]=='course/energy' and tree['What came out'][0]=='results'
    assert tree['How to'][:2]==['course/own_network', 'howto/own_data']
    assert {'samplers','buffer','training'} <= set(tree['How it is learned'])
    assert 'runs_records' in tree['Runs'] and 'explorer_base' in tree['To look at'] and 'cli' in tree['Commands']
    assert sorted(sum(tree.values(), []))==sorted(docs.sources())
