(function () {
  "use strict";

  // Draw a figure when it comes near the window; until then, and where scripts are off, its static picture stands there.
  var options = { renderer: "svg", actions: { export: true, source: false, compiled: false, editor: false } };

  function enliven(box) {
    var spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
    var room = box.parentNode.clientWidth - 12;
    cereblonDraw(box, spec, room, options).then(
      function () {
        box.parentNode.classList.add("is-live");
        box.querySelectorAll("summary").forEach(function (menu) { menu.setAttribute("aria-label", "Save this picture"); });
      },
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
