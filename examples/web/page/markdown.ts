/// <reference lib="dom" />
/** Markdown of the agent as elements: parsed, highlighted, and reduced to a list of harmless ones. */
import DOMPurify from "dompurify";
import hljs from "highlight.js/lib/common";
import { Marked } from "marked";
import { visible } from "./text.ts";

const LINKS = /^(?:https?|mailto):/i;
const ALLOWED = {
  ALLOWED_TAGS: [
    ..."a blockquote br code del em h3 h4 h5 h6 hr li ol p pre span strong".split(" "),
    ..."table tbody td th thead tr ul".split(" "),
  ],
  ALLOWED_ATTR: ["class", "href", "rel", "start", "tabindex", "target"],
  ALLOWED_URI_REGEXP: LINKS,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // HTML of the agent is text like any other.
    html: ({ text }) => escape(text),
    // The page loads nothing that the agent names: a picture's address could carry what was read.
    image: ({ href, text }) => escape(`![${text}](${href})`),
    heading({ tokens, depth }): string {
      const level = Math.min(6, depth + 2); // the page has the headings above
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    link({ href, tokens }): string {
      const text = this.parser.parseInline(tokens);
      if (!LINKS.test(href)) return `${text} (${escape(href)})`;
      return `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer">${text}</a>`;
    },
    checkbox: ({ checked }) => checked ? "☑ " : "☐ ",
    code: ({ text, lang }) =>
      `<pre tabindex="0"><code class="hljs">${highlighted(text, lang)}</code></pre>\n`,
  },
});

/** Returns the Markdown as elements. */
export function markdown(text: string): DocumentFragment {
  const html = marked.parse(visible(text), { async: false });
  return DOMPurify.sanitize(html, ALLOWED);
}

function highlighted(code: string, language: string | undefined): string {
  const name = language?.split(/\s/)[0] ?? "";
  if (hljs.getLanguage(name) === undefined) return escape(code);
  return hljs.highlight(code, { language: name, ignoreIllegals: true }).value;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
