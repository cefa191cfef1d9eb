// Converts the times on a page to the reader's time zone. Without JavaScript, the times stay in UTC.
'use strict';
(() => {
  const twoDigits = n => String(n).padStart(2, '0');
  for (const element of document.querySelectorAll('time[datetime]')) {
    const at = new Date(element.dateTime);
    if (isNaN(at)) continue;
    const offset = -at.getTimezoneOffset();
    const zone = (offset < 0 ? '-' : '+') + twoDigits(Math.floor(Math.abs(offset) / 60)) + ':' + twoDigits(Math.abs(offset) % 60);
    const day = at.getFullYear() + '-' + twoDigits(at.getMonth() + 1) + '-' + twoDigits(at.getDate());
    element.title = element.textContent;
    element.textContent = day + ' ' + twoDigits(at.getHours()) + ':' + twoDigits(at.getMinutes()) + ':' + twoDigits(at.getSeconds()) + ' ' + (offset ? zone : 'UTC');
  }
})();
