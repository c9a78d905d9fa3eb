"use strict";
(() => {
  const table = document.querySelector("#agencies"), body = table.tBodies[0];
  const form = document.querySelector("#find"), said = document.querySelector("#said");
  const heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator("th", { numeric: true });

  const inDigits = text =>
    document.documentElement.dataset.digits === "thai"
      ? text.replace(/\d/g, digit => String.fromCharCode(0x0e50 + Number(digit)))
      : text;
  // Thai and Arabic digits, and the two ways to write sara am, are found by one another.
  const plain = text =>
    text.normalize("NFKC").toLowerCase().replace(/[๐-๙]/g, digit => digit.charCodeAt(0) - 0x0e50);

  const valueOf = (cell, kind) => {
    if (kind === "number") return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
    return cell.textContent.trim() || null;
  };
  const rows = [...body.rows].map((row, place) => ({
    row,
    place,
    text: plain([...row.cells].slice(0, -1).map(cell => cell.textContent).join(" ")),
    values: [...row.cells].map((cell, column) => valueOf(cell, heads[column].dataset.sort)),
  }));

  const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
  const sort = (column, sign) => {
    const ordered = [...rows].sort((a, b) => {
      const [one, other] = [a.values[column], b.values[column]];
      // What is unknown comes last, whichever way the rows run.
      if (one === null || other === null) return (one === null) - (other === null) || a.place - b.place;
      return sign * compare(one, other) || a.place - b.place;
    });
    body.append(...ordered.map(({ row }) => row));
    heads.forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };

  const show = () => {
    const wanted = new FormData(form);
    const words = plain(wanted.get("search")).split(/\s+/).filter(Boolean);
    const chosen = ["status", "level", "place", "doubt"].filter(name => wanted.get(name));
    let count = 0;
    for (const { row, text } of rows) {
      const fits =
        words.every(word => text.includes(word)) &&
        chosen.every(name => row.dataset[name] === wanted.get(name));
      row.hidden = !fits;
      count += fits;
    }
    said.textContent = inDigits(
      count ? `แสดง ${count} จาก ${rows.length} แห่ง` : "ไม่พบหน่วยงานที่ตรงกับที่ค้นหา"
    );
  };

  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () =>
      sort(column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1)
    );
    head.replaceChildren(button);
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  form.hidden = false;
  heads[0].setAttribute("aria-sort", "ascending");
  show();
})();
