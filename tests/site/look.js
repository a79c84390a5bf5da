/* What site-check asks a page; each of its questions is one of these functions. */

/* What stands out of the window, and can't be scrolled to in a box of its own. */
function overflow() {
  const wide = document.documentElement.clientWidth, out = [];
  const scrolls = (e) => ["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX);
  const boxed = (e) => e.closest("article") && !e.matches(".content") && scrolls(e);
  for (const e of document.querySelectorAll(".main *, .mobile-header *")) {
    if (e.closest(".sidebar-drawer, .toc-drawer, .visually-hidden")) continue;
    const box = e.getBoundingClientRect();
    if (box.width === 0 || (box.right <= wide + 1 && box.left >= -1)) continue;
    let up = e.parentElement;
    while (up && !boxed(up)) up = up.parentElement;
    if (!up) out.push(`${e.tagName}.${e.className} ends at ${Math.round(box.right)} of ${wide}`);
  }
  const page = document.documentElement, content = document.querySelector(".content");
  if (page.scrollWidth > wide) out.push(`the page is ${page.scrollWidth} wide`);
  if (content && content.scrollWidth > content.clientWidth + 1)
    out.push(`the content is ${content.scrollWidth} wide, its box ${content.clientWidth}`);
  return out.slice(0, 5);
}

/* Links within the page that lead nowhere. */
function lost() {
  return [...document.querySelectorAll('article a[href^="#"]')]
    .map((link) => decodeURIComponent(link.hash.slice(1)))
    .filter((id) => id && !document.getElementById(id));
}

/* How the box of each note lies to that of its code. */
function notes() {
  return [...document.querySelectorAll(".segment.noted")].map((s) => {
    const code = s.querySelector(".part").getBoundingClientRect();
    const note = s.querySelector(".note").getBoundingClientRect();
    const gap = note.top - code.bottom;
    return { beside: note.left >= code.right && Math.abs(note.top - code.top) <= 2,
             below: gap >= -1 && gap < 20 && note.left - code.left < 30,
             width: note.width };
  });
}

/* The weakest contrast of a text with what is behind it, as WCAG 2 computes it, and that text. */
function contrast() {
  const parse = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * (a[3] ?? 1) + b[i] * (1 - (a[3] ?? 1)));
  const behind = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((b, a) => (a.length ? over(a, b) : b), [255, 255, 255]);
  };
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  let worst = [99, ""];
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), e = walk.currentNode.parentElement;
    if (!text || e.getClientRects().length === 0 || e.closest(".headerlink, svg")) continue;
    const back = behind(e), front = over(parse(getComputedStyle(e).color), back);
    const [a, b] = [light(back), light(front)].sort((x, y) => y - x);
    const ratio = Math.round(((a + 0.05) / (b + 0.05)) * 100) / 100;
    if (ratio < worst[0]) worst = [ratio, `${e.className}: ${text.slice(0, 30)}`];
  }
  return worst;
}

/* The addresses of the results, once the search has finished. */
function results() {
  return new Promise((done) => {
    const end = Date.now() + 20000, box = document.querySelector("#search-results");
    const look = () => {
      const links = [...box.querySelectorAll("li a")].map((a) => a.getAttribute("href"));
      const ready = /finished|did not match|找到/.test(box.innerText);
      if (ready || Date.now() > end) done(links);
      else setTimeout(look, 50);
    };
    look();
  });
}
