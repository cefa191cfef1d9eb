// Shows the times of a page in the reader's time zone, and keeps relative times current.
// Without JavaScript, absolute times stay in UTC and relative times stay as they were.
'use strict';
(() => {
  const twoDigits = n => String(n).padStart(2, '0');

  const absolute = at => {
    const offset = -at.getTimezoneOffset();
    const zone = (offset < 0 ? '-' : '+') + twoDigits(Math.floor(Math.abs(offset) / 60)) + ':' + twoDigits(Math.abs(offset) % 60);
    const day = at.getFullYear() + '-' + twoDigits(at.getMonth() + 1) + '-' + twoDigits(at.getDate());
    return day + ' ' + twoDigits(at.getHours()) + ':' + twoDigits(at.getMinutes()) + ':' + twoDigits(at.getSeconds()) + ' ' + (offset ? zone : 'UTC');
  };

  const twoUnits = (large, unit, small, smallUnit) => large + ' ' + unit + (small ? ' ' + small + ' ' + smallUnit : '');

  const span = seconds => {
    if (seconds < 60) return seconds + ' s';
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return minutes + ' min';
    const hours = Math.floor(minutes / 60);
    return hours < 24 ? twoUnits(hours, 'h', minutes % 60, 'min') : twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
  };

  const relative = at => {
    const seconds = Math.round((Date.now() - at) / 1000);
    return seconds === 0 ? 'now' : seconds > 0 ? span(seconds) + ' ago' : 'in ' + span(-seconds);
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

  showTimes(document);
  document.addEventListener('htmx:afterSettle', event => showTimes(event.target));
  setInterval(() => showTimes(document), 5000);
})();
