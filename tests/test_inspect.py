"The view of a replay buffer: lives by click and key, play goes through one; without a recorder it says so"
import json
import pytest, torch
from browser import at, opened, press, settle, state, until
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.energies import GaussianMixture
from cdebm.explorer import BufferInspector
from cdebm.lives import Lives
from cdebm.losses import Weights
from cdebm.models import MLPEnergy, StridedEnergy
from cdebm.samplers import Langevin
from cdebm.training import Learner, Settings
from cdebm.zoo import load

def gen(seed=0): return torch.Generator().manual_seed(seed)
def shifted(x, generator): return x.roll(1, -1)

def trained(net, data, noise, dtype='float32', step=.02, box=None, n=60):
    "A learner after some updates, with a recorder"
    buffer = ReplayBuffer(noise, 200, .2, 'fifo', dtype, augment=shifted)
    s = Settings(Langevin(step, clamp=box), 5, 32, Weights(opt=0, entropy=0, reg=0))
    return Learner(net, data, buffer, s, 1e-3, generator=gen(1), callbacks=[Lives(60)]).fit(n)

class Pictures:
    def sample(self, n, generator=None): return torch.rand(n, 1, 8, 8, generator=generator)

def plane():
    return trained(MLPEnergy(2, 16, confine=.1, generator=gen()), GaussianMixture.ring(), uniform_noise(2, -4., 4.))

def tiles():
    small = StridedEnergy(1, 8, 8, generator=gen())
    return trained(small, Pictures(), uniform_noise((1, 8, 8)), 'uint8', 1., (0.,1.), 30)

@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp('inspect')
    views = dict(plane=BufferInspector(plane()), tiles=BufferInspector(tiles()), none=BufferInspector(load('digits')))
    return {k: (v.export_html(folder/f'{k}.html'), v) for k,v in views.items()}

def words(t):
    settle(t)
    return t.locator('.c-status').inner_text()

def numbers(text):
    "Draws, K and steps in all, as the sentence has them"
    draws,k,steps = text.split(': ')[1].split(' steps')[0].replace('=', '×').split('×')
    return int(draws),int(k),int(steps)

def test_lives_on_the_plane(saved, tab, keep):
    "A step plays through a life; numbers are those of the recorder; keys, clicks and an address choose another"
    path,view = saved['plane']
    assert path.stat().st_size<300_000
    t = opened(tab(), path)
    draws,k,steps = numbers(words(t))
    assert draws*k==steps and k==5 and 'born from noise at update' in words(t)
    t.get_by_role('button', name='2 The longest').click()
    longest = max(view.life_draws)
    until(t, '(e, n) => !e.explorer.playing() && e.explorer.t === n', arg=longest)
    assert numbers(words(t))[0]==longest
    keep(t, 'inspect-longest')
    press(t, 'n')
    assert state(t, 'pick')=='slot' and numbers(words(t))[0] in view.life_draws and at(t)==0
    slot = view.life_slots[3]
    i = view.life_slots.index(slot)
    here = f'const st = e.explorer.inspector, [x, y] = st.lives[{i}].x.at(-1)'
    where = f'e => {{ {here}; return [st.s.sx(x), st.s.sy(y)]; }}'
    x,y = t.locator('.cdebm').evaluate(where)
    box = t.locator('.cdebm canvas').first.bounding_box()
    t.mouse.click(box['x'] + x, box['y'] + y)
    assert state(t, 'slot')==slot and f'slot {slot} ' in words(t)
    again = opened(tab(), path, '#' + json.dumps(dict(pick='slot', slot=slot)).replace(' ', ''))
    assert f'slot {slot} ' in words(again)
    t.get_by_text('Data', exact=True).click()
    t.locator('.c-data tr').nth(1).wait_for()
    assert t.locator('.c-data tr').count()==len(view.life_slots) + 1
    assert t.asked==t.wrong==again.wrong==[]

def test_tiles_phone_and_no_recorder(saved, tab, keep):
    "Pictures in tiles; narrow, dark, less motion; where no recorder ran the view says what is missing"
    path,view = saved['tiles']
    assert path.stat().st_size<900_000
    t = opened(tab(viewport=dict(width=400, height=900), color_scheme='dark', reduced_motion='reduce'), path)
    t.get_by_role('button', name='3 A newborn').click()
    assert numbers(words(t))[0]==min(view.life_draws) and not state(t, 'playing')
    assert t.evaluate('document.documentElement.scrollWidth')<=400
    t.locator('[data-trait=sort] button').nth(1).click()
    t.locator('.cdebm canvas').first.scroll_into_view_if_needed()
    box = t.locator('.cdebm canvas').first.bounding_box()
    t.mouse.click(box['x'] + 12, box['y'] + 12)     # the first tile has the most draws
    assert numbers(words(t))[0]==max(view.life_draws) and 'changed by an augmentation' in words(t)
    keep(t, 'inspect-phone')
    none = opened(tab(), saved['none'][0])
    assert 'No life was recorded' in words(none) and len(state(none, 'lesson_list'))==2
    keep(none, 'inspect-none')
    assert t.asked==t.wrong==none.wrong==[]
