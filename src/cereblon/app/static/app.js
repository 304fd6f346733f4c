(function () {
  "use strict";

  // Vega is large: it is fetched when the first picture is there.
  var vega = null;
  function withVega() {
    vega = vega || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = "/vega.js";
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return vega;
  }
  function draw(box, room) {
    box.spec = box.spec || box.querySelector("script").textContent;
    if (isNarrow.matches && box.classList.contains("has-lines")) { return null; }  // a list stands in its place
    return withVega().then(function () {
      return cereblonDraw(box, JSON.parse(box.spec), room, { renderer: "svg", actions: false });
    }).then(function () { return null; }, function () { box.textContent = "This picture could not be drawn."; });
  }
  var isNarrow = window.matchMedia("(max-width: 640px)");
  function boxesIn(place) { return Array.from(place.querySelectorAll("[data-spec]")); }
  function roomIn(place) { return place.clientWidth - 12; }

  // A new answer is drawn behind the one that is seen; pictures that it shares with that, and folds that were opened, stay.
  function show(place, text) {
    var fresh = document.createElement("div"), before = {}, isFirst = !place.querySelector(".part");
    fresh.innerHTML = text;
    boxesIn(place).forEach(function (box) { before[box.spec] = box; });
    var foldsOf = function (one) { return Array.from(one.querySelectorAll(".part")).map(function (part) { return part.querySelectorAll("details"); }); };
    foldsOf(place).forEach(function (folds, part) {
      folds.forEach(function (fold, number) {
        var same = (foldsOf(fresh)[part] || [])[number];
        if (same) { same.open = fold.open; }
      });
    });
    if (isFirst) { place.replaceChildren.apply(place, fresh.childNodes); fresh = place; }
    var drawn = boxesIn(fresh).map(function (box) {
      var same = before[box.querySelector("script").textContent];
      return same ? function () { box.replaceWith(same); } : draw(box, roomIn(place));
    });
    return Promise.all(drawn).then(function (kept) {
      if (isFirst) { return; }
      kept.forEach(function (put) { if (put) { put(); } });
      place.replaceChildren.apply(place, fresh.childNodes);
    });
  }

  // Whatever is asked waits until the app answers: one that was ended, or started anew, says so on the page meanwhile.
  var unreached = document.getElementById("unreached");
  var pauseBetween = 2000;  // ms
  var silent = "The app does not answer: is the command still running? Once it is, this page goes on by itself.";
  var anew = "The app was started anew. Open the address that the command prints; then this page goes on by itself.";
  function later(run, pause) { return new Promise(function (go) { setTimeout(go, pause); }).then(run); }
  function reach(address, options) {
    return fetch(address, options).then(function (response) {
      return response.status === 403 ? anew : response;
    }, function () { return silent; }).then(function (found) {
      var why = typeof found === "string" ? found : "";
      unreached.hidden = !why;
      if (unreached.textContent !== why) { unreached.textContent = why; }
      return why ? later(function () { return reach(address, options); }, pauseBetween) : found;
    });
  }
  function reachJson(address, options) {
    return reach(address, options).then(function (response) { return response.json(); });
  }

  // A form that answers while its fields change, one question at a time; the address holds its state.
  var form = document.getElementById("asked");
  if (form) {
    var answer = document.getElementById("answer");
    var isAsking = false;
    var focused = "cereblon-focus";  // whoever chooses by keys goes on in the page that is loaded for the choice
    var goOn = document.getElementById(sessionStorage.getItem(focused) || "");
    sessionStorage.removeItem(focused);
    if (goOn) { goOn.focus(); }
    var isBehind = false;  // a field changed while a question was under way
    var beside = document.getElementById("beside");  // a form of the same page that asks nothing, but is kept in the address
    var keep = function (query) {
      history.replaceState(null, "", "?" + query + (beside ? "&" + new URLSearchParams(new FormData(beside)).toString() : ""));
    };
    var ask = function () {
      isBehind = isAsking;
      if (isAsking) { return; }
      isAsking = true;
      var query = new URLSearchParams(new FormData(form)).toString();
      keep(query);
      answer.setAttribute("aria-busy", "true");
      reach("/" + form.dataset.tab + "/answer?" + query).then(function (response) {
        return response.text();
      }).then(function (text) { return show(answer, text); }).then(function () {
        isAsking = false;
        if (isBehind) { ask(); } else { answer.setAttribute("aria-busy", "false"); }
      });
    };
    form.addEventListener("input", function (event) {
      var output = event.target.id && form.querySelector('output[for="' + event.target.id + '"]');
      if (output) { output.textContent = event.target.value; }
      ask();
    });
    form.addEventListener("change", function (event) {
      // What can be left out depends on the patients and the outcome that were chosen.
      if (form.dataset.tab === "evidence" && event.target.matches("select")) {
        sessionStorage.setItem(focused, event.target.id);
        form.querySelectorAll('input[name="without"]').forEach(function (box) { box.checked = false; });
        location.search = "?" + new URLSearchParams(new FormData(form)).toString();
      }
    });
    form.addEventListener("submit", function (event) {
      if (event.submitter && event.submitter.hasAttribute("formaction")) { return; }  // starts a simulation
      event.preventDefault();
      ask();
    });
    if (beside) {
      beside.addEventListener("input", function () { keep(new URLSearchParams(new FormData(form)).toString()); });
    }
    ask();
  }
  function drawAll() { boxesIn(document).forEach(function (box) { draw(box, roomIn(box)); }); }
  drawAll();
  isNarrow.addEventListener("change", drawAll);  // a phone that is turned
  document.querySelectorAll('input[type="range"]').forEach(function (slider) {
    slider.addEventListener("input", function () {
      var output = document.querySelector('output[for="' + slider.id + '"]');
      if (output) { output.textContent = slider.value; }
    });
  });

  // A trial is a form and a file in step: what is changed in one is written into the other, and checked.
  var trial = document.getElementById("trial-text");
  if (trial) {
    var said = document.getElementById("check");
    var start = document.getElementById("start");
    var power = document.getElementById("power");
    var fields = document.getElementById("trial-form");
    var arms = document.getElementById("trial-arms");
    var save = document.getElementById("trial-save");
    var longest = 6000;  // letters of an address that every browser takes
    var pause = null;
    var latest = 0;
    var draft = "cereblon-trial";  // what was written stays while the window is open, also where it is too long for an address
    if (!location.search) { trial.value = sessionStorage.getItem(draft) || trial.value; }
    var remember = function () {
      var address = "?trial=" + encodeURIComponent(trial.value);
      history.replaceState(null, "", address.length < longest ? address : location.pathname);
      sessionStorage.setItem(draft, trial.value);
      save.href = "data:text/yaml;charset=utf-8," + encodeURIComponent(trial.value);
    };
    document.getElementById("trial-new").addEventListener("click", function () { sessionStorage.removeItem(draft); });
    var put = function (box, value) {
      if (box === document.activeElement) { return; }  // whoever writes here knows better
      if (box.type === "checkbox") { box.checked = value; return; }
      if (box.tagName === "SELECT" && !Array.from(box.options).some(function (one) { return one.value === value; })) {
        box.add(new Option(value, value));
      }
      box.value = value;
    };
    var showArms = function (found) {
      while (arms.children.length > found.arms.length) { arms.lastElementChild.remove(); }
      while (arms.children.length < found.arms.length) {
        arms.append(document.getElementById("trial-arm").content.cloneNode(true));
      }
      found.arms.forEach(function (arm, number) {
        var box = arms.children[number];
        box.dataset.key = arm.key;
        box.dataset.other = arm.other;
        box.querySelector("legend").textContent = "Arm " + (number + 1) + (arm.other ? ": " + arm.other : "");
        ["label", "size", "first", "later"].forEach(function (name) {
          put(box.querySelector('[data-arm="' + name + '"]'), arm[name]);
        });
        box.querySelector('[data-arm="comparator"]').checked = found.comparator === arm.key;
        box.querySelector('[data-arm="comparator"]').setAttribute("value", arm.key);
      });
    };
    var showForm = function (found) {
      fields.querySelectorAll("[data-field]").forEach(function (box) { put(box, found[box.dataset.field]); });
      showArms(found);
      power.disabled = !found.has_design;
    };
    var check = function () {
      var mine = ++latest;
      remember();
      reachJson("/trial/check", { method: "POST", body: trial.value }).then(function (found) {
        if (mine !== latest) { return; }
        said.textContent = found.words + (found.hint ? " (" + found.hint + ")" : "");
        said.className = found.ok ? "quiet" : "error";
        if (found.form) { showForm(found.form); }
        start.disabled = !found.ok;
        power.disabled = power.disabled || !found.ok;
      });
    };
    var inForm = function () {
      var found = { arms: [], comparator: "" };
      fields.querySelectorAll("[data-field]").forEach(function (box) {
        found[box.dataset.field] = box.type === "checkbox" ? box.checked : box.value;
      });
      Array.from(arms.children).forEach(function (box) {
        var arm = { key: box.dataset.key || "", other: box.dataset.other || "" };
        ["label", "size", "first", "later"].forEach(function (name) {
          arm[name] = box.querySelector('[data-arm="' + name + '"]').value;
        });
        if (box.querySelector('[data-arm="comparator"]').checked) { found.comparator = arm.key; }
        found.arms.push(arm);
      });
      return found;
    };
    var write = function (form) {
      var mine = ++latest;
      reachJson("/trial/form", { method: "POST", body: JSON.stringify({ text: trial.value, form: form }) }).then(function (found) {
        if (mine !== latest) { return; }
        if (found.ok) { trial.value = found.text; check(); return; }
        said.textContent = found.words + (found.hint ? " (" + found.hint + ")" : "");
        said.className = "error";
        start.disabled = true;
        power.disabled = true;
      });
    };
    trial.addEventListener("input", function () { remember(); clearTimeout(pause); pause = setTimeout(check, 400); });
    fields.addEventListener("input", function () {
      clearTimeout(pause);
      pause = setTimeout(function () { write(inForm()); }, 400);
    });
    fields.addEventListener("click", function (event) {
      var form = inForm();
      if (event.target.id === "add-arm") {
        var last = form.arms[form.arms.length - 1] || { size: "100" };
        form.arms.push({ key: "", label: "Arm " + (form.arms.length + 1), size: last.size, first: "rd", later: "", other: "" });
      } else if (event.target.hasAttribute("data-remove")) {
        document.getElementById("add-arm").focus();  // the button that has it goes
        form.arms.splice(Array.from(arms.children).indexOf(event.target.closest(".arm")), 1);
      } else { return; }
      write(form);
    });
    check();
  }

  // Tables of patients go into the folder of the app one after the other; then it is said what they are read as.
  var patients = document.getElementById("patients");
  if (patients) {
    var understood = document.getElementById("understood");
    var build = document.getElementById("start");
    var source = document.getElementById("source");
    var newest = 0;
    var read = function () {
      var mine = ++newest;
      var query = new URLSearchParams(new FormData(patients)).toString();
      build.disabled = true;
      if (!source.value) { understood.textContent = "No tables yet."; return; }
      history.replaceState(null, "", "?" + query);
      understood.textContent = "reading …";
      reachJson("/patients/check?" + query).then(function (found) {
        if (mine !== newest) { return; }
        understood.textContent = found.words + (found.hint ? "\n\n" + found.hint : "");
        understood.classList.toggle("error", !found.ok);
        build.disabled = !found.ok;
      });
    };
    var take = function (files) {
      reachJson("/patients/files", { method: "POST" }).then(function (made) {
        return Array.from(files).reduce(function (before, file) {
          return before.then(function () {
            understood.textContent = "taking " + file.name + " …";
            return reach("/patients/files/" + made.bundle + "/" + encodeURIComponent(file.name), {
              method: "PUT", body: file, headers: { accept: "application/json" }
            }).then(function (response) {
              return response.ok ? null : response.json().then(function (found) { throw new Error(found.error + (found.hint ? "\n" + found.hint : "")); });
            });
          });
        }, Promise.resolve()).then(function () { source.value = made.source; read(); });
      }).catch(function (error) { understood.textContent = error.message; understood.classList.add("error"); });
    };
    document.getElementById("drop").addEventListener("change", function (event) { take(event.target.files); });
    patients.addEventListener("dragover", function (event) { event.preventDefault(); });
    patients.addEventListener("drop", function (event) { event.preventDefault(); take(event.dataTransfer.files); });
    var rest = null;
    source.addEventListener("input", function () { clearTimeout(rest); rest = setTimeout(read, 500); });
    patients.addEventListener("change", function (event) { if (event.target.matches("select")) { read(); } });
    read();
  }

  // Of chapters that have no room beside each other the one that is shown is moved into sight.
  var chapter = document.querySelector(".chapters [aria-current]");
  if (chapter) { chapter.parentNode.scrollLeft = chapter.offsetLeft - chapter.parentNode.offsetLeft; }

  // The review is shown as soon as it is written.
  if (document.querySelector("[data-review]")) {
    var wait = function () {
      reachJson("/review/state").then(function (found) {
        if (found.state === "writing") { later(wait, 1000); } else { location.reload(); }
      });
    };
    later(wait, 1000);
  }

  // A running simulation is watched every second.
  var job = document.querySelector("[data-job]");
  if (job && job.dataset.state !== "finished") {
    var watch = function () {
      reach("/jobs/" + job.dataset.job + "/state").then(function (response) {
        if (!response.ok) { location.reload(); return null; }  // an app of another folder does not know it, and says so
        return response.json();
      }).then(function (found) {
        if (!found) { return; }
        if (found.lines.length) { document.getElementById("log").textContent = found.lines.join("\n"); }
        if (found.state === "running") {
          document.getElementById("seconds").textContent = ", running for " + found.seconds + " s";
        }
        var bar = job.querySelector("progress");
        if (bar && found.share !== null) { bar.value = found.share; }
        if (found.state !== job.dataset.state) { location.reload(); return; }
        if (found.state === "running") { later(watch, 1000); }
      });
    };
    watch();
  }
})();
