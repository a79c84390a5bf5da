/* The search: also in Chinese, and in pages opened from files. Loaded behind doctools.js of Sphinx,
   before its searchtools.js. */

/* summaries of the results are fetched: a browser refuses that for files */
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

const TWIN = ".zh-CN", inChinese = document.documentElement.lang === "zh-CN";

const MESSAGES = {
  "Hide Search Matches": "取消标记",
  "Searching": "正在搜索",
  "Search Results": "搜索结果",
  "Your search did not match any documents. Please make sure that all words are spelled correctly \
and that you've selected enough categories.": "没有找到。请检查写法，或者换一个词。",
};
/* Sphinx asks for this one with the number in it */
const FOUND = /^Search finished, found (\d+) page\(s\) matching the search query\.$/;

if (inChinese)
  Documentation.TRANSLATIONS = new Proxy(MESSAGES, {
    get: (all, text) => all[text] ?? text.match(FOUND)?.[1].replace(/.*/, "找到 $& 处。"),
  });

/* Of a page that is there in both languages, only one is found: in the wanted language. */
function onlyIn(index, chinese) {
  const names = new Set(index.docnames);
  const keep = (number) => {
    const name = index.docnames[number], is = name.endsWith(TWIN);
    return is === chinese || !names.has(is ? name.slice(0, -TWIN.length) : name + TWIN);
  };
  const reduce = (table, number) => {
    for (const [word, places] of Object.entries(table)) {
      const left = [places].flat().filter((place) => keep(number(place)));
      if (left.length) table[word] = left;
      else delete table[word];
    }
  };
  reduce(index.terms, (place) => place);
  reduce(index.titleterms, (place) => place);
  reduce(index.alltitles, (place) => place[0]);
}

/* Chinese has no blanks between its words. The index has each run of its signs; what is asked for
   is found in all runs that hold it. If none does, pages are found that hold all its words.
   Sphinx loses a page that has a word in a title and in its text, so it gets only the title. */
function findInRuns(index, asked) {
  const holding = (table, text) => {
    const runs = Object.keys(table).filter((run) => run.includes(text));
    return [...new Set(runs.flatMap((run) => table[run]))];
  };
  const anywhere = (text) => [...holding(index.terms, text), ...holding(index.titleterms, text)];
  const titles = holding(index.titleterms, asked);
  let pages = anywhere(asked);
  if (!pages.length && Intl.Segmenter) {
    const pieces = new Intl.Segmenter("zh", { granularity: "word" }).segment(asked);
    const words = [...pieces].map((piece) => piece.segment).filter((word) => word.length > 1);
    const [first, ...others] = words.map(anywhere);
    pages = (first ?? []).filter((page) => others.every((some) => some.includes(page)));
  }
  if (titles.length) index.titleterms[asked] = titles;
  index.terms[asked] = [...new Set(pages)].filter((page) => !titles.includes(page));
}

/* The link of a page of results to the same search in the other language. */
function linkToOther() {
  const line = document.createElement("p"), link = line.appendChild(document.createElement("a"));
  line.className = "twin";
  link.lang = link.hreflang = inChinese ? "en" : "zh-CN";
  link.textContent = inChinese ? "English" : "中文";
  link.href = `search${inChinese ? "" : TWIN}.html${location.search}`;
  document.querySelector("article").prepend(line);
}

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return; // any other page
  const query = Search.query;
  Search.query = (text) => {
    const words = text.match(/\p{Script=Han}+/gu) ?? [], index = Search._index;
    if (index.docnames.includes("index" + TWIN)) linkToOther();
    onlyIn(index, inChinese || words.length > 0);
    for (const word of words) findInRuns(index, word);
    query(text.replace(/(?<=\p{Script=Han})(?=\w)|(?<=\w)(?=\p{Script=Han})/gu, " "));
  };
});
