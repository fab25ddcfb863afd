/*
 * A button beside each password that shows it while it is typed.
 *
 * Everything works without this file.  The words of the button come from the
 * template (data-show, data-hide), so that they are in the page's language.
 */
(function () {
    'use strict';

    /* The text of the label, without the star of a required field. */
    function nameOf(input) {
        const label = input.labels[0];

        return label ? label.firstChild.textContent.trim() : '';
    }

    function addButton(box) {
        const input = box.querySelector('input');
        const button = document.createElement('button');

        function show(isShown) {
            const word = isShown ? box.dataset.hide : box.dataset.show;

            input.type = isShown ? 'text' : 'password';
            button.textContent = word;
            button.setAttribute('aria-pressed', String(isShown));
            button.setAttribute('aria-label', `${word} ${nameOf(input)}`);
        }

        button.type = 'button';
        button.className = 'button-plain';
        button.setAttribute('aria-controls', input.id);
        button.addEventListener('click', () => show(input.type === 'password'));

        /* A password is sent, and kept by the browser, as one. */
        input.form.addEventListener('submit', () => show(false));
        window.addEventListener('pagehide', () => show(false));

        show(false);
        box.append(button);
    }

    document.querySelectorAll('.secret').forEach(addButton);
}());
