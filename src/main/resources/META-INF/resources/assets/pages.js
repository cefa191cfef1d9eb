// Shows the times of a page in the reader's time zone, updates the page when something changes, and
// handles keys. Without JavaScript, absolute times stay in UTC, relative times stay as they were, and
// the reader reloads the page.
'use strict';
(() => {
  // The words of a page that is not in English.
  const words = JSON.parse(document.documentElement.dataset.words ?? '{}');
  const say = (text, ...values) => (words[text] ?? text).replace(/\{[#~]?\}/g, () => values.shift());

  const twoDigits = n => String(n).padStart(2, '0');

  const absolute = at => {
    const offset = -at.getTimezoneOffset();
    const zone = (offset < 0 ? '-' : '+') + twoDigits(Math.floor(Math.abs(offset) / 60)) + ':' + twoDigits(Math.abs(offset) % 60);
    const day = at.getFullYear() + '-' + twoDigits(at.getMonth() + 1) + '-' + twoDigits(at.getDate());
    return day + ' ' + twoDigits(at.getHours()) + ':' + twoDigits(at.getMinutes()) + ':' + twoDigits(at.getSeconds()) + ' ' + (offset ? zone : 'UTC');
  };

  const span = seconds => {
    if (seconds < 60) return say('{#} s', seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return say('{#} min', minutes);
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return minutes % 60 ? say('{#} h {#} min', hours, minutes % 60) : say('{#} h', hours);
    return hours % 24 ? say('{#} d {#} h', Math.floor(hours / 24), hours % 24) : say('{#} d', hours / 24);
  };

  const relative = at => {
    const seconds = Math.round((Date.now() - at) / 1000);
    return seconds === 0 ? say('now') : seconds > 0 ? say('{~} ago', span(seconds)) : say('in {~}', span(-seconds));
  };

  function showTimes(root) {
    for (const element of root.querySelectorAll('time[datetime]')) {
      const at = new Date(element.dateTime);
      if (isNaN(at)) continue;
      if (element.classList.contains('ago')) {
        element.title = absolute(at);
        element.textContent = relative(at);
      } else if (!element.title) {
        element.title = element.textContent;
        element.textContent = absolute(at);
      }
    }
  }

  // A part of the page that updates itself keeps what the reader opened and chose.
  let opened = new Set(), chosen = new Set();
  document.addEventListener('htmx:beforeSwap', event => {
    opened = new Set([...event.detail.target.querySelectorAll('details[open][id]')].map(it => it.id));
    chosen = new Set([...event.detail.target.querySelectorAll('input[type=checkbox]:checked')].map(it => it.value));
  });
  document.addEventListener('htmx:afterSwap', () => {
    for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
    for (const box of document.querySelectorAll('#live input[type=checkbox]')) box.checked = chosen.has(box.value);
  });

  // The server says when something changed; htmx then fetches the part again.
  function listen() {
    const side = document.getElementById('connection');
    const source = new EventSource('/live' + (document.getElementById('live').dataset.of ?? ''));
    source.onmessage = event => {
      side.textContent = say('live');
      side.className = 'state up';
      if (event.data === 'changed') htmx.trigger(document.body, 'changed');
    };
    source.onerror = () => {
      side.textContent = say('not live');
      side.className = 'state unknown';
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    };
    source.addEventListener('open', () => {
      if (side.className) htmx.trigger(document.body, 'changed');
    });
  }
  if (document.getElementById('live')) listen();

  // Keys: / filter, j and k next and previous row, o open it, s silence, g and a letter a page, ? the keys.
  const PAGES = {h: '/', i: '/incidents', r: '/rules', q: '/graph', t: '/targets', s: '/silences', d: '/releases'};
  let going = false;
  function move(by) {
    const rows = [...document.querySelectorAll('details.item > summary')].filter(row => row.offsetParent);
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + by))].focus();
  }
  document.addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
      event.preventDefault();
      location.href = '/find';
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, [contenteditable]')) return;
    if (going) {
      going = false;
      if (PAGES[event.key]) location.href = PAGES[event.key];
      return;
    }
    const row = document.activeElement?.closest('details.item');
    switch (event.key) {
      case '/': {
        const filter = document.querySelector('[role=search] input');
        if (filter) { event.preventDefault(); filter.focus(); }
        break;
      }
      case 'j': move(1); break;
      case 'k': move(-1); break;
      case 's': row?.querySelector('a[href^="/silences/new"]')?.click(); break;
      case 'g': going = true; break;
      case '?': document.getElementById('keys')?.showModal(); break;
    }
  });

  showTimes(document);
  document.addEventListener('htmx:afterSettle', event => showTimes(event.target));
  setInterval(() => showTimes(document), 5000);
})();
