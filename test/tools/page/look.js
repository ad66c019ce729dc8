/* global document, getComputedStyle, NodeFilter */
// Evaluated in the page by page.test.ts: what sticks out of it sideways, and what has too little contrast (WCAG 2.2: 1.4.3, 1.4.11, 1.4.10).
(() => {
  const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  /** Any CSS colour, over the one below, as red, green, blue. */
  const over = (colour, below) => {
    canvas.fillStyle = `rgb(${below.join()})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  // The page's own ground is a system colour, which only a style can tell.
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = 'Canvas';
  const paper = over(getComputedStyle(probe).color, [0, 0, 0]);
  probe.remove();
  const behind = (element) => (element === null ? paper : over(getComputedStyle(element).backgroundColor, behind(element.parentElement)));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [less, more] = [light(one), light(other)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim() !== '') texts.push(walker.currentNode.parentElement);
  const fields = [...document.querySelectorAll('input, button')].filter(visible);
  const written = [...new Set([...texts, ...fields])].filter(visible).filter((element) => element.type !== 'checkbox');
  const faint = [
    ...written.map((element) => [element, 4.5, getComputedStyle(element).color, behind(element)]),
    ...fields
      .filter((element) => element.matches('input'))
      .map((element) => [element, 3, getComputedStyle(element).borderTopColor, behind(element.parentElement)]),
  ].flatMap(([element, least, colour, ground]) => {
    const ratio = contrast(over(colour, ground), ground);
    return ratio >= least ? [] : [`${element.tagName} ${element.id}: ${ratio.toFixed(2)} of ${least}`];
  });
  const width = document.documentElement.clientWidth;
  const sticksOut = [...document.querySelectorAll('body *')]
    .filter(visible)
    .filter((element) => element.getBoundingClientRect().right > width + 0.5 || element.scrollWidth > element.clientWidth + 1)
    .filter((element) => element.clientWidth > 0 && element.tagName !== 'INPUT') // text in a line has no width; a field scrolls its text
    .map((element) => `${element.tagName} ${element.id}`);
  return {
    faint,
    sticksOut: document.documentElement.scrollWidth > width ? ['the page', ...sticksOut] : sticksOut,
    written: written.length,
    paper: light(paper),
  };
})();
