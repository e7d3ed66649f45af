from configparser import ConfigParser
from pathlib import Path
import json, re, setuptools, shlex
from setuptools.command.build_py import build_py

# All settings live in settings.ini; edit there, not here.
config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

licenses = dict(apache2='Apache-2.0', mit='MIT', bsd3='BSD-3-Clause')
statuses = '1 - Planning,2 - Pre-Alpha,3 - Alpha,4 - Beta,5 - Production/Stable,6 - Mature,7 - Inactive'.split(',')
extras = {k: shlex.split(cfg[f'{k}_requirements']) for k in 'lab images train cluster dev'.split()}
# the tests need them all
extras['dev'] = list(dict.fromkeys(o for k in 'dev lab cluster images train'.split() for o in extras[k]))

# README's own links are relative; a package index shows it far from the repository
blob,raw = (f"{cfg['git_url']}/{o}/{cfg['branch']}/" for o in ('blob', 'raw'))
readme = Path('README.md').read_text(encoding='utf-8')
readme = re.sub(r'(!?)(\[[^\]]*\]\()(?!\w+:|#)', lambda m: m[1] + m[2] + (raw if m[1] else blob), readme)

def with_pictures(text):
    "A notebook whose views are pictures alone: their pages are most of the bytes, and need a trusted notebook"
    nb = json.loads(text)
    for data in (o.get('data', {}) for c in nb['cells'] for o in c.get('outputs', ())):
        if 'image/png' in data: data.pop('text/html', None)
    return json.dumps(nb, indent=1, ensure_ascii=False) + '\n'

class BuildWithNotebooks(build_py):
    "The package, and a copy of the notebooks in cdebm/notebooks; an editable install reads them where they are"
    def copies(self):
        nbs,to = Path(cfg['nbs_path']),Path(self.build_lib)/cfg['lib_path']/'notebooks'
        folders = ('.', 'course', 'howto', 'experiments', 'apps')
        fns = [p for d in folders for p in (nbs/d).glob('*.ipynb')]
        return {} if self.editable_mode else {p: to/p.relative_to(nbs) for p in sorted(fns) if p.name!=cfg['readme_nb']}

    def run(self):
        super().run()
        for p,to in self.copies().items():
            self.mkpath(str(to.parent))
            to.write_text(with_pictures(p.read_text(encoding='utf-8')), encoding='utf-8', newline='\n')

    def get_outputs(self, include_bytecode=True):
        return [*super().get_outputs(include_bytecode), *map(str, self.copies().values())]

setuptools.setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], license=licenses[cfg['license']],
    classifiers=[f"Development Status :: {statuses[int(cfg['status'])-1]}", f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}", 'Programming Language :: Python :: 3 :: Only'],
    packages=setuptools.find_packages(include=[cfg['lib_path'], cfg['lib_path']+'.*']),
    package_data={cfg['lib_path']: ['shipped/*', 'shipped/zoo/*'],
        f"{cfg['lib_path']}.explorer": ['static/*.js', 'static/*.css', 'recorded/*.npz']},
    python_requires=f">={cfg['min_python']}",
    install_requires=shlex.split(cfg['requirements']), extras_require=extras,
    long_description=readme, long_description_content_type='text/markdown',
    entry_points=dict(console_scripts=cfg.get('console_scripts', '').split(),
        nbdev=[f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]),
    cmdclass=dict(build_py=BuildWithNotebooks), zip_safe=False)
