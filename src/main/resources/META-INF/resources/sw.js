// Shows pushed messages, and acknowledges an incident by the button of its notification. The message
// is the JSON that WebPushConfig writes.
'use strict';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('push', event => {
  let message;
  try {
    message = event.data.json();
  } catch {
    message = {title: 'Pharos', body: event.data?.text() ?? '', tag: 'pharos'};
  }
  event.waitUntil(show(message.title, message.body, message));
});

function show(title, body, message) {
  const actions = [];
  if (message.acknowledge) actions.push({action: 'acknowledge', title: message.acknowledge.label});
  if (message.open) actions.push({action: 'open', title: message.open.label});
  return self.registration.showNotification(title, {
    body, actions, data: message, lang: message.lang, tag: message.tag, renotify: true,
    requireInteraction: message.firing === true, icon: '/icon-192.png', badge: '/icon-192.png',
  });
}

self.addEventListener('notificationclick', event => {
  const message = event.notification.data ?? {};
  event.notification.close();
  event.waitUntil(event.action === 'acknowledge' ? acknowledge(message) : open(message.open?.url ?? '/'));
});

// The parameters of the signed link are the fields of the form on its page. Success is a redirect.
async function acknowledge(message) {
  const link = new URL(message.acknowledge.url);
  try {
    const answer = await fetch('/acknowledge', {
      method: 'POST', redirect: 'manual',
      headers: {'Content-Type': 'application/x-www-form-urlencoded'},
      body: link.search.slice(1) + '&by=' + encodeURIComponent(message.by),
    });
    if (answer.type === 'opaqueredirect') {
      return show(message.acknowledged, message.title, {...message, acknowledge: undefined, firing: false});
    }
  } catch { /* the page says what is wrong */ }
  return open(link.href);
}

// Opens a page in a window of Pharos, if there is one.
async function open(address) {
  const page = new URL(address, self.location.href);
  const here = self.location.origin + page.pathname + page.search + page.hash;
  const [known] = await self.clients.matchAll({type: 'window'});
  return known ? (await known.focus()).navigate(here) : self.clients.openWindow(here);
}

// The browser has ended the subscription, so messages no longer arrive here.
self.addEventListener('pushsubscriptionchange', event => event.waitUntil(
  show('Pharos', '/me', {tag: 'subscription', open: {label: '/me', url: '/me'}})));
