// Converts times to the reader's time zone; without JavaScript they stay in UTC.
'use strict';
(() => {
  const two = n => String(n).padStart(2, '0');
  for (const element of document.querySelectorAll('time[datetime]')) {
    const at = new Date(element.dateTime);
    if (isNaN(at)) continue;
    const offset = -at.getTimezoneOffset();
    const zone = (offset < 0 ? '-' : '+') + two(Math.floor(Math.abs(offset) / 60)) + ':' + two(Math.abs(offset) % 60);
    const day = at.getFullYear() + '-' + two(at.getMonth() + 1) + '-' + two(at.getDate());
    element.title = element.textContent;
    element.textContent = day + ' ' + two(at.getHours()) + ':' + two(at.getMinutes()) + ':' + two(at.getSeconds()) + ' ' + (offset ? zone : 'UTC');
  }
})();
