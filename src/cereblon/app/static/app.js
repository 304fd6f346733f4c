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
  function draw(place) {
    place.querySelectorAll("[data-spec]").forEach(function (box) {
      var spec = JSON.parse(box.querySelector("script").textContent);
      withVega().then(function () {
        return window.vegaEmbed(box, spec, { renderer: "svg", actions: false });
      });
    });
  }

  // A form that answers while its fields change; the address holds its state.
  var form = document.getElementById("asked");
  if (form) {
    var answer = document.getElementById("answer");
    var asked = 0;
    var waiting = null;
    var ask = function () {
      var mine = ++asked;
      var query = new URLSearchParams(new FormData(form)).toString();
      history.replaceState(null, "", "?" + query);
      answer.setAttribute("aria-busy", "true");
      fetch("/" + form.dataset.tab + "/answer?" + query).then(function (response) {
        return response.text();
      }).then(function (text) {
        if (mine !== asked) { return; }  // a later question is under way
        answer.innerHTML = text;
        answer.setAttribute("aria-busy", "false");
        draw(answer);
      }).catch(function () {
        if (mine !== asked) { return; }
        answer.setAttribute("aria-busy", "false");
        answer.textContent = "The app does not answer: is the command still running?";
      });
    };
    form.addEventListener("input", function (event) {
      var output = event.target.id && form.querySelector('output[for="' + event.target.id + '"]');
      if (output) { output.textContent = event.target.value; }
      clearTimeout(waiting);
      waiting = setTimeout(ask, 60);
    });
    form.addEventListener("change", function (event) {
      // What can be left out depends on the patients and the outcome that were chosen.
      if (form.dataset.tab === "evidence" && event.target.matches("select")) {
        form.querySelectorAll('input[name="without"]').forEach(function (box) { box.checked = false; });
        location.search = "?" + new URLSearchParams(new FormData(form)).toString();
      }
    });
    form.addEventListener("submit", function (event) { event.preventDefault(); ask(); });
    ask();
  }
  draw(document);
  document.querySelectorAll('input[type="range"]').forEach(function (slider) {
    slider.addEventListener("input", function () {
      var output = document.querySelector('output[for="' + slider.id + '"]');
      if (output) { output.textContent = slider.value; }
    });
  });

  // A trial is checked while it is written.
  var trial = document.getElementById("trial-text");
  if (trial) {
    var said = document.getElementById("check");
    var start = document.getElementById("start");
    var pause = null;
    var latest = 0;
    var check = function () {
      var mine = ++latest;
      fetch("/trial/check", { method: "POST", body: trial.value }).then(function (response) {
        return response.json();
      }).then(function (found) {
        if (mine !== latest) { return; }
        said.textContent = found.words + (found.hint ? " (" + found.hint + ")" : "");
        said.className = found.ok ? "quiet" : "error";
        start.disabled = !found.ok;
      });
    };
    trial.addEventListener("input", function () { clearTimeout(pause); pause = setTimeout(check, 400); });
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
      fetch("/patients/check?" + query).then(function (response) { return response.json(); }).then(function (found) {
        if (mine !== newest) { return; }
        understood.textContent = found.words + (found.hint ? "\n" + found.hint : "");
        understood.classList.toggle("error", !found.ok);
        build.disabled = !found.ok;
      });
    };
    var take = function (files) {
      fetch("/patients/files", { method: "POST" }).then(function (response) { return response.json(); }).then(function (made) {
        return Array.from(files).reduce(function (before, file) {
          return before.then(function () {
            understood.textContent = "taking " + file.name + " …";
            return fetch("/patients/files/" + made.bundle + "/" + encodeURIComponent(file.name), {
              method: "PUT", body: file, headers: { accept: "application/json" }
            }).then(function (response) {
              return response.ok ? null : response.json().then(function (found) { throw new Error(found.error); });
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

  // The review is shown as soon as it is written.
  if (document.querySelector("[data-review]")) {
    var wait = function () {
      fetch("/review/state").then(function (response) { return response.json(); }).then(function (found) {
        if (found.state === "writing") { setTimeout(wait, 1000); } else { location.reload(); }
      });
    };
    setTimeout(wait, 1000);
  }

  // A running simulation is watched every second.
  var job = document.querySelector("[data-job]");
  if (job && job.dataset.state !== "finished") {
    var watch = function () {
      fetch("/jobs/" + job.dataset.job + "/state").then(function (response) { return response.json(); })
        .then(function (found) {
          document.getElementById("log").textContent = found.lines.join("\n");
          var bar = job.querySelector("progress");
          if (bar && found.share !== null) { bar.value = found.share; }
          if (found.state !== job.dataset.state) { location.reload(); return; }
          if (found.state === "running") { setTimeout(watch, 1000); }
        });
    };
    watch();
  }
})();
