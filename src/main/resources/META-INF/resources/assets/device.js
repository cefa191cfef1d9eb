// Registers this browser for notifications. The page has a paragraph for each state.
'use strict';
(() => {
  const form = document.getElementById('register');
  if (!form) return;

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const state = id => {
    for (const one of document.querySelectorAll('[data-push]')) one.hidden = one.dataset.push !== id;
  };

  async function subscribe() {
    const worker = await navigator.serviceWorker.register('/sw.js');
    if (await Notification.requestPermission() !== 'granted') return state('denied');
    await navigator.serviceWorker.ready;
    const key = bytes(form.dataset.key);
    let known = await worker.pushManager.getSubscription();
    if (known && text(known.options.applicationServerKey) !== form.dataset.key) {
      await known.unsubscribe();
      known = null;
    }
    const made = known ?? await worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key});
    form.elements.endpoint.value = made.endpoint;
    form.elements.p256dh.value = text(made.getKey('p256dh'));
    form.elements.auth.value = text(made.getKey('auth'));
    form.submit();
  }

  async function mark() {
    const worker = await navigator.serviceWorker.getRegistration('/');
    const known = await worker?.pushManager.getSubscription();
    if (!known) return;
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(known.endpoint));
    const hex = [...new Uint8Array(hash)].map(b => b.toString(16).padStart(2, '0')).join('');
    document.querySelector(`[data-endpoint="${hex}"]`)?.removeAttribute('hidden');
  }

  if (!window.isSecureContext) return state('insecure');
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return state('unsupported');
  state('ready');
  form.hidden = false;
  form.elements.name.value ||= navigator.userAgentData?.platform ?? navigator.platform;
  form.addEventListener('submit', event => {
    event.preventDefault();
    subscribe().catch(() => state('failed'));
  });
  mark().catch(() => {});
})();
