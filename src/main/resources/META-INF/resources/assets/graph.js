// Draws the charts of the graph page from the JSON in their data-chart attribute.
'use strict';
(() => {
  // The words of a page that is not in English.
  const words = JSON.parse(document.documentElement.dataset.words ?? '{}');
  const say = (text, ...values) => (words[text] ?? text).replace(/\{[#~]?\}/g, () => values.shift());

  // Colours that are distinct with red-green blindness, on light and dark backgrounds.
  const COLORS = ['#3b82d6', '#e0862b', '#1f9e89', '#b45cc4', '#d14b6a', '#7a8b2f', '#4db6e4', '#a0673c', '#8577e0', '#c2a01e'];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const color = i => COLORS[i % COLORS.length];

  // Names that Pharos gives to lines; the others are of series and probes.
  const OWN = ['tolerated', 'new version', 'baseline', 'its service', 'evidence', 'error budget', 'value'];

  const formatValue = ({value}) => {
    if (value == null) return '–';
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(+value.toPrecision(5));
  };

  function lines(chart) {
    return chart.lines.map((line, i) => ({
      label: OWN.includes(line.name) ? say(line.name) : line.name,
      stroke: line.limit ? limitColor() : color(i),
      width: line.limit ? 1.5 : 2,
      dash: line.limit ? [8, 5] : undefined,
      fill: chart.stacked && !line.limit ? color(i) + '80' : undefined,
      points: {show: chart.points < 40 ? true : undefined, size: 5},
      value: (u, v, s, at) => formatValue({value: at == null ? null : line.values[at]}),
    }));
  }

  // Stacked values: each line is drawn above the sum of the lines before it.
  function columns(chart) {
    const stacked = chart.lines.filter(line => !line.limit);
    const hasValue = Array.from({length: chart.points}, (_, at) => stacked.some(line => line.values[at] != null));
    const sum = new Array(chart.points).fill(0);
    return chart.lines.map(line => {
      if (!chart.stacked || line.limit) return line.values;
      return line.values.map((value, at) => hasValue[at] ? (sum[at] += value ?? 0) : null);
    });
  }

  function bands(chart) {
    if (!chart.stacked) return [];
    return chart.lines.flatMap((line, i) => i > 0 && !line.limit ? [{series: [i + 1, i]}] : []);
  }

  function range(chart, low, high) {
    const values = chart.bounds.map(bound => bound.value);
    if (low != null) values.push(low, high);
    if (chart.stacked) values.push(0);
    if (!values.length) return [0, 1];
    let from = Math.min(...values), to = Math.max(...values);
    const room = (to - from || Math.abs(to) || 1) * 0.08;
    // If no value is negative and zero is near, the scale starts at zero.
    from = from >= 0 && from <= (to - from) * 0.5 ? 0 : from - room;
    return [from, to + room];
  }

  function paint(u, chart) {
    const {ctx, bbox} = u, ratio = devicePixelRatio;
    ctx.save();
    ctx.font = 12 * ratio + 'px system-ui, sans-serif';
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([8 * ratio, 5 * ratio]);
    ctx.strokeStyle = ctx.fillStyle = limitColor();
    for (const bound of chart.bounds) {
      const y = u.valToPos(bound.value, 'y', true);
      stroke(ctx, bbox.left, y, bbox.left + bbox.width, y);
      const text = bound.op + ' ' + formatValue(bound);
      const above = y - bbox.top > 20 * ratio;
      ctx.textAlign = 'right';
      ctx.fillText(text, bbox.left + bbox.width - 4 * ratio, above ? y - 5 * ratio : y + 15 * ratio);
    }
    ctx.strokeStyle = ctx.fillStyle = getComputedStyle(document.body).color;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    const marks = [[chart.since, say('start')], [chart.until, say('end')], ...chart.marks];
    for (const [index, [time, word]] of marks.entries()) {
      if (time == null || time < u.scales.x.min || time > u.scales.x.max) continue;
      const x = u.valToPos(time, 'x', true);
      stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
      const left = x > bbox.left + bbox.width / 2;
      ctx.textAlign = left ? 'right' : 'left';
      ctx.fillText(word, x + (left ? -4 : 4) * ratio, bbox.top + (13 + 15 * (index % 5)) * ratio);
    }
    ctx.restore();
  }

  function stroke(ctx, x1, y1, x2, y2) {
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  }

  const limitColor = () => getComputedStyle(document.documentElement).getPropertyValue('--bad');

  // 24-hour times, with the date at the first tick of a day.
  const twoDigits = n => String(n).padStart(2, '0');
  const day = at => twoDigits(at.getMonth() + 1) + '-' + twoDigits(at.getDate());
  const clock = (at, seconds) => twoDigits(at.getHours()) + ':' + twoDigits(at.getMinutes()) + (seconds ? ':' + twoDigits(at.getSeconds()) : '');
  function ticks(u, times, index, space, step) {
    let last = '';
    return times.map(time => {
      const at = new Date(time * 1000), today = day(at);
      const text = step >= 86400 ? today : clock(at, step < 60) + (today === last ? '' : '\n' + today);
      last = today;
      return text;
    });
  }

  function draw(element) {
    const chart = JSON.parse(element.dataset.chart);
    chart.marks = [...(element.closest('section')?.querySelectorAll('[data-mark]') ?? [])].map(mark => [+mark.dataset.mark, mark.dataset.word]);
    const style = getComputedStyle(document.body);
    const times = Array.from({length: chart.points}, (_, i) => chart.from + i * chart.step);
    const axis = {stroke: style.color, grid: {stroke: '#8883', width: 1}, ticks: {stroke: '#8886', width: 1}};
    const series = lines(chart);
    element.replaceChildren();
    const size = () => ({width: element.clientWidth, height: Math.max(240, Math.min(380, innerHeight * 0.45))});
    const plot = new uPlot({
      ...size(),
      series: [{label: say('Time'), value: (u, at) => at == null ? '–' : day(new Date(at * 1000)) + ' ' + clock(new Date(at * 1000), true)}, ...series],
      bands: bands(chart),
      axes: [{...axis, values: ticks}, {...axis, size: 58, values: (u, ticks) => ticks.map(value => formatValue({value}))}],
      scales: {y: {range: (u, low, high) => range(chart, low, high)}},
      legend: {show: chart.lines.length <= 8},
      cursor: {drag: {x: true, y: false, setScale: false}},
      hooks: {draw: [u => paint(u, chart)], setSelect: [u => zoom(u, element)]},
    }, [times, ...columns(chart)], element);
    return () => plot.setSize(size());
  }

  // The reader marked a range: the page shows it in this panel. Charts of other pages only show their own range.
  function zoom(u, element) {
    const form = element.closest('form'), panel = element.closest('section');
    const end = form && panel.querySelector('[name$=".end_input"]'), range = form && panel.querySelector('[name$=".range_input"]');
    if (u.select.width < 8 || !end) return;
    const from = u.posToVal(u.select.left, 'x'), to = u.posToVal(u.select.left + u.select.width, 'x');
    end.value = new Date(to * 1000).toISOString().slice(0, 19).replace('T', ' ');
    range.value = Math.max(1, Math.round(to - from)) + 's';
    form.requestSubmit();
  }

  let resize = [];
  function drawAll() {
    resize = [...document.querySelectorAll('.chart')].map(draw);
  }

  for (const table of document.querySelectorAll('.plot')) {
    for (const cell of table.querySelectorAll('[data-line]')) {
      const swatch = document.createElement('span');
      swatch.className = 'swatch';
      swatch.style.background = color(+cell.dataset.line);
      cell.prepend(swatch);
    }
  }
  drawAll();
  document.addEventListener('htmx:afterSwap', drawAll);
  // A chart in a closed row has no width yet.
  document.addEventListener('toggle', () => resize.forEach(resizeChart => resizeChart()), true);
  addEventListener('resize', () => resize.forEach(resizeChart => resizeChart()));
  dark.addEventListener('change', drawAll);
})();
