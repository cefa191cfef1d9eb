// Draws a dashboard. A contact sheet has its data in #sheet; a page of Pharos names in #panels where they are, and
// reads them again and again. The numbers of panels without axes are formatted texts.
'use strict';
(() => {
  const live = document.getElementById('panels');
  // The words of a page that is not in English.
  const words = JSON.parse(document.documentElement.dataset.words ?? '{}');
  const say = (text, ...values) => (words[text] ?? text).replace(/\{[#~]?\}/g, () => values.shift());
  const sheet = live ? null : JSON.parse(document.getElementById('sheet').textContent);
  const forced = ['dark', 'light'].find(theme => location.hash === '#' + theme);
  if (forced) document.documentElement.style.colorScheme = forced;
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => forced ? forced === 'dark' : darkness.matches;

  // Colours that are distinct with red-green blindness, on light and dark backgrounds.
  const PALETTE = ['#3b82d6', '#e0862b', '#1f9e89', '#b45cc4', '#d14b6a', '#7a8b2f', '#4db6e4', '#a0673c', '#8577e0', '#c2a01e'];
  const HUES = {
    green: ['#1a7f37', '#56d364'], yellow: ['#9a6700', '#e3b341'], orange: ['#bc4c00', '#f0883e'], red: ['#cf222e', '#ff7b72'],
    blue: ['#0969da', '#6cb6ff'], purple: ['#8250df', '#d2a8ff'], gray: ['#6e7781', '#8b949e'], text: ['#1b1b1b', '#d8d9da'],
    white: ['#ffffff', '#ffffff'], black: ['#000000', '#000000'], transparent: ['#00000000', '#00000000'],
  };
  const SHADES = {'super-light': .55, light: .3, 'semi-dark': -.18, dark: -.32};

  function color(name, index) {
    if (!name) return PALETTE[index % PALETTE.length];
    if (/^(#|rgb|hsl)/.test(name)) return name;
    const shade = Object.keys(SHADES).find(it => name.startsWith(it + '-'));
    const pair = HUES[shade ? name.slice(shade.length + 1) : name] ?? HUES.gray;
    const hue = pair[isDark() ? 1 : 0];
    return shade ? mixed(hue, SHADES[shade]) : hue;
  }

  function mixed(hue, by) {
    const part = at => parseInt(hue.slice(at, at + 2), 16);
    const mix = value => Math.round(by > 0 ? value + (255 - value) * by : value * (1 + by));
    return '#' + [1, 3, 5].map(at => mix(part(at)).toString(16).padStart(2, '0')).join('');
  }

  const alpha = (hue, share) => /^#[0-9a-f]{6}$/i.test(hue) ? hue + Math.round(share * 255).toString(16).padStart(2, '0') : hue;

  // The current colour of a CSS variable, in a form that a canvas accepts.
  function css(name) {
    const probe = (live ?? document.body).appendChild(document.createElement('i'));
    probe.style.color = 'var(' + name + ')';
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  // As ControlCharacters: a label can't change the direction of the text beside it.
  const plain = text => String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text != null) element.textContent = plain(text);
    return element;
  }

  function svg(tag, attributes) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // 24-hour times in the reader's time zone.
  const two = n => String(n).padStart(2, '0');
  const day = at => two(at.getMonth() + 1) + '-' + two(at.getDate());
  const clock = (at, seconds) => two(at.getHours()) + ':' + two(at.getMinutes()) + (seconds ? ':' + two(at.getSeconds()) : '');
  const moment = millis => day(new Date(millis)) + ' ' + clock(new Date(millis), true);
  const tick = (millis, span) => span > 36 * 3600e3 ? day(new Date(millis)) + ' ' + clock(new Date(millis)) : clock(new Date(millis), span < 600e3);

  const number = value => {
    if (value == null) return '–';
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(1) : String(+value.toPrecision(4));
  };
  const SUFFIX_ALONE = ['', '%', '°C'];
  const shown = (value, axis) => number(value / axis.divisor) + (SUFFIX_ALONE.includes(axis.suffix) ? '' : ' ') + axis.suffix;

  const readings = (view, body) => {
    if (view.layout === 'bars') return bars(view, body);
    const all = body.appendChild(make('div', 'readings'));
    const room = Math.max(60, body.clientWidth / view.readings.length);
    for (const one of view.readings) {
      const box = all.appendChild(make('div', 'reading'));
      const hue = color(one.color, 0), length = one.text.length + one.suffix.length * .6 + 1;
      box.style.setProperty('--size', Math.max(13, Math.min(34, room / length * 1.5, body.clientHeight * .5)) + 'px');
      if (view.isFilled) box.style.background = alpha(hue, .85);
      box.style.color = view.isFilled ? (isDark() ? '#111' : '#fff') : 'inherit';
      if (view.layout === 'gauge') box.append(arc(one.share, hue));
      else if (one.spark.length > 1) box.append(spark(one.spark, view.isFilled ? '#ffffff' : hue));
      const value = box.appendChild(make('div', 'value', one.text));
      if (!view.isFilled) value.style.color = hue;
      if (one.suffix) value.append(make('small', '', ' ' + one.suffix));
      if (one.name) box.append(make('div', 'name', one.name));
    }
  };

  function spark(values, hue) {
    const some = values.filter(value => value != null), low = Math.min(...some), high = Math.max(...some);
    const last = values.length - 1;
    const points = values.map((value, i) => value == null ? null : (i / last * 100).toFixed(2) + ',' + (28 - (value - low) / (high - low || 1) * 24).toFixed(2)).filter(Boolean);
    const drawing = svg('svg', {class: 'spark', viewBox: '0 0 100 30', preserveAspectRatio: 'none'});
    if (!points.length) return drawing;
    const first = points[0].split(',')[0], end = points.at(-1).split(',')[0];
    drawing.append(
      svg('polygon', {points: first + ',30 ' + points.join(' ') + ' ' + end + ',30', fill: alpha(hue, .14)}),
      svg('polyline', {points: points.join(' '), fill: 'none', stroke: alpha(hue, .7), 'stroke-width': 1.2, 'vector-effect': 'non-scaling-stroke'}));
    return drawing;
  }

  function arc(share, hue) {
    const at = part => { const angle = Math.PI * (1 - part); return (50 + 42 * Math.cos(angle)).toFixed(2) + ' ' + (48 - 42 * Math.sin(angle)).toFixed(2); };
    const path = (part, stroke) => svg('path', {d: `M ${at(0)} A 42 42 0 0 1 ${at(part)}`, fill: 'none', stroke, 'stroke-width': 11});
    const drawing = svg('svg', {class: 'arc', viewBox: '0 0 100 52'});
    drawing.append(path(1, css('--line')), path(Math.max(.001, share), hue));
    return drawing;
  }

  function bars(view, body) {
    const all = body.appendChild(make('div', 'bars'));
    for (const one of view.readings) {
      const track = make('div', 'track'), bar = track.appendChild(make('i'));
      bar.style.width = Math.max(.5, one.share * 100) + '%';
      bar.style.background = color(one.color, 0);
      all.append(make('div', 'name', one.name), track, make('div', 'figure', one.text + (SUFFIX_ALONE.includes(one.suffix) ? '' : ' ') + one.suffix));
    }
  }

  // Stacked values: each line is drawn above the sum of the lines before it.
  function columns(view) {
    const sum = new Array(view.points).fill(0);
    return view.lines.map(line => line.isStacked ? line.values.map((value, at) => value == null ? null : (sum[at] += value)) : line.values);
  }

  function bands(view) {
    const stacked = view.lines.map((line, i) => line.isStacked ? i + 1 : 0).filter(Boolean);
    return stacked.slice(1).map((at, i) => ({series: [at, stacked[i]], dir: -1}));
  }

  const PATHS = {bars: uPlot.paths.bars({size: [.8, 40]}), stepped: uPlot.paths.stepped({align: 1})};

  function curve(line, i) {
    const hue = color(line.color, i);
    const paths = line.draw === 'bars' ? PATHS.bars : line.isStepped ? PATHS.stepped : line.draw === 'points' ? () => null : undefined;
    const alone = line.values.filter(value => value != null).length === 1;
    return {
      label: line.name, stroke: hue, width: line.width, scale: line.isRight ? 'right' : 'left', spanGaps: line.spans,
      fill: line.fill > 0 ? alpha(hue, line.fill) : undefined, dash: line.isDashed ? [8, 5] : undefined, paths,
      points: {show: line.draw === 'points' || alone, size: 5},
    };
  }

  // From the lowest to the highest value, with the drawn thresholds, and with zero if it is near.
  function range(axis, low, high, bounds) {
    const lines = bounds.filter(bound => bound.isLine).map(bound => bound.value);
    let from = Math.min(...lines, low ?? 0), to = Math.max(...lines, high ?? 1);
    const room = (to - from || Math.abs(to) || 1) * .08;
    from = from >= 0 && from <= (to - from) * .6 ? 0 : from - room;
    return [axis.min ?? from, axis.max ?? Math.max(to + room, axis.min ?? -Infinity)];
  }

  function paint(u, view) {
    const {ctx, bbox} = u, ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const bound of view.bounds) {
      const y = u.valToPos(bound.value, 'left', true), hue = color(bound.color, 0);
      if (bound.isArea) {
        ctx.fillStyle = alpha(hue, .1);
        ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top);
      }
      if (bound.isLine) stroke(ctx, hue, [6 * ratio, 4 * ratio], bbox.left, y, bbox.left + bbox.width, y);
    }
    for (const mark of view.marks) {
      if (!mark.at) continue;
      const from = u.valToPos(mark.at / 1000, 'x', true), to = u.valToPos(mark.until / 1000, 'x', true), hue = color(mark.color, 0);
      if (to > from) {
        ctx.fillStyle = alpha(hue, .1);
        ctx.fillRect(from, bbox.top, to - from, bbox.height);
      }
      stroke(ctx, hue, [3 * ratio, 3 * ratio], from, bbox.top, from, bbox.top + bbox.height);
    }
    ctx.restore();
  }

  function stroke(ctx, hue, dash, x1, y1, x2, y2) {
    ctx.strokeStyle = hue;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  }

  // Steps that are round numbers in the unit of the axis.
  const steps = axis => Array.from({length: 60}, (_, i) => [1, 2, 5][i % 3] * 10 ** (Math.floor(i / 3) - 8) * axis.divisor);

  const lines = (view, body) => {
    const box = body.appendChild(make('div', 'plot'));
    if (view.legend.isShown) body.append(legend(view));
    const notes = view.marks.filter(mark => !mark.at).map(mark => mark.text);
    if (notes.length) body.append(make('div', 'notes', notes.join('; ')));
    const times = Array.from({length: view.points}, (_, i) => (view.fromMillis + i * view.stepMillis) / 1000);
    const line = {stroke: css('--dim'), grid: {stroke: css('--line'), width: 1}, ticks: {show: false}, font: '11px system-ui, sans-serif'};
    const axes = [
      {...line, size: 24, space: 70, values: (u, ticks) => ticks.map(at => tick(at * 1000, view.points * view.stepMillis))},
      {...line, scale: 'left', size: 62, space: 26, incrs: steps(view.left), values: (u, ticks) => ticks.map(value => value == null ? '' : shown(value, view.left))},
    ];
    if (view.right) axes.push({...line, scale: 'right', side: 1, size: 62, grid: {show: false}, incrs: steps(view.right), values: (u, ticks) => ticks.map(value => value == null ? '' : shown(value, view.right))});
    const scale = (axis, bounds) => axis.isLog ? {distr: 3} : {range: (u, low, high) => range(axis, low, high, bounds)};
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', say('Lines: {~}', view.lines.map(line => line.name).slice(0, 20).join(', ') || say('none')));
    return new uPlot({
      width: box.clientWidth, height: box.clientHeight, legend: {show: false}, padding: [6, 26, 0, 0],
      cursor: live ? {sync: {key: 'time'}, drag: {x: true, y: false, setScale: false}, points: {size: 5}} : {show: false},
      series: [{}, ...view.lines.map(curve)], bands: bands(view), axes,
      scales: {left: scale(view.left, view.bounds), ...(view.right ? {right: scale(view.right, [])} : {})},
      hooks: {draw: [u => paint(u, view)], ...(live ? {setCursor: [u => tip(u, view)], setSelect: [u => zoom(u)]} : {})},
    }, [times, ...columns(view)], box);
  };

  // The values under the pointer, the largest first.
  function tip(u, view) {
    const at = u.cursor.idx;
    let box = u.over.querySelector('.tip');
    if (at == null || u.cursor.left < 0 || !u.over.matches(':hover')) return box?.remove();
    box ??= u.over.appendChild(make('div', 'tip'));
    box.replaceChildren(make('b', '', moment(u.data[0][at] * 1000)));
    const rows = view.lines.map((line, i) => ({line, i, value: line.values[at]})).filter(row => row.value != null);
    rows.sort((one, other) => other.value - one.value);
    for (const {line, i, value} of rows.slice(0, 12)) {
      const row = box.appendChild(make('div')), swatch = row.appendChild(make('span', 'swatch'));
      swatch.style.background = color(line.color, i);
      row.append(make('span', '', line.name), make('b', '', shown(value, line.isRight ? view.right : view.left)));
    }
    if (rows.length > 12) box.append(make('div', 'dim', say('{#} more', rows.length - 12)));
    for (const mark of view.marks) {
      if (Math.abs(u.valToPos(mark.at / 1000, 'x') - u.cursor.left) < 8) box.append(make('div', 'dim', mark.text));
    }
    const isRight = u.cursor.left > u.over.clientWidth / 2;
    box.style.left = isRight ? '' : u.cursor.left + 14 + 'px';
    box.style.right = isRight ? u.over.clientWidth - u.cursor.left + 14 + 'px' : '';
    box.style.top = '4px';
  }

  // The reader marked a range: the page shows it.
  function zoom(u) {
    if (u.select.width < 8) return;
    const time = left => Math.round(u.posToVal(left, 'x') * 1000);
    const address = new URL(location.href);
    address.searchParams.set('from', time(u.select.left));
    address.searchParams.set('to', time(u.select.left + u.select.width));
    location.assign(address);
  }

  function legend(view) {
    const box = make('div', 'legend'), table = box.appendChild(make('table'));
    if (view.legend.columns.length) {
      const head = table.appendChild(make('tr'));
      [say('Name'), ...view.legend.columns].forEach(name => head.append(make('th', '', name)));
    }
    view.lines.forEach((line, i) => {
      const row = table.appendChild(make('tr')), name = row.appendChild(make('td'));
      const swatch = name.appendChild(make('span', 'swatch'));
      swatch.style.background = color(line.color, i);
      name.append(plain(line.name));
      name.title = plain(line.name);
      line.figures.forEach(figure => row.append(make('td', '', figure)));
    });
    return box;
  }

  const table = (view, body) => {
    const box = body.appendChild(make('div', 'table')), all = box.appendChild(make('table')), head = all.appendChild(make('tr'));
    view.columns.forEach(column => head.append(make('th', column.isNumber ? 'number' : '', column.name)));
    for (const row of view.rows) {
      const line = all.appendChild(make('tr'));
      row.forEach((cell, i) => {
        const td = line.appendChild(make('td', view.columns[i].isNumber ? 'number' : '', cell.text));
        const hue = cell.color && color(cell.color, 0);
        if (cell.share >= 0) td.style.background = `linear-gradient(90deg, ${alpha(hue || PALETTE[0], .45)} ${cell.share * 100}%, transparent 0)`;
        else if (hue && cell.isFilled) td.style.background = alpha(hue, .45);
        else if (hue) td.style.color = hue;
      });
    }
    if (view.more) body.append(make('div', 'notes', say('{#} more rows are left out', view.more)));
  };

  const heat = (view, body) => {
    const box = body.appendChild(make('div', 'plot')), canvas = box.appendChild(make('canvas'));
    const width = box.clientWidth, height = box.clientHeight, ratio = devicePixelRatio;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = width + 'px';
    canvas.style.height = height + 'px';
    const ctx = canvas.getContext('2d');
    ctx.scale(ratio, ratio);
    ctx.font = '11px system-ui, sans-serif';
    const left = 62, bottom = 22, w = width - left - 8, h = height - bottom - 4;
    const rows = view.buckets.length, most = Math.max(...view.counts.flat().map(count => count ?? 0));
    const cell = h / rows, column = w / view.points, hue = isDark() ? '#f0883e' : '#bc4c00';
    view.counts.forEach((counts, row) => counts.forEach((count, at) => {
      if (count == null) return;
      ctx.fillStyle = alpha(hue, .08 + .92 * Math.sqrt(count / most));
      ctx.fillRect(left + at * column, 4 + h - (row + 1) * cell + .5, Math.max(column - (column > 4 ? 1 : 0), .7), Math.max(cell - 1, 1));
    }));
    ctx.fillStyle = css('--dim');
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    const skip = Math.ceil(14 / cell);
    view.buckets.forEach((name, row) => { if (row % skip === 0) ctx.fillText(name, left - 6, 4 + h - (row + .5) * cell); });
    ctx.textAlign = 'center';
    const span = view.points * view.stepMillis, ticks = Math.max(2, Math.min(6, Math.floor(w / 90)));
    for (let i = 0; i < ticks; i++) {
      const part = (i + .5) / ticks;
      ctx.fillText(tick(view.fromMillis + part * span, span), left + part * w, height - bottom / 2);
    }
    body.append(make('div', 'dim', say('darkest: {}', view.most)));
  };

  const states = (view, body) => {
    const all = body.appendChild(make('div', 'states')), span = view.untilMillis - view.fromMillis;
    for (const row of view.rows) {
      const track = make('div', 'track');
      for (const state of row.states) {
        const bar = track.appendChild(make('i', '', state.text)), hue = color(state.color, 0);
        bar.style.left = (state.from - view.fromMillis) / span * 100 + '%';
        bar.style.width = (state.until - state.from) / span * 100 + '%';
        bar.style.background = alpha(hue, .8);
        if (!isDark()) bar.style.color = '#fff';
        bar.title = state.text + ', ' + moment(state.from) + ' ' + say('to') + ' ' + moment(state.until);
      }
      all.append(make('div', 'name', row.name), track);
    }
    const times = make('div', 'times');
    for (let i = 0; i < 4; i++) times.append(make('span', '', tick(view.fromMillis + span * i / 3, span)));
    all.append(make('div'), times);
    if (view.more) body.append(make('div', 'notes', say('{#} more rows are left out', view.more)));
  };

  const LEVELS = [[/^(error|err|fatal|panic|crit)/i, 'red'], [/^warn/i, 'orange'], [/^info/i, 'green'], [/^(debug|trace)/i, 'blue']];
  const logs = (view, body) => {
    const box = body.appendChild(make('div', 'logs'));
    for (const one of view.lines) {
      const line = box.appendChild(make('div')), level = LEVELS.find(([name]) => name.test(one.level));
      line.style.borderColor = level ? color(level[1], 0) : '';
      line.append(make('time', '', moment(one.atMillis)), plain(one.line));
    }
    if (view.isCut) body.append(make('div', 'notes', say('older lines are left out')));
  };

  const said = (className, text) => (view, body) => body.append(make('div', 'said ' + className, text(view)));
  const DRAW = {
    Readings: readings, Lines: lines, Table: table, Heat: heat, States: states, LogLines: logs,
    Text: (view, body) => { body.appendChild(make('div', 'text')).innerHTML = view.html; },
    Empty: said('empty', view => say(view.text)), Undrawn: said('undrawn', view => say('Not drawn: {~}', view.reason)),
  };

  function draw(panel, body) {
    plots.get(body)?.destroy?.();
    body.replaceChildren();
    const frame = body.parentElement;
    try {
      plots.set(body, DRAW[panel.view.kind](panel.view, body));
      if (live) for (const box of body.querySelectorAll('.table, .legend, .logs, .text, .readings, .bars, .states, .said')) if (box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      frame.dataset.state = {Empty: 'empty', Undrawn: 'undrawn'}[panel.view.kind] ?? 'drawn';
    } catch (error) {
      body.replaceChildren(make('div', 'said undrawn', say('Not drawn: {~}', error)));
      frame.dataset.state = 'failed';
    }
  }

  const plots = new Map();
  let bodies = [];
  function dashboard() {
    const nav = document.body.appendChild(make('nav'));
    for (const one of sheet.dashboards) {
      const link = nav.appendChild(make(one.isThis ? 'b' : 'a', '', one.title));
      if (!one.isThis) link.href = one.href;
    }
    document.body.append(make('h1', '', sheet.title), make('div', '', sheet.description));
    document.body.append(make('div', 'dim', moment(sheet.from) + ' to ' + moment(sheet.until) + ', asked of ' + sheet.source));
    const variables = document.body.appendChild(make('div', 'variables'));
    for (const one of sheet.variables) variables.append(make('span', '', one.label + ': ' + one.text));
    board(sheet, document.body);
  }

  // Adds the sections with their panels, still empty, to an element.
  function board(sheet, root) {
    bodies = [];
    sheet.remarks.forEach(text => root.append(make('div', 'remark', text)));
    for (const section of sheet.sections) {
      // A row without any data is folded, and its heading says why.
      const why = section.panels.map(panel => panel.view.kind === 'Empty' ? say(panel.view.text) : '');
      const isFolded = section.title && why.every(Boolean);
      const home = isFolded ? root.appendChild(make('details')) : root;
      if (isFolded) home.append(make('summary', '', section.title + ': ' + [...new Set(why)].slice(0, 3).join('; ')));
      else if (section.title) home.append(make('h2', '', section.title));
      const grid = home.appendChild(make('div', 'grid'));
      for (const panel of section.panels) {
        const frame = grid.appendChild(make('section', 'panel' + (panel.w <= 8 && panel.view.kind === 'Readings' ? ' narrow' : '')));
        frame.id = 'panel-' + panel.id;
        frame.title = panel.description;
        frame.style.gridArea = `${panel.y + 1} / ${panel.x + 1} / span ${panel.h} / span ${panel.w}`;
        const head = frame.appendChild(make('h3'));
        head.append(make('span', 'title', panel.title));
        if (live) head.append(links(panel));
        bodies.push([panel, frame.appendChild(make('div', 'body'))]);
      }
    }
  }

  function index() {
    document.body.append(make('h1', '', sheet.title), make('div', 'dim', moment(sheet.from) + ' to ' + moment(sheet.until) + ', asked of ' + sheet.source));
    const all = document.body.appendChild(make('div', 'index'));
    for (const one of sheet.dashboards) {
      const box = all.appendChild(make('section', 'panel')), head = box.appendChild(make('h2'));
      head.style.margin = '0 0 4px';
      head.appendChild(make('a', '', one.title)).href = one.href;
      box.append(make('div', '', one.description), make('div', 'dim', one.counts));
    }
  }

  // The panel's queries on the query page, and the panel in Grafana.
  function links(panel) {
    const box = make('span', 'links');
    const link = (text, address) => { box.append(' '); box.appendChild(make('a', '', text)).href = address; };
    if (panel.expressions.length) {
      const query = new URLSearchParams();
      panel.expressions.slice(0, 8).forEach((expression, i) => {
        query.set('g' + i + '.expr', expression);
        query.set('g' + i + '.range_input', Math.round((latest.until - latest.from) / 1000) + 's');
        if (!live.dataset.now) query.set('g' + i + '.end_input', latest.until / 1000);
      });
      link(say('query'), '/graph?' + query);
    }
    if (live.dataset.grafana) link('Grafana', live.dataset.grafana + '&viewPanel=' + panel.id);
    return box;
  }

  // A page of Pharos: reads the panels, and again after each interval while somebody looks at it.
  let latest = null, readAt = 0;
  async function update() {
    const said = document.getElementById('updated');
    try {
      readAt = Date.now();
      const response = await fetch(live.dataset.panels);
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.problem ? say(answer.problem) : say('the server answered {}', response.status));
      latest = answer;
      const opened = new Set([...live.querySelectorAll('details[open] > summary')].map(it => it.textContent));
      const next = make('div');
      plots.forEach(plot => plot?.destroy?.());
      plots.clear();
      board(answer, next);
      live.replaceChildren(...next.childNodes);
      for (const summary of live.querySelectorAll('details > summary')) if (opened.has(summary.textContent)) summary.parentElement.open = true;
      drawAll();
      said.textContent = say('Read {}.', clock(new Date(), true));
      said.className = 'dim small';
    } catch (error) {
      said.textContent = say('Not updated: {~}.', error.message) + ' ' + (latest ? say('The panels show {}.', moment(latest.until)) : '');
      said.className = 'notice failed';
    }
  }
  function keepUpdated() {
    update();
    const every = +live.dataset.refresh * 1000;
    if (every) setInterval(() => { if (!document.hidden && Date.now() - readAt >= every - 500) update(); }, 1000);
    document.addEventListener('toggle', event => { if (event.target.open && live.contains(event.target)) drawAll(); }, true);
    document.getElementById('range')?.addEventListener('change', event => event.target.closest('details') || event.currentTarget.requestSubmit());
  }

  const drawAll = () => {
    bodies.forEach(([panel, body]) => { if (body.clientWidth) draw(panel, body); });
    document.body.dataset.height = document.documentElement.scrollHeight;
  };
  if (live) keepUpdated();
  else {
    if (sheet.sections) dashboard();
    else index();
    drawAll();
  }
  darkness.addEventListener('change', drawAll);
  let width = innerWidth, later = 0;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(later);
    later = setTimeout(drawAll, 150);
  });
})();
