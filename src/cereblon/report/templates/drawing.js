// In a narrow window panels stand below each other, plots are as wide as it, and titles and the keys of a legend wrap earlier.
var cereblonDraw = (function () {
  "use strict";

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
    var edge = part.layer[0].encoding.x.scale.range[0];  // it begins left of the plot, where labels stand
    part.layer.forEach(function (one) {
      one.encoding.x.scale.domain = [0, room];
      one.encoding.x.scale.range = [edge, room + edge];
    });
    part.width = room + edge;
    part.height = 18 * (line + 1);
  }
  function wrapTitle(part, room) {
    var title = part.title, text = title && title.text ? title.text : title;
    if (typeof text !== "string") { return; }
    var size = title.fontSize || 13, most = Math.floor(room / (0.58 * size)), lines = [""];
    text.split(" ").forEach(function (word) {
      var last = lines.length - 1, longer = lines[last] ? lines[last] + " " + word : word;
      if (longer.length > most && lines[last]) { lines.push(word); } else { lines[last] = longer; }
    });
    if (title.text) { title.text = lines; } else { part.title = lines; }
  }
  function panelsOf(part) { return [].concat(part.vconcat || [], part.concat || [], part.hconcat || []); }
  function thinNumbersAtRisk(part, data, width) {
    var written = part.layer && part.layer[0].encoding, from = part.data || (written && part.layer[0].data);
    if (!written || !written.text || written.text.field !== "count" || written.x.field !== "month") { return; }
    var months = Array.from(new Set(data[from.name].map(function (row) { return row.month; }))).sort(function (a, b) { return a - b; });
    var step = Math.ceil(34 * months.length / width);
    data[from.name] = data[from.name].filter(function (row) { return months.indexOf(row.month) % step === 0; });
  }
  // Words beside published points would need as much room again: they stand at the right edge, at the height of their point.
  function wordsAtTheEdge(part, width, data, from) {
    (part.layer || []).forEach(function (one) {
      var rows = one.data || from;
      wordsAtTheEdge(one, width, data, rows);
      var x = one.encoding && one.encoding.x, isEnd = x && x.field === "month" && one.encoding.text && one.encoding.text.field === "words";
      if (!x || !one.mark || one.mark.type !== "text" || !(x.field === "label_x" || isEnd)) { return; }
      one.encoding.x = { value: width };
      one.mark.align = "right";
      one.mark.dx = 0;
      if (rows && data[rows.name]) { wordsApart(data[rows.name]); }
    });
  }
  function wordsApart(rows) {
    var least = 0;
    rows.filter(function (row) { return typeof row.label_at === "number"; })
      .sort(function (a, b) { return a.label_at - b.label_at; })
      .forEach(function (row) {
        row.label_at = Math.max(row.label_at, least);
        least = row.label_at + 5.5;  // percent of the height that a line takes
      });
  }
  function legendBelow(part) {
    var legend = part.encoding && part.encoding.color && part.encoding.color.legend;
    if (legend && legend.orient === "right") { Object.assign(legend, { orient: "bottom", direction: "horizontal" }); }
  }
  function narrowed(part, data, room) {
    if (part.columns) { part.columns = 1; }
    if (part.hconcat && part.hconcat.length > 2) {
      part.vconcat = part.hconcat;
      delete part.hconcat;
    }
    wrapTitle(part, room - 60);
    if (isKeyStrip(part)) { wrapKeys(part, data, room - 12); return; }
    panelsOf(part).forEach(function (one) { narrowed(one, data, room); });
    if (part.width > room - 95) { part.width = room - 95; }
    legendBelow(part);
    thinNumbersAtRisk(part, data, part.width);
    wordsAtTheEdge(part, part.width, data, part.data);
  }
  function fitted(spec, room) {
    var one = JSON.parse(JSON.stringify(spec).replace(/ontSize":11\b/g, 'ontSize":12'));  // scaled by a little they stay readable
    one.config = one.config || {};
    one.config.legend = Object.assign({}, one.config.legend, { orient: "bottom", direction: "vertical", labelLimit: room - 40 });
    narrowed(one, one.datasets, room);
    return one;
  }

  // Draw a specification in a box of so many pixels; what labels and legend need beside the plot is known once it is drawn.
  return function (box, spec, room, options) {
    if (room >= 560 || !spec.datasets) { return vegaEmbed(box, spec, options); }
    var tries = 6;
    var drawnIn = function (less) {
      return vegaEmbed(box, fitted(spec, less), { renderer: "svg", actions: false }).then(function (made) {
        var beyond = Math.ceil(box.querySelector("svg").getAttribute("width") - room);
        tries -= 1;
        if (beyond <= 0 || !tries) { return made; }
        made.finalize();
        return drawnIn(Math.max(less - 1.4 * beyond, 0.62 * room));  // words at a point move with it, so that less is needed at once
      });
    };
    return drawnIn(room);
  };
})();
