// Runs before the first paint, so that a dark page never flashes white.
(function () {
  var asked = new URLSearchParams(location.search).get('theme');
  var stored = null;
  try {
    stored = localStorage.getItem('trimtab.theme');
  } catch {
    // Storage may be off; the system's choice holds then.
  }
  var choice = asked === 'light' || asked === 'dark' ? asked : stored;
  var dark = choice ? choice === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
