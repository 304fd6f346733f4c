(function () {
  "use strict";

  // Draw a figure when it comes near the window; until then, and where scripts are off, its static picture stands there.
  var options = { renderer: "svg", actions: { export: true, source: false, compiled: false, editor: false } };

  // In a narrow window panels stand below each other, plots are as wide as it, and the keys of a legend wrap earlier.
  function isKeyStrip(part) {
    return (part.layer || []).some(function (one) { return one.encoding && one.encoding.x && one.encoding.x.field === "told"; });
  }
  function wrapKeys(part, data, room) {
    var left = 0, line = 0, placed = {};
    var own = part.layer.map(function (one) { return data[one.data.name]; });
    [].concat.apply([], own).sort(function (a, b) { return a.line - b.line || a.start - b.start; }).forEach(function (key) {
      if (placed[key.label]) { return; }
      var needed = key.told - key.start + 6.3 * key.label.length + 14;
      if (left && left + needed > room) { left = 0; line += 1; }
      placed[key.label] = { by: left - key.start, line: line };
      left += needed;
    });
    new Set(own).forEach(function (rows) {
      rows.forEach(function (key) {
        var to = placed[key.label];
        ["start", "end", "middle", "told"].forEach(function (name) { key[name] += to.by; });
        key.line = to.line;
      });
    });
    part.layer.forEach(function (one) {
      one.encoding.x.scale.domain = [0, room];
      one.encoding.x.scale.range = [0, room];
    });
    part.width = room;
    part.height = 18 * (line + 1);
  }
  function narrowed(part, data, room) {
    if (part.columns) { part.columns = 1; }
    if (isKeyStrip(part)) { wrapKeys(part, data, room - 48); return part; }  // it begins where the plot does, right of the axis
    ["vconcat", "concat", "hconcat"].forEach(function (name) {
      (part[name] || []).forEach(function (one) { narrowed(one, data, room); });
    });
    if (part.width > room - 95) { part.width = room - 95; }
    return part;
  }
  function enliven(box) {
    var spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
    var room = box.parentNode.clientWidth - 12;
    if (room < 560 && spec.datasets && !box.parentNode.classList.contains("has-lines")) { spec = narrowed(spec, spec.datasets, room); }
    vegaEmbed(box, spec, room < 560 ? { renderer: "svg", actions: false } : options).then(
      function () { box.parentNode.classList.add("is-live"); },
      function (error) { console.error(box.dataset.spec, error); }
    );
  }
  if (window.vegaEmbed && "IntersectionObserver" in window) {
    var near = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        near.unobserve(entry.target);
        enliven(entry.target.querySelector(".live"));
      });
    }, { rootMargin: "400px" });
    document.querySelectorAll(".chart").forEach(function (chart) { near.observe(chart); });
  }

  // Mark the section in view in the list of contents.
  if ("IntersectionObserver" in window) {
    var links = {};
    document.querySelectorAll("nav a").forEach(function (link) { links[link.hash.slice(1)] = link; });
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        var link = links[entry.target.id];
        if (link) { link.classList.toggle("here", entry.isIntersecting); }
      });
    }, { rootMargin: "-10% 0px -75% 0px" });
    document.querySelectorAll("section").forEach(function (section) { seen.observe(section); });
  }

  // A filter above each long table: rows stay that hold all the words typed.
  document.querySelectorAll("table.filtered").forEach(function (table) {
    var rows = Array.from(table.tBodies[0].rows);
    var bar = document.createElement("div");
    var input = document.createElement("input");
    var count = document.createElement("span");
    bar.className = "filter";
    input.type = "search";
    input.placeholder = "filter by drug, name, source …";
    input.setAttribute("aria-label", "filter the rows of this table");
    bar.append(input, count);
    table.parentNode.before(bar);
    input.addEventListener("input", function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var left = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var stays = words.every(function (word) { return text.includes(word); });
        row.hidden = !stays;
        left += stays;
      });
      count.textContent = words.length ? left + " of " + rows.length : "";
    });
  });
})();
