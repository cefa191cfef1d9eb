// Completes expressions while somebody writes them: asks the server what may come at the cursor. Without JavaScript
// the editor is a plain text field.
'use strict';
(() => {
  // The words of a page that is not in English.
  const words = JSON.parse(document.documentElement.dataset.words ?? '{}');
  const say = (text, ...values) => (words[text] ?? text).replace(/\{[#~]?\}/g, () => values.shift());

  let asked = 0;

  function editor(field) {
    const list = document.createElement('ul');
    list.id = field.id + '-options';
    list.className = 'options';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', say('Completions'));
    list.hidden = true;
    field.after(list);
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', list.id);
    let from = 0, chosen = -1, later = 0;

    function close() {
      list.hidden = true;
      chosen = -1;
      field.removeAttribute('aria-activedescendant');
    }

    function choose(at) {
      chosen = at;
      [...list.children].forEach((row, i) => row.setAttribute('aria-selected', i === at ? 'true' : 'false'));
      list.children[at]?.scrollIntoView({block: 'nearest'});
      if (at >= 0) field.setAttribute('aria-activedescendant', list.children[at].id);
    }

    function accept(row) {
      const rest = field.value.slice(field.selectionStart).replace(/^[A-Za-z0-9_:]+/, row.dataset.kind === 'value' ? '$&' : '');
      let text = row.dataset.text;
      if (row.dataset.kind === 'value' && !/^["']/.test(rest)) text += '"';
      field.value = field.value.slice(0, from) + text + rest;
      field.selectionStart = field.selectionEnd = from + text.length;
      close();
      field.focus();
    }

    function show(found) {
      from = found.from;
      list.replaceChildren(...found.options.map((option, i) => {
        const row = document.createElement('li'), name = document.createElement('code'), detail = document.createElement('span');
        row.id = list.id + i;
        row.setAttribute('role', 'option');
        row.dataset.text = option.text;
        row.dataset.kind = option.kind;
        name.textContent = option.text;
        detail.textContent = [say(option.kind), option.detail].filter(Boolean).join(' · ');
        detail.className = 'dim small';
        row.append(name, ' ', detail);
        row.addEventListener('mousedown', event => { event.preventDefault(); accept(row); });
        return row;
      }));
      list.hidden = !found.options.length;
      choose(list.hidden ? -1 : 0);
    }

    async function ask() {
      const mine = ++asked;
      const query = new URLSearchParams({expr: field.value, cursor: field.selectionStart});
      try {
        const response = await fetch('/query/complete?' + query);
        if (response.ok && mine === asked && document.activeElement === field) show(await response.json());
      } catch (error) {
        close(); // without the server there are no completions
      }
    }

    field.addEventListener('input', () => { clearTimeout(later); later = setTimeout(ask, 80); });
    field.addEventListener('blur', close);
    field.addEventListener('keydown', event => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') return field.form.requestSubmit();
      if (event.ctrlKey && event.key === ' ') { event.preventDefault(); return void ask(); }
      if (list.hidden) return;
      const count = list.children.length;
      switch (event.key) {
        case 'ArrowDown': choose((chosen + 1) % count); break;
        case 'ArrowUp': choose((chosen + count - 1) % count); break;
        case 'Enter': case 'Tab': accept(list.children[chosen]); break;
        case 'Escape': close(); break;
        default: return;
      }
      event.preventDefault();
    });
  }

  document.querySelectorAll('textarea.editor').forEach(editor);
})();
