from configparser import ConfigParser
from pathlib import Path
import re, setuptools, shlex

# All settings live in settings.ini; edit there, not here.
config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

licenses = dict(apache2='Apache-2.0', mit='MIT', bsd3='BSD-3-Clause')
statuses = '1 - Planning,2 - Pre-Alpha,3 - Alpha,4 - Beta,5 - Production/Stable,6 - Mature,7 - Inactive'.split(',')
extras = {k: shlex.split(cfg[f'{k}_requirements']) for k in 'lab images train cluster fid dev'.split()}
extras['dev'] += extras['lab']

# README's own links are relative; a package index shows it far from the repository
blob,raw = (f"{cfg['git_url']}/{o}/{cfg['branch']}/" for o in ('blob', 'raw'))
readme = Path('README.md').read_text(encoding='utf-8')
readme = re.sub(r'(!?)(\[[^\]]*\]\()(?!\w+:|#)', lambda m: m[1] + m[2] + (raw if m[1] else blob), readme)

setuptools.setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], license=licenses[cfg['license']],
    classifiers=[f"Development Status :: {statuses[int(cfg['status'])-1]}", f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}", 'Programming Language :: Python :: 3 :: Only'],
    packages=setuptools.find_packages(include=[cfg['lib_path'], cfg['lib_path']+'.*']),
    python_requires=f">={cfg['min_python']}",
    install_requires=shlex.split(cfg['requirements']), extras_require=extras,
    long_description=readme, long_description_content_type='text/markdown',
    entry_points=dict(console_scripts=cfg.get('console_scripts', '').split(),
        nbdev=[f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]),
    zip_safe=False)
